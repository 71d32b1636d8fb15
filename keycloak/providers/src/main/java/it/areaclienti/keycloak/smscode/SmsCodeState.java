package it.areaclienti.keycloak.smscode;

import com.fasterxml.jackson.annotation.JsonProperty;
import it.areaclienti.keycloak.bridge.Verification;
import java.io.IOException;
import java.util.Optional;
import org.keycloak.sessions.AuthenticationSessionModel;
import org.keycloak.util.JsonSerialization;

/**
 * What the step remembers between two requests, in one note of the authentication session of the browser tab. Neither the code
 * nor the number is in it.
 *
 * @param verificationId the bridge's
 * @param credentialId   the {@code sms-otp} credential whose number the code went to
 * @param maskedTo       the number as it may be shown
 * @param expiresAt      Unix seconds
 * @param resendAt       Unix seconds from which a new code may be asked for
 * @param attemptsLeft   as far as is known
 * @param over           the code can no longer be used: only a new one helps
 */
record SmsCodeState(
        @JsonProperty("verification_id") String verificationId,
        @JsonProperty("credential_id") String credentialId,
        @JsonProperty("masked_to") String maskedTo,
        @JsonProperty("expires_at") long expiresAt,
        @JsonProperty("resend_at") long resendAt,
        @JsonProperty("attempts_left") int attemptsLeft,
        @JsonProperty("over") boolean over) {

    private static final String NOTE = "area-clienti-sms-code.";

    static SmsCodeState of(Verification verification, String credentialId, int maxAttempts, long now) {
        return new SmsCodeState(
                verification.id(),
                credentialId,
                verification.maskedTo(),
                verification.expiresAt().getEpochSecond(),
                now + Math.max(0, verification.resendAfterSeconds()),
                maxAttempts,
                false);
    }

    /** Whether the code that was sent can still be typed, as far as is known here; the bridge decides. */
    boolean usable(long now) {
        return !over && now < expiresAt;
    }

    SmsCodeState withAttemptsLeft(int attempts) {
        return new SmsCodeState(verificationId, credentialId, maskedTo, expiresAt, resendAt, attempts, attempts <= 0);
    }

    SmsCodeState ended() {
        return new SmsCodeState(verificationId, credentialId, maskedTo, expiresAt, resendAt, 0, true);
    }

    SmsCodeState resendableAt(long time) {
        return new SmsCodeState(verificationId, credentialId, maskedTo, expiresAt, time, attemptsLeft, over);
    }

    static Optional<SmsCodeState> load(AuthenticationSessionModel signIn, SmsPurpose purpose) {
        String note = signIn.getAuthNote(NOTE + purpose.code());
        if (note == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(JsonSerialization.readValue(note, SmsCodeState.class));
        } catch (IOException writtenByAnotherVersion) {
            return Optional.empty();
        }
    }

    void save(AuthenticationSessionModel signIn, SmsPurpose purpose) {
        try {
            signIn.setAuthNote(NOTE + purpose.code(), JsonSerialization.writeValueAsString(this));
        } catch (IOException e) {
            throw new IllegalStateException("a record of plain values could not be written as JSON", e);
        }
    }

    static void forget(AuthenticationSessionModel signIn, SmsPurpose purpose) {
        signIn.removeAuthNote(NOTE + purpose.code());
    }
}
