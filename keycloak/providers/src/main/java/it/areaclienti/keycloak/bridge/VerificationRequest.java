package it.areaclienti.keycloak.bridge;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Body of {@code POST /v1/verifications}.
 *
 * @param brand        realm name
 * @param purpose      {@code access} or {@code operation}; the bridge grants Keycloak no other
 * @param channel      {@code mobile} or {@code email}
 * @param to           canonical contact, E.164 for a mobile
 * @param locale       language tag of the message, {@code it} or {@code en}
 * @param customerCode whom the code is for
 * @param flowId       groups the requests of one sign-in; null if there is none
 * @param clientIp     address of the browser, for the bridge's limits; null if unknown
 * @param policy       validity and limits, held by the bridge within its own; null for the bridge's defaults
 * @param operation    what the code confirms; null unless the purpose is {@code operation}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VerificationRequest(
        String brand,
        String purpose,
        String channel,
        String to,
        String locale,
        @JsonProperty("customer_code") String customerCode,
        @JsonProperty("flow_id") String flowId,
        @JsonProperty("client_ip") String clientIp,
        Policy policy,
        Operation operation) {

    /** Validity of the code in seconds, wrong attempts it allows, and seconds before another may be asked for. */
    public record Policy(
            @JsonProperty("validity_s") int validitySeconds,
            @JsonProperty("max_attempts") int maxAttempts,
            @JsonProperty("resend_after_s") int resendAfterSeconds) {}

    /** An operation as the message names it; {@code amount} is a decimal string in euro, or null. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Operation(String id, String text, String amount) {}
}
