package it.areaclienti.keycloak.bridge;

/** What can go wrong with the bridge; messages never carry codes or contacts. */
public abstract sealed class BridgeException extends RuntimeException
        permits BridgeUnavailableException, BridgeRejectedException {

    protected BridgeException(String message, Throwable cause) {
        super(message, cause);
    }
}
