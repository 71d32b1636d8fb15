package it.areaclienti.keycloak.customers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class CustomerBlockTest {
    @Test
    void anAccountGoesBackToWhatItWas() {
        assertEquals(AccountState.REGISTERED, CustomerBlock.beforeBlock(Optional.of(AccountState.REGISTERED), true));
        assertEquals(AccountState.INACTIVE, CustomerBlock.beforeBlock(Optional.of(AccountState.INACTIVE), true));
        assertEquals(AccountState.PROVISIONED, CustomerBlock.beforeBlock(Optional.of(AccountState.PROVISIONED), false));
    }

    @Test
    void aCustomerWithoutAnAccountIsNeverGivenOne() {
        for (AccountState noted : AccountState.values()) {
            assertEquals(AccountState.PROVISIONED, CustomerBlock.beforeBlock(Optional.of(noted), false));
        }
        assertEquals(AccountState.PROVISIONED, CustomerBlock.beforeBlock(Optional.empty(), false));
    }

    @Test
    void aBlockOfWhichNothingWasNotedGoesBackToTheOnlineAccount() {
        assertEquals(AccountState.REGISTERED, CustomerBlock.beforeBlock(Optional.empty(), true));
    }
}
