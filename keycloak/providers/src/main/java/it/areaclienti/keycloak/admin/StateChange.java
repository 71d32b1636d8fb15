package it.areaclienti.keycloak.admin;

import it.areaclienti.keycloak.cancellation.AccountCancellation;
import it.areaclienti.keycloak.credentials.ContactProof;
import it.areaclienti.keycloak.credentials.ContactProofs;
import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerBlock;
import it.areaclienti.keycloak.customers.LockedCustomer;
import it.areaclienti.keycloak.problems.Problem;
import it.areaclienti.keycloak.sessions.SessionEnding;
import org.keycloak.events.admin.OperationType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.resources.admin.AdminEventBuilder;

/** Carries out what is asked of an account's state; asking for what already is changes nothing and leaves no event. */
final class StateChange {
    /** The resource type that the console's edits leave as well. */
    private static final String EVENT = "AREA_CLIENTI_ACCOUNT_STATE";
    /** Purpose of the verification by which a customer asks to cancel the account. */
    private static final String CANCELLATION = "cancellation";

    private final KeycloakSession session;
    private final RealmModel realm;
    private final AdminEventBuilder events;

    StateChange(KeycloakSession session, RealmModel realm, AdminEventBuilder events) {
        this.session = session;
        this.realm = realm;
        this.events = events;
    }

    /** @throws Problem 409 {@code state_forbids} when what the account is does not allow it; of a proof, what ContactProofs throws */
    void carryOut(StateRequest request, UserModel found) {
        UserModel customer =
                LockedCustomer.of(session, realm, found.getId()).orElseThrow(Problem::customerUnknown);
        AccountState before = AccountState.of(customer)
                .orElseThrow(() -> Problem.conflict("state_forbids", "The customer has no account state."));
        switch (request.action()) {
            case BLOCK -> block(customer, before);
            case UNBLOCK -> unblock(customer, before);
            case CANCEL -> cancel(customer, before, request.proof());
        }
    }

    private void block(UserModel customer, AccountState before) {
        if (before != AccountState.BLOCKED) {
            CustomerBlock.block(customer, before);
            new SessionEnding(session, realm).signOut(customer);
            record(customer, before, AccountState.BLOCKED);
        }
    }

    private void unblock(UserModel customer, AccountState before) {
        if (before != AccountState.BLOCKED) {
            throw Problem.conflict("state_forbids", "The account is not blocked.");
        }
        record(customer, before, CustomerBlock.unblock(realm, customer));
    }

    private void cancel(UserModel customer, AccountState before, String proof) {
        Actor actor = proof == null ? Actor.ADMINISTRATOR : Actor.CUSTOMER;
        ContactProofs proofs = new ContactProofs(session, realm);
        ContactProof proved = proof == null ? null : proofs.verified(customer, CANCELLATION, proof);
        if (!AccountCancellation.allowed(customer, actor)) {
            throw Problem.conflict("state_forbids", "There is no online account to cancel.");
        }
        if (proved != null) {
            // The username, and nothing else: it is what the customer chose, while deliveries write the other contacts.
            if (!proved.contact().equals(customer.getUsername())) {
                throw Problem.conflict("contact_not_on_file", "The proved contact is not the customer's username.");
            }
            proofs.spend(proved);
        }
        AccountCancellation.carryOut(session, realm, customer, actor);
        record(customer, before, AccountState.PROVISIONED);
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
