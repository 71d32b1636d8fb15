package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.bridge.CheckResult.Status;

/**
 * One message on a page of the SMS step.
 *
 * @param key       of the theme's message files
 * @param parameter its {@code {0}}, or null
 * @param good      news rather than an error
 * @param field     name of the form field it is about, or null when it is about the page
 */
record PageMessage(String key, Object parameter, boolean good, String field) {

    private static final String CODE = "code";

    static final PageMessage EXPIRED = error("smsCodeExpired");
    static final PageMessage EXHAUSTED = error("smsCodeExhausted");
    static final PageMessage SUPERSEDED = error("smsCodeSuperseded");
    static final PageMessage CONSUMED = error("smsCodeConsumed");
    static final PageMessage MALFORMED = new PageMessage("smsCodeMalformed", null, false, CODE);
    static final PageMessage LOCKED = error("smsLocked");
    static final PageMessage UNAVAILABLE = error("smsUnavailable");
    static final PageMessage OPERATION_REFUSED = error("operationRefused");
    static final PageMessage RESENT = new PageMessage("smsCodeResent", null, true, null);

    static PageMessage wrong(int attemptsLeft) {
        return new PageMessage("smsCodeWrong", attemptsLeft, false, CODE);
    }

    static PageMessage tooSoon(long seconds) {
        return new PageMessage("smsResendTooSoon", Math.max(1, seconds), false, null);
    }

    /** For a code that can no longer be used. */
    static PageMessage of(Status status) {
        return switch (status) {
            case EXPIRED -> EXPIRED;
            case EXHAUSTED -> EXHAUSTED;
            case SUPERSEDED -> SUPERSEDED;
            case CONSUMED -> CONSUMED;
            case APPROVED, WRONG -> throw new IllegalArgumentException("the code can still be used, or was right");
        };
    }

    private static PageMessage error(String key) {
        return new PageMessage(key, null, false, null);
    }
}
