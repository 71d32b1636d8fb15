package it.areaclienti.keycloak.events;

import java.util.function.Function;
import org.keycloak.Config;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.EventListenerProviderFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/** A listener that runs in every realm, whatever listeners the realm names: it is a rule, not an option. */
public abstract class GlobalListenerFactory implements EventListenerProviderFactory {
    private final String id;
    private final Function<KeycloakSession, EventListenerProvider> listener;

    /**
     * @param id what Keycloak calls the listener
     * @param listener makes one for a session
     */
    protected GlobalListenerFactory(String id, Function<KeycloakSession, EventListenerProvider> listener) {
        this.id = id;
        this.listener = listener;
    }

    @Override
    public final EventListenerProvider create(KeycloakSession session) {
        return listener.apply(session);
    }

    @Override
    public final boolean isGlobal() {
        return true;
    }

    @Override
    public final String getId() {
        return id;
    }

    @Override
    public final void init(Config.Scope config) {
        // Nothing to configure.
    }

    @Override
    public final void postInit(KeycloakSessionFactory factory) {
        // Nothing to prepare.
    }

    @Override
    public final void close() {
        // Holds nothing.
    }
}
