package it.areaclienti.keycloak.notices;

import it.areaclienti.keycloak.customers.AccountState;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * Tells the owner of an account that it was locked after too many failures; the page that locked it tells nobody.
 *
 * <p>Keycloak's own listener {@code email} leaves this event out unless told otherwise, and writes to the user's email, which
 * customers do not have: theirs are among the contacts. Whoever locks an account over and over causes one notice a day.
 */
final class LockoutNotice implements EventListenerProvider {
    private static final String TEMPLATE = "account-locked";

    private final KeycloakSession session;

    LockoutNotice(KeycloakSession session) {
        this.session = session;
    }

    @Override
    public void onEvent(Event event) {
        if (event.getType() != EventType.USER_DISABLED_BY_TEMPORARY_LOCKOUT || event.getUserId() == null) {
            return;
        }
        RealmModel realm = session.realms().getRealm(event.getRealmId());
        UserModel user = realm == null ? null : session.users().getUserById(realm, event.getUserId());
        if (user == null || AccountState.of(user).filter(AccountState::enabled).isEmpty()) {
            return;
        }
        NoticeSender.of(session)
                .send(notice(user.getId(), Instant.ofEpochMilli(event.getTime()))
                        .messages(realm, user, Notice.ownersContacts(user), Notice.language(realm, user)));
    }

    /** The same notice for the whole day (UTC). */
    static Notice notice(String userId, Instant when) {
        LocalDate day = when.atOffset(ZoneOffset.UTC).toLocalDate();
        return new Notice(TEMPLATE, "locked-" + userId + '-' + day, Map.of());
    }

    @Override
    public void onEvent(AdminEvent event, boolean includeRepresentation) {
        // Administrators lock nobody by failing.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
