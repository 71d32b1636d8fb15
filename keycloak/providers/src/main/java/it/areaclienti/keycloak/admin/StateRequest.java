package it.areaclienti.keycloak.admin;

import com.fasterxml.jackson.databind.JsonNode;
import it.areaclienti.keycloak.problems.Problem;

/** Body of {@code POST customers/{customer_code}/state}: {@code {"action": "block" | "unblock"}}. */
enum StateRequest {
    BLOCK,
    UNBLOCK;

    /** @throws Problem 422 for anything else */
    static StateRequest read(JsonNode body) {
        String action = body.size() == 1 ? body.path("action").asText("") : "";
        return switch (action) {
            case "block" -> BLOCK;
            case "unblock" -> UNBLOCK;
            default -> throw Problem.unprocessable("action_unknown", "The body is {\"action\": \"block\"} or {\"action\": \"unblock\"}.");
        };
    }
}
