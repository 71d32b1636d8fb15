package it.areaclienti.keycloak.operation;

import java.util.Locale;

/** A level 3 request that confirms nothing: no code is sent for it. */
public final class OperationRefusedException extends Exception {

    /** Why, for the event; the customer is only told that the operation cannot be confirmed. */
    public enum Reason {
        /** The request carries no operation. */
        MISSING,
        /** Not the JSON the contract names, or too long. */
        MALFORMED,
        /** The operation was pushed with another request. */
        OTHER_NONCE,
        /** The request came through the browser and not by PAR. */
        NOT_PUSHED;

        /** Stable name in events. */
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Reason reason;

    public OperationRefusedException(Reason reason) {
        super("operation refused: " + reason.code());
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
