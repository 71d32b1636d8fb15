package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.events.GlobalListenerFactory;

/** Runs {@link RemovedNumberListener}. */
public final class RemovedNumberListenerFactory extends GlobalListenerFactory {
    /** Keycloak makes the only one. */
    public RemovedNumberListenerFactory() {
        super("area-clienti-removed-number", RemovedNumberListener::new);
    }
}
