package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.bridge.VerificationRequest;
import java.util.Map;

/**
 * Options of one SMS step, as an administrator sees them in the flow.
 *
 * @param purpose            what the code is for
 * @param validitySeconds    how long a code is good
 * @param maxAttempts        wrong codes before a new one must be asked for
 * @param resendAfterSeconds pause before a new code may be asked for
 */
record SmsCodeSettings(SmsPurpose purpose, int validitySeconds, int maxAttempts, int resendAfterSeconds) {

    static final String PURPOSE = "purpose";
    static final String VALIDITY = "validity_s";
    static final String MAX_ATTEMPTS = "max_attempts";
    static final String RESEND_AFTER = "resend_after_s";

    /**
     * Reads the options.
     *
     * @throws IllegalArgumentException naming the option that is missing or out of range
     */
    static SmsCodeSettings parse(Map<String, String> options) {
        return new SmsCodeSettings(
                SmsPurpose.parse(options.get(PURPOSE)),
                number(options, VALIDITY, 30, 900),
                number(options, MAX_ATTEMPTS, 1, 10),
                number(options, RESEND_AFTER, 10, 600));
    }

    VerificationRequest.Policy policy() {
        return new VerificationRequest.Policy(validitySeconds, maxAttempts, resendAfterSeconds);
    }

    private static int number(Map<String, String> options, String name, int least, int most) {
        try {
            int value = Integer.parseInt(options.getOrDefault(name, "").strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // Told below.
        }
        throw new IllegalArgumentException("option " + name + " must be between " + least + " and " + most);
    }
}
