package it.areaclienti.keycloak.staff;

import it.areaclienti.keycloak.cancellation.AccountCancellation;
import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.CustomerBlock;
import it.areaclienti.keycloak.sessions.SessionEnding;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventStoreProvider;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.OperationType;
import org.keycloak.events.admin.ResourceType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * Makes {@code enabled}, {@code account_state} and the sessions follow each other when somebody edits a user in the console.
 * It runs inside the edit's own transaction: either all of it is written, or none.
 */
final class AccountStateListener implements EventListenerProvider {
    static final String RESOURCE = "AREA_CLIENTI_ACCOUNT_STATE";
    private static final Pattern USER_PATH = Pattern.compile("users/([^/]+)");

    private final KeycloakSession session;

    AccountStateListener(KeycloakSession session) {
        this.session = session;
    }

    @Override
    public void onEvent(AdminEvent event, boolean includeRepresentation) {
        Matcher path = USER_PATH.matcher(String.valueOf(event.getResourcePath()));
        boolean edited = event.getResourceType() == ResourceType.USER && event.getOperationType() == OperationType.UPDATE;
        if (!edited || event.getError() != null || !path.matches()) {
            return;
        }
        RealmModel realm = session.realms().getRealm(event.getRealmId());
        UserModel user = realm == null ? null : session.users().getUserById(realm, path.group(1));
        if (user == null) {
            return;
        }
        AccountBefore.of(session, user.getId()).ifPresent(before -> {
            try {
                follow(realm, user, before, event);
            } catch (RuntimeException failed) {
                // A half-made change must not be kept; Keycloak would only log what a listener throws.
                session.getTransactionManager().setRollbackOnly();
                throw failed;
            }
        });
    }

    private void follow(RealmModel realm, UserModel user, AccountBefore before, AdminEvent event) {
        if (before.state() == null) {
            if (before.enabled() && !user.isEnabled()) {
                new SessionEnding(session, realm).signOut(user);
            }
            return;
        }
        AccountState written = AccountState.of(user).orElse(before.state());
        AccountChange change =
                AccountChange.of(before.state(), before.enabled(), written, user.isEnabled());
        if (change != AccountChange.NOTHING) {
            CustomerBlock.lock(session, user);
        }
        switch (change) {
            case BLOCK -> {
                CustomerBlock.block(user, before.state());
                new SessionEnding(session, realm).signOut(user);
            }
            case UNBLOCK -> {
                user.setSingleAttribute(CustomerAttributes.ACCOUNT_STATE, before.state().code());
                CustomerBlock.unblock(realm, user);
            }
            case CANCEL -> {
                user.setSingleAttribute(CustomerAttributes.ACCOUNT_STATE, before.state().code());
                AccountCancellation.carryOut(session, realm, user, Actor.ADMINISTRATOR);
            }
            case UNDO -> {
                user.setSingleAttribute(CustomerAttributes.ACCOUNT_STATE, before.state().code());
                user.setEnabled(before.enabled());
            }
            case NOTHING -> {
                return;
            }
        }
        record(realm, event, before.state(), AccountState.of(user).orElse(before.state()));
    }

    /** Keycloak's own event says that the user was updated; this one says how the account changed. */
    private void record(RealmModel realm, AdminEvent edit, AccountState before, AccountState after) {
        EventStoreProvider store = session.getProvider(EventStoreProvider.class);
        if (store == null || !realm.isAdminEventsEnabled() || before == after) {
            return;
        }
        AdminEvent event = new AdminEvent(edit);
        event.setId(UUID.randomUUID().toString());
        event.setOperationType(OperationType.ACTION);
        event.setResourceTypeAsString(RESOURCE);
        event.setRepresentation(null);
        event.setDetails(Map.of("area_clienti_before", before.code(), "area_clienti_after", after.code()));
        store.onEvent(event, false);
    }

    @Override
    public void onEvent(Event event) {
        // What users do themselves needs no mending.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
