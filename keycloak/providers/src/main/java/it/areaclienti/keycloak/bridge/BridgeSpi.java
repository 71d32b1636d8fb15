package it.areaclienti.keycloak.bridge;

import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderFactory;
import org.keycloak.provider.Spi;

/** SPI {@code area-clienti-bridge}. */
public final class BridgeSpi implements Spi {

    public static final String NAME = "area-clienti-bridge";

    @Override
    public boolean isInternal() {
        return false;
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public Class<? extends Provider> getProviderClass() {
        return BridgeClient.class;
    }

    @Override
    @SuppressWarnings("rawtypes") // the interface's own signature
    public Class<? extends ProviderFactory> getProviderFactoryClass() {
        return BridgeClientFactory.class;
    }
}
