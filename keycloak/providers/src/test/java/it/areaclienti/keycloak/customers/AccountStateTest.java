package it.areaclienti.keycloak.customers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import it.areaclienti.keycloak.customers.AccountState.Actor;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AccountStateTest {
    @Test
    void onlyARegisteredCustomerMaySignIn() {
        assertEquals(
                java.util.List.of(AccountState.REGISTERED),
                Arrays.stream(AccountState.values()).filter(AccountState::enabled).toList());
    }

    @Test
    void aDeliverySetsAndClearsCeasedAndNothingElse() {
        for (AccountState from : AccountState.values()) {
            for (AccountState to : AccountState.values()) {
                if (from != to && from.mayBecome(to, Actor.SYNC)) {
                    assertTrue(from == AccountState.CEASED || to == AccountState.CEASED, from + " to " + to);
                }
            }
        }
    }

    @Test
    void nobodyButAnAdministratorLiftsABlock() {
        for (Actor actor : Actor.values()) {
            for (AccountState to : AccountState.values()) {
                if (to != AccountState.BLOCKED && actor != Actor.ADMINISTRATOR) {
                    assertFalse(AccountState.BLOCKED.mayBecome(to, actor), actor + " to " + to);
                }
            }
        }
    }

    @Test
    void aCustomerReopensWhatIsInactiveAndNeverWhatIsCeasedOrBlocked() {
        assertTrue(AccountState.PROVISIONED.mayBecome(AccountState.REGISTERED, Actor.CUSTOMER));
        assertTrue(AccountState.INACTIVE.mayBecome(AccountState.REGISTERED, Actor.CUSTOMER));
        assertFalse(AccountState.CEASED.mayBecome(AccountState.REGISTERED, Actor.CUSTOMER));
        assertFalse(AccountState.BLOCKED.mayBecome(AccountState.REGISTERED, Actor.CUSTOMER));
    }

    @Test
    void anUnknownNameIsNoState() {
        assertEquals(Optional.of(AccountState.CEASED), AccountState.of("ceased"));
        assertEquals(Optional.empty(), AccountState.of("CEASED"));
        assertEquals(Optional.empty(), AccountState.of((String) null));
    }
}
