package it.areaclienti.keycloak.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import it.areaclienti.keycloak.admin.AdminRights.Right;
import it.areaclienti.keycloak.admin.StateRequest.Action;
import it.areaclienti.keycloak.problems.Problem;
import org.junit.jupiter.api.Test;

class StateRequestTest {
    private static StateRequest read(String body) throws Exception {
        return StateRequest.read(new ObjectMapper().readTree(body));
    }

    @Test
    void threeActionsAreKnown() throws Exception {
        assertEquals(new StateRequest(Action.BLOCK, null), read("{\"action\":\"block\"}"));
        assertEquals(new StateRequest(Action.UNBLOCK, null), read("{\"action\":\"unblock\"}"));
        assertEquals(new StateRequest(Action.CANCEL, null), read("{\"action\":\"cancel\"}"));
        assertEquals(new StateRequest(Action.CANCEL, "a.b.c"), read("{\"action\":\"cancel\",\"proof\":\"a.b.c\"}"));
    }

    @Test
    void eachTakesARightOfItsOwnAndAProofAnother() throws Exception {
        assertEquals(Right.CUSTOMERS_BLOCK, read("{\"action\":\"block\"}").right());
        assertEquals(Right.CUSTOMERS_BLOCK, read("{\"action\":\"unblock\"}").right());
        assertEquals(Right.CUSTOMERS_CANCEL, read("{\"action\":\"cancel\"}").right());
        assertEquals(Right.ACCOUNT_CANCELLATION, read("{\"action\":\"cancel\",\"proof\":\"a.b.c\"}").right());
    }

    @Test
    void anythingElseIsRefusedWithAStableCode() {
        for (String body : new String[] {
            "{}",
            "{\"action\":\"BLOCK\"}",
            "{\"action\":null}",
            "{\"action\":[\"block\"]}",
            "{\"action\":\"block\",\"state\":\"ceased\"}",
            "{\"action\":\"block\",\"proof\":\"a.b.c\"}",
            "{\"action\":\"cancel\",\"proof\":null}",
            "{\"action\":\"cancel\",\"proof\":\"a.b.c\",\"contact\":\"x\"}",
            "{\"action\":\"cancel\",\"proof\":\"" + "a".repeat(4097) + "\"}"
        }) {
            Problem refused = assertThrows(Problem.class, () -> read(body), body);
            assertEquals("action_unknown", refused.code());
        }
    }
}
