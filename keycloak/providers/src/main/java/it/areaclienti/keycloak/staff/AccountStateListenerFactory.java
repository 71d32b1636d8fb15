package it.areaclienti.keycloak.staff;

import it.areaclienti.keycloak.events.GlobalListenerFactory;

/** Runs {@link AccountStateListener}. */
public final class AccountStateListenerFactory extends GlobalListenerFactory {
    /** Keycloak makes the only one. */
    public AccountStateListenerFactory() {
        super("area-clienti-account-state", AccountStateListener::new);
    }
}
