package it.areaclienti.keycloak.bridge;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * A verification that the bridge has accepted.
 *
 * @param id                 names it in later calls
 * @param purpose            as asked for
 * @param expiresAt          after this the code is no longer good
 * @param resendAfterSeconds seconds, from the answer, before a new code may be asked for
 * @param maskedTo           the contact as it may be shown
 */
public record Verification(String id, String purpose, Instant expiresAt, int resendAfterSeconds, String maskedTo) {

    @JsonCreator
    static Verification read(
            @JsonProperty("id") String id,
            @JsonProperty("purpose") String purpose,
            @JsonProperty("expires_at") String expiresAt,
            @JsonProperty("resend_after_s") int resendAfterSeconds,
            @JsonProperty("masked_to") String maskedTo) {
        Instant expiry = expiresAt == null ? null : OffsetDateTime.parse(expiresAt).toInstant();
        return new Verification(id, purpose, expiry, resendAfterSeconds, maskedTo);
    }
}
