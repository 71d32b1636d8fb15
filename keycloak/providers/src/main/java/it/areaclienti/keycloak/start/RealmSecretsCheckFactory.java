package it.areaclienti.keycloak.start;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.models.utils.PostMigrationEvent;
import org.keycloak.provider.ProviderEvent;

/**
 * Keeps the server from serving while a realm of ours holds a secret that was not set when the realm was imported: the
 * import then takes the placeholder itself for the secret, and that is public. It looks at what the database holds, so a
 * variable set afterwards does not hide it.
 */
public final class RealmSecretsCheckFactory implements StartCheckFactory {
    @Override
    public String getId() {
        return "realm-secrets";
    }

    @Override
    public void init(Config.Scope config) {
        // Nothing to configure: there is no way around it.
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        factory.register(event -> check(factory, event));
    }

    @Override
    public StartCheck create(KeycloakSession session) {
        return () -> {};
    }

    @Override
    public void close() {
        // Holds nothing.
    }

    /** Runs when the realms are imported and before the server is ready; what it throws ends the start. */
    private static void check(KeycloakSessionFactory factory, ProviderEvent event) {
        if (!(event instanceof PostMigrationEvent)) {
            return;
        }
        List<String> variables = KeycloakModelUtils.runJobInTransactionWithResult(factory, RealmSecretsCheckFactory::unset);
        if (!variables.isEmpty()) {
            // Keycloak writes this to its log as an error, and ends with status 1.
            throw new IllegalStateException("Keycloak does not start, because the database holds realms that were imported while"
                    + " these variables were not set, or held fewer than " + RealmSecrets.MIN_LENGTH + " characters: "
                    + String.join(", ", variables) + "; set them and import the realms again.");
        }
    }

    private static List<String> unset(KeycloakSession session) {
        List<RealmModel> ours = session.realms().getRealmsStream().filter(RealmSecrets::isOurs).toList();
        return ours.stream().flatMap(realm -> new RealmSecrets(session, realm).unset().stream()).toList();
    }
}
