package it.areaclienti.keycloak.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.util.JsonSerialization;

/** What stands in the master realm, in numbers only: whoever is in it administers every brand. */
final class InstallationView {
    /** Keycloak's own mark on users and clients made by {@code bootstrap-admin}. */
    private static final String TEMPORARY = "is_temporary_admin";
    /** More than anybody has; the answer says as much as is needed with fewer. */
    private static final int AT_MOST = 1000;

    private InstallationView() {}

    /** Answer of {@code GET installation}. */
    static ObjectNode of(KeycloakSession session) {
        RealmModel master = session.realms().getRealmByName(Config.getAdminRealm());
        List<UserModel> people;
        Map<String, String> peopleOnly = Map.of(UserModel.INCLUDE_SERVICE_ACCOUNT, Boolean.FALSE.toString());
        try (Stream<UserModel> users = session.users().searchForUserStream(master, peopleOnly, 0, AT_MOST)) {
            people = users.toList();
        }
        ObjectNode body = JsonSerialization.mapper.createObjectNode();
        body.put("temporary_users", people.stream().filter(InstallationView::isTemporary).count());
        body.put("temporary_clients", master.getClientsStream()
                .filter(client -> Boolean.parseBoolean(client.getAttribute(TEMPORARY)))
                .count());
        body.put("other_service_accounts", master.getClientsStream()
                .filter(client -> client.isServiceAccountsEnabled() && !Boolean.parseBoolean(client.getAttribute(TEMPORARY)))
                .count());
        body.put("other_enabled_users", people.stream()
                .filter(user -> user.isEnabled() && !isTemporary(user))
                .count());
        return body;
    }

    private static boolean isTemporary(UserModel user) {
        return Boolean.parseBoolean(user.getFirstAttribute(TEMPORARY));
    }
}
