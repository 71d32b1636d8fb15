package it.areaclienti.keycloak.admin;

import com.fasterxml.jackson.databind.JsonNode;
import it.areaclienti.keycloak.admin.AdminRights.Right;
import it.areaclienti.keycloak.problems.Problem;
import java.util.Arrays;
import java.util.Locale;

/**
 * Body of {@code POST customers/{customer_code}/state}: {@code {"action": "block" | "unblock" | "cancel"}} from staff, and from
 * the portal {@code {"action": "cancel", "proof": …}}, by which the customer asks for it.
 *
 * @param proof the bridge's proof, or null
 */
record StateRequest(Action action, String proof) {
    private static final int MAX_PROOF = 4096;

    enum Action {
        BLOCK(Right.CUSTOMERS_BLOCK),
        UNBLOCK(Right.CUSTOMERS_BLOCK),
        CANCEL(Right.CUSTOMERS_CANCEL);

        private final Right right;

        Action(Right right) {
            this.right = right;
        }
    }

    /** The right it takes: the staff's, or with a proof the portal's. */
    Right right() {
        return proof == null ? action.right : Right.ACCOUNT_CANCELLATION;
    }

    /** @throws Problem 422 for anything else */
    static StateRequest read(JsonNode body) {
        Action action = Arrays.stream(Action.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(body.path("action").textValue()))
                .findFirst()
                .orElseThrow(StateRequest::unknown);
        JsonNode proof = body.path("proof");
        int known = proof.isMissingNode() ? 1 : 2;
        boolean readable = proof.isMissingNode()
                || action == Action.CANCEL && proof.isTextual() && proof.textValue().length() <= MAX_PROOF;
        if (body.size() != known || !readable) {
            throw unknown();
        }
        return new StateRequest(action, proof.textValue());
    }

    private static Problem unknown() {
        return Problem.unprocessable(
                "action_unknown", "The body is {\"action\": \"block\"}, \"unblock\" or \"cancel\", the last with or without a proof.");
    }
}
