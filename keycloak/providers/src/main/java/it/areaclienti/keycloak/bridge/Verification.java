package it.areaclienti.keycloak.bridge;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;

/**
 * A verification that the bridge has accepted.
 *
 * @param id                 names it in later calls
 * @param purpose            as asked for
 * @param expiresAt          after this the code is no longer good
 * @param resendAfterSeconds seconds, from the answer, before a new code may be asked for
 * @param maskedTo           the contact as it may be shown
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Verification(
        String id,
        String purpose,
        @JsonProperty("expires_at") Instant expiresAt,
        @JsonProperty("resend_after_s") int resendAfterSeconds,
        @JsonProperty("masked_to") String maskedTo) {}
