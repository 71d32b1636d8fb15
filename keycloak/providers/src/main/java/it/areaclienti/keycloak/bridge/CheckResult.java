package it.areaclienti.keycloak.bridge;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;

/** The bridge's verdict on one typed code. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record CheckResult(
        String id,
        String purpose,
        @JsonProperty("customer_code") String customerCode,
        @JsonProperty("operation_id") String operationId,
        Status status,
        @JsonProperty("attempts_left") int attemptsLeft) {

    /** How a check can end. */
    public enum Status {
        /** The code is right and is now spent. */
        @JsonProperty("approved")
        APPROVED,
        /** Not the code, or not for this operation. */
        @JsonProperty("wrong")
        WRONG,
        /** Its time is over. */
        @JsonProperty("expired")
        EXPIRED,
        /** Too many wrong attempts; only a new code helps. */
        @JsonProperty("exhausted")
        EXHAUSTED,
        /** A newer code took its place. */
        @JsonProperty("superseded")
        SUPERSEDED,
        /** It was used before. */
        @JsonProperty("consumed")
        CONSUMED
    }
}
