package it.areaclienti.keycloak.customers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import it.areaclienti.keycloak.customers.AccountState.Actor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class AccountStateTest {
    private static JsonNode moves() throws IOException {
        Path path = Path.of(System.getProperty("area-clienti.vectors"), "account_states.json");
        return new ObjectMapper().readTree(path.toFile()).path("moves");
    }

    @TestFactory
    @DisplayName("a move is allowed to those whom the table shared with Python names")
    Stream<DynamicTest> aMoveIsAllowedToThoseWhomTheSharedTableNames() throws IOException {
        return StreamSupport.stream(moves().spliterator(), false).map(move -> {
            String before = move.path("before").textValue();
            String after = move.path("after").textValue();
            String actor = move.path("actor").textValue();
            return DynamicTest.dynamicTest(actor + ": " + before + " to " + after, () -> assertEquals(
                    move.path("allowed").booleanValue(),
                    AccountState.of(before)
                            .orElseThrow()
                            .mayBecome(AccountState.of(after).orElseThrow(), Actor.valueOf(actor.toUpperCase(Locale.ROOT)))));
        });
    }

    @Test
    void theSharedTableHoldsEveryPairOfStatesForEveryActorOnce() throws IOException {
        Set<String> held = new HashSet<>();
        for (JsonNode move : moves()) {
            assertTrue(move.path("allowed").isBoolean());
            held.add(move.path("before") + " " + move.path("after") + " " + move.path("actor"));
        }
        int states = AccountState.values().length;
        assertEquals(states * states * Actor.values().length, held.size());
        assertEquals(held.size(), moves().size());
    }

    @Test
    void onlyARegisteredCustomerMaySignIn() {
        assertEquals(
                List.of(AccountState.REGISTERED),
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
