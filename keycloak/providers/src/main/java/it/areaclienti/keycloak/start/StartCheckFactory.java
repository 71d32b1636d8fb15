package it.areaclienti.keycloak.start;

import org.keycloak.provider.ProviderFactory;

/** A check that listens for the end of the server's start and throws what keeps it from serving. */
public interface StartCheckFactory extends ProviderFactory<StartCheck> {}
