package it.areaclienti.keycloak.staff;

import static it.areaclienti.keycloak.customers.AccountState.BLOCKED;
import static it.areaclienti.keycloak.customers.AccountState.CEASED;
import static it.areaclienti.keycloak.customers.AccountState.INACTIVE;
import static it.areaclienti.keycloak.customers.AccountState.PROVISIONED;
import static it.areaclienti.keycloak.customers.AccountState.REGISTERED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import it.areaclienti.keycloak.customers.AccountState;
import org.junit.jupiter.api.Test;

class AccountStateValidatorTest {
    @Test
    void fromAnyOtherStateTheConsoleWritesBlockedAndFromAnOnlineAccountItsEnd() {
        for (AccountState before : AccountState.values()) {
            for (AccountState written : AccountState.values()) {
                if (before != BLOCKED) {
                    boolean cancels = written == PROVISIONED && (before == REGISTERED || before == INACTIVE);
                    boolean expected = written == before || written == BLOCKED || cancels;
                    assertEquals(expected, AccountStateValidator.allowed(before, written.code(), null), before + " to " + written);
                }
            }
        }
    }

    @Test
    void fromBlockedItWritesWhatTheAccountGoesBackToAndNothingElse() {
        for (AccountState reopened : AccountState.values()) {
            for (AccountState written : AccountState.values()) {
                boolean expected = written == BLOCKED || written == reopened;
                assertEquals(expected, AccountStateValidator.allowed(BLOCKED, written.code(), reopened));
            }
        }
    }

    @Test
    void theStateIsNeitherTakenAwayNorInvented() {
        assertFalse(AccountStateValidator.allowed(REGISTERED, "", null));
        assertFalse(AccountStateValidator.allowed(REGISTERED, "Blocked", null));
        assertFalse(AccountStateValidator.allowed(null, "registered", null));
        assertTrue(AccountStateValidator.allowed(CEASED, "ceased", null));
    }
}
