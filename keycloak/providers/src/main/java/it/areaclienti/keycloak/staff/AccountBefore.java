package it.areaclienti.keycloak.staff;

import it.areaclienti.keycloak.customers.AccountState;
import java.util.Optional;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.UserModel;

/**
 * What a user was before the request at hand changed it. Keycloak's events tell only that a user was updated.
 *
 * @param state null for a user who is not a customer
 */
record AccountBefore(String userId, AccountState state, boolean enabled) {
    private static final String KEY = AccountBefore.class.getName();

    /** Notes the user as it is, unless this request has noted it already. */
    static void note(KeycloakSession session, UserModel user) {
        if (of(session, user.getId()).isEmpty()) {
            session.setAttribute(
                    KEY, new AccountBefore(user.getId(), AccountState.of(user).orElse(null), user.isEnabled()));
        }
    }

    static Optional<AccountBefore> of(KeycloakSession session, String userId) {
        return Optional.ofNullable(session.getAttribute(KEY, AccountBefore.class))
                .filter(noted -> noted.userId().equals(userId));
    }
}
