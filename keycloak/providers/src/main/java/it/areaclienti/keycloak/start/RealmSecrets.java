package it.areaclienti.keycloak.start;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserCredentialModel;
import org.keycloak.models.UserModel;

/** The secrets that the realm file takes from the environment, as the database holds them. */
final class RealmSecrets {
    static final int MIN_LENGTH = 16;

    /** The client that only a realm of ours has: it carries our rights. */
    private static final String OUR_CLIENT = "area-clienti";

    private static final String PLACEHOLDER_START = "${";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([A-Z0-9_]+)");

    private final KeycloakSession session;
    private final RealmModel realm;

    RealmSecrets(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realm = realm;
    }

    static boolean isOurs(RealmModel realm) {
        return realm.getClientByClientId(OUR_CLIENT) != null;
    }

    /** Names of the variables behind the secrets that are placeholders or too short; empty when all is well. */
    List<String> unset() {
        session.getContext().setRealm(realm);
        Stream<String> clients = realm.getClientsStream()
                .filter(client -> !client.isPublicClient() && !client.isBearerOnly())
                .flatMap(client -> unset(client).stream());
        return Stream.concat(clients, unsetPassword().stream()).sorted().toList();
    }

    private Optional<String> unset(ClientModel client) {
        return unset(client.getSecret(), client.getClientId(), realm.getName());
    }

    /**
     * The variable behind a client's secret, if that secret cannot be used. The placeholder names it; of a secret that is
     * only too short the name follows from client and realm.
     *
     * @param secret null for a client that has none, and with it cannot authenticate
     */
    static Optional<String> unset(String secret, String clientId, String realm) {
        if (secret == null || (!secret.contains(PLACEHOLDER_START) && secret.length() >= MIN_LENGTH)) {
            return Optional.empty();
        }
        Matcher placeholder = PLACEHOLDER.matcher(secret);
        return Optional.of(placeholder.find() ? placeholder.group(1) : variable(clientId + "_CLIENT_SECRET_" + realm));
    }

    /** The variable of the first administrator's password, if the placeholder signs them in. */
    private Optional<String> unsetPassword() {
        UserModel administrator = session.users().getUserByUsername(realm, "admin-" + realm.getName());
        String variable = variable("REALM_ADMIN_PASSWORD_" + realm.getName());
        UserCredentialModel placeholder = UserCredentialModel.password(PLACEHOLDER_START + variable + '}', false);
        return Optional.ofNullable(administrator)
                .filter(user -> user.credentialManager().isValid(placeholder))
                .map(user -> variable);
    }

    private static String variable(String name) {
        return name.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
