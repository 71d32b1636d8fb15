package it.areaclienti.keycloak.bridge;

import org.keycloak.provider.ProviderFactory;

/** Makes the {@link BridgeClient} of a session. */
public interface BridgeClientFactory extends ProviderFactory<BridgeClient> {}
