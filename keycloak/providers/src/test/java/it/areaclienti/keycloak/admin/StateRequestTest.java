package it.areaclienti.keycloak.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import it.areaclienti.keycloak.problems.Problem;
import org.junit.jupiter.api.Test;

class StateRequestTest {
    private static StateRequest read(String body) throws Exception {
        return StateRequest.read(new ObjectMapper().readTree(body));
    }

    @Test
    void twoActionsAreKnown() throws Exception {
        assertEquals(StateRequest.BLOCK, read("{\"action\":\"block\"}"));
        assertEquals(StateRequest.UNBLOCK, read("{\"action\":\"unblock\"}"));
    }

    @Test
    void anythingElseIsRefusedWithAStableCode() {
        for (String body : new String[] {
            "{}", "{\"action\":\"BLOCK\"}", "{\"action\":null}", "{\"action\":[\"block\"]}", "{\"action\":\"block\",\"state\":\"ceased\"}"
        }) {
            Problem refused = assertThrows(Problem.class, () -> read(body), body);
            assertEquals("action_unknown", refused.code());
        }
    }
}
