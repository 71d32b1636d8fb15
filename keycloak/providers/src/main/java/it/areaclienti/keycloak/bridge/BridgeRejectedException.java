package it.areaclienti.keycloak.bridge;

import java.util.OptionalInt;

/** The bridge understood the request and refused it, with a problem document. */
public final class BridgeRejectedException extends BridgeException {

    private final String code;
    private final int status;
    private final int retryAfterSeconds;

    /**
     * @param code              stable code of the problem
     * @param status            HTTP status, 400 to 499
     * @param retryAfterSeconds what {@code Retry-After} said, negative if it was absent
     */
    public BridgeRejectedException(String code, int status, int retryAfterSeconds) {
        super("bridge refused: " + code + " (" + status + ")", null);
        this.code = code;
        this.status = status;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    public String code() {
        return code;
    }

    public int status() {
        return status;
    }

    /** Seconds after which the same request may be repeated, if the bridge named any. */
    public OptionalInt retryAfterSeconds() {
        return retryAfterSeconds < 0 ? OptionalInt.empty() : OptionalInt.of(retryAfterSeconds);
    }
}
