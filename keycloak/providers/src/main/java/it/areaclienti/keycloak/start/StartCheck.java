package it.areaclienti.keycloak.start;

import org.keycloak.provider.Provider;

/** Type of the checks made at start; they work through their factories, and there is nothing to obtain from a session. */
public interface StartCheck extends Provider {}
