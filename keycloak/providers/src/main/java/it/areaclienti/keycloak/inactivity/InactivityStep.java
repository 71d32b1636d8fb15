package it.areaclienti.keycloak.inactivity;

import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.CustomerInactivity;
import it.areaclienti.keycloak.customers.LockedCustomer;
import org.keycloak.common.util.Time;
import org.keycloak.events.EventBuilder;
import org.keycloak.events.EventType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.workflow.WorkflowExecutionContext;
import org.keycloak.models.workflow.WorkflowStepProvider;

/**
 * Closes an account that nobody has used: {@code inactive}, from which a recovery brings it back.
 *
 * <p>Keycloak's own step {@code disable-user} would leave {@code account_state} behind, and with it the way back.
 */
final class InactivityStep implements WorkflowStepProvider {
    private final KeycloakSession session;

    InactivityStep(KeycloakSession session) {
        this.session = session;
    }

    @Override
    public void run(WorkflowExecutionContext context) {
        RealmModel realm = session.getContext().getRealm();
        LockedCustomer.of(session, realm, context.getResourceId()).ifPresent(customer -> {
            if (CustomerInactivity.close(customer)) {
                endSessions(realm, customer);
                record(realm, customer);
            }
        });
    }

    /** None is left of a year ago; should one be, nobody is to go on with it. */
    private void endSessions(RealmModel realm, UserModel customer) {
        session.users().setNotBeforeForUser(realm, customer, Math.toIntExact(Time.currentTimeSeconds()));
        session.sessions().removeUserSessions(realm, customer);
    }

    private void record(RealmModel realm, UserModel customer) {
        new EventBuilder(realm, session)
                .event(EventType.UPDATE_PROFILE)
                .user(customer)
                .detail("area_clienti_before", AccountState.REGISTERED.code())
                .detail("area_clienti_after", AccountState.INACTIVE.code())
                .success();
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
