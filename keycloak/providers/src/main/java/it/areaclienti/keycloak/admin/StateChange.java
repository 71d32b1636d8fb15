package it.areaclienti.keycloak.admin;

import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.CustomerBlock;
import it.areaclienti.keycloak.problems.Problem;
import it.areaclienti.keycloak.sessions.SessionEnding;
import org.keycloak.events.admin.OperationType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.resources.admin.AdminEventBuilder;

/** Carries out what staff ask of an account's state; asking for what already is changes nothing and leaves no event. */
final class StateChange {
    /** The resource type that the console's edits leave as well. */
    private static final String EVENT = "AREA_CLIENTI_ACCOUNT_STATE";

    private final KeycloakSession session;
    private final RealmModel realm;
    private final AdminEventBuilder events;

    StateChange(KeycloakSession session, RealmModel realm, AdminEventBuilder events) {
        this.session = session;
        this.realm = realm;
        this.events = events;
    }

    /** @throws Problem 409 {@code state_forbids} for a block to be lifted that is not there */
    void carryOut(StateRequest request, UserModel customer) {
        CustomerBlock.lock(session, customer);
        AccountState before = AccountState.of(customer)
                .orElseThrow(() -> Problem.conflict("state_forbids", "The customer has no account state."));
        boolean blocked = before == AccountState.BLOCKED;
        if (request == StateRequest.BLOCK) {
            if (!blocked) {
                CustomerBlock.block(customer, before);
                new SessionEnding(session, realm).signOut(customer);
                record(customer, before, AccountState.BLOCKED);
            }
            return;
        }
        if (!blocked) {
            throw Problem.conflict("state_forbids", "The account is not blocked.");
        }
        record(customer, before, CustomerBlock.unblock(realm, customer));
    }

    private void record(UserModel customer, AccountState before, AccountState after) {
        events.operation(OperationType.ACTION)
                .resource(EVENT)
                .resourcePath("users", customer.getId())
                .detail("area_clienti_before", before.code())
                .detail("area_clienti_after", after.code())
                .success();
    }
}
