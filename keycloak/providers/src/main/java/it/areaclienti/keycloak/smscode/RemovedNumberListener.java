package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.customers.CustomerAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keycloak.events.Details;
import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.ResourceType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** Notes, in the same transaction, which number an administrator took away: see {@link AccessMobile#withdraw}. */
final class RemovedNumberListener implements EventListenerProvider {
    private static final Pattern CREDENTIAL_PATH = Pattern.compile("users/([^/]+)/credentials/[^/]+");

    private final KeycloakSession session;

    RemovedNumberListener(KeycloakSession session) {
        this.session = session;
    }

    @Override
    public void onEvent(AdminEvent event, boolean includeRepresentation) {
        Matcher path = CREDENTIAL_PATH.matcher(String.valueOf(event.getResourcePath()));
        if (event.getResourceType() != ResourceType.USER
                || event.getError() != null
                || event.getDetails() == null
                || !SmsOtpCredentialModel.TYPE.equals(event.getDetails().get(Details.CREDENTIAL_TYPE))
                || !path.matches()) {
            return;
        }
        RealmModel realm = session.realms().getRealm(event.getRealmId());
        UserModel user = realm == null ? null : session.users().getUserById(realm, path.group(1));
        if (user != null
                && user.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE) != null
                && SmsOtpCredentials.find(user).isEmpty()) {
            AccessMobile.withdraw(user, event.getDetails().get(Details.CREDENTIAL_USER_LABEL));
        }
    }

    @Override
    public void onEvent(Event event) {
        // Customers remove no number themselves.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
