package it.areaclienti.keycloak.notices;

import it.areaclienti.keycloak.events.GlobalListenerFactory;

/** Runs {@link LockoutNotice}. */
public final class LockoutNoticeFactory extends GlobalListenerFactory {
    /** Keycloak makes the only one. */
    public LockoutNoticeFactory() {
        super("area-clienti-lockout-notice", LockoutNotice::new);
    }
}
