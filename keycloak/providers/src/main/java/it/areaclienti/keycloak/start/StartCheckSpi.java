package it.areaclienti.keycloak.start;

import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderFactory;
import org.keycloak.provider.Spi;

/** SPI {@code area-clienti-start-check}. */
public final class StartCheckSpi implements Spi {
    @Override
    public boolean isInternal() {
        return true;
    }

    @Override
    public String getName() {
        return "area-clienti-start-check";
    }

    @Override
    public Class<? extends Provider> getProviderClass() {
        return StartCheck.class;
    }

    @Override
    public Class<? extends ProviderFactory<?>> getProviderFactoryClass() {
        return StartCheckFactory.class;
    }
}
