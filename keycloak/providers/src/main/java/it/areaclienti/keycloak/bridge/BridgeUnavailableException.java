package it.areaclienti.keycloak.bridge;

/** No trustworthy answer: not reachable, too slow, a server error, or an answer whose signature does not hold. */
public final class BridgeUnavailableException extends BridgeException {

    public BridgeUnavailableException(String message) {
        super(message, null);
    }

    public BridgeUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
