package it.areaclienti.keycloak.staff;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import org.keycloak.credential.CredentialModel;
import org.keycloak.credential.PasswordCredentialProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.ModelException;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.credential.PasswordCredentialModel;

/**
 * Keycloak's passwords, except that nobody sets a customer's from outside: a request that carries somebody's bearer token (the
 * Admin API, whoever calls it) is refused. Customers choose their passwords in the browser, after proving a contact or typing the
 * present one.
 */
final class GuardedPasswordProvider extends PasswordCredentialProvider {
    /** Key of the sentence that the console shows. */
    static final String MESSAGE = "areaClientiPasswordIsTheCustomers";

    GuardedPasswordProvider(KeycloakSession session, Meter.MeterProvider<Counter> meter, MetricTags tags) {
        super(session, meter, meter != null, tags.realm(), tags.algorithm(), tags.hashingStrength(), tags.outcome());
    }

    /** Which tags Keycloak's counter of password checks carries. */
    record MetricTags(boolean realm, boolean algorithm, boolean hashingStrength, boolean outcome) {}

    @Override
    public boolean createCredential(RealmModel realm, UserModel user, String password) {
        refuseFromOutside(user);
        return super.createCredential(realm, user, password);
    }

    @Override
    public CredentialModel createCredential(RealmModel realm, UserModel user, PasswordCredentialModel credential) {
        refuseFromOutside(user);
        return super.createCredential(realm, user, credential);
    }

    private void refuseFromOutside(UserModel user) {
        if (CustomerDirectory.isCustomer(user) && session.getContext().getBearerToken() != null) {
            throw new ModelException(MESSAGE);
        }
    }
}
