package it.areaclienti.keycloak.staff;

import static it.areaclienti.keycloak.customers.AccountState.BLOCKED;
import static it.areaclienti.keycloak.customers.AccountState.CEASED;
import static it.areaclienti.keycloak.customers.AccountState.INACTIVE;
import static it.areaclienti.keycloak.customers.AccountState.PROVISIONED;
import static it.areaclienti.keycloak.customers.AccountState.REGISTERED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import it.areaclienti.keycloak.customers.AccountState;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccountChangeTest {
    @Test
    void switchingARegisteredCustomerOffBlocks() {
        assertEquals(AccountChange.BLOCK, AccountChange.of(REGISTERED, true, REGISTERED, false));
    }

    @Test
    void writingBlockedBlocksWhateverTheSwitchSays() {
        assertEquals(AccountChange.BLOCK, AccountChange.of(REGISTERED, true, BLOCKED, true));
        assertEquals(AccountChange.BLOCK, AccountChange.of(REGISTERED, true, BLOCKED, false));
        for (AccountState before : List.of(PROVISIONED, INACTIVE, CEASED)) {
            assertEquals(AccountChange.BLOCK, AccountChange.of(before, false, BLOCKED, false));
        }
    }

    @Test
    void switchingABlockedCustomerOnLiftsTheBlock() {
        assertEquals(AccountChange.UNBLOCK, AccountChange.of(BLOCKED, false, BLOCKED, true));
    }

    @Test
    void writingTheFormerStateLiftsTheBlock() {
        assertEquals(AccountChange.UNBLOCK, AccountChange.of(BLOCKED, false, REGISTERED, false));
        assertEquals(AccountChange.UNBLOCK, AccountChange.of(BLOCKED, false, CEASED, false));
    }

    @Test
    void aPageOpenedBeforeTheBlockDoesNotLiftIt() {
        assertEquals(AccountChange.UNDO, AccountChange.of(BLOCKED, false, REGISTERED, true));
    }

    @Test
    void switchingOnOpensNoAccountThatOnlyItsOwnerOrTheAgencyCanOpen() {
        for (AccountState before : List.of(PROVISIONED, INACTIVE, CEASED)) {
            assertEquals(AccountChange.UNDO, AccountChange.of(before, false, before, true));
        }
    }

    @Test
    void writingNotRegisteredCancelsAnOnlineAccount() {
        assertEquals(AccountChange.CANCEL, AccountChange.of(REGISTERED, true, PROVISIONED, true));
        assertEquals(AccountChange.CANCEL, AccountChange.of(INACTIVE, false, PROVISIONED, false));
    }

    @Test
    void aPageOpenedBeforeTheRegistrationDoesNotCancelIt() {
        assertEquals(AccountChange.UNDO, AccountChange.of(REGISTERED, true, PROVISIONED, false));
    }

    @Test
    void anEditOfSomethingElseChangesNothing() {
        assertEquals(AccountChange.NOTHING, AccountChange.of(REGISTERED, true, REGISTERED, true));
        for (AccountState state : List.of(PROVISIONED, INACTIVE, CEASED, BLOCKED)) {
            assertEquals(AccountChange.NOTHING, AccountChange.of(state, false, state, false));
        }
    }
}
