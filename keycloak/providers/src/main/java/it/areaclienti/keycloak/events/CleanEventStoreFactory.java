package it.areaclienti.keycloak.events;

import jakarta.persistence.EntityManager;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.events.Event;
import org.keycloak.events.EventStoreProvider;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.jpa.JpaEventStoreProvider;
import org.keycloak.events.jpa.JpaEventStoreProviderFactory;
import org.keycloak.models.KeycloakSession;

/** Keycloak's event store {@code jpa}, taking its place under the same name: what it stores holds no personal data. */
public final class CleanEventStoreFactory extends JpaEventStoreProviderFactory {
    @Override
    public EventStoreProvider create(KeycloakSession session) {
        return new CleanEventStore(session, session.getProvider(JpaConnectionProvider.class).getEntityManager());
    }

    /** Above Keycloak's own, which is 0. */
    @Override
    public int order() {
        return 1;
    }

    // A subclass, not a wrapper: Keycloak casts its store to purge expired events.
    private static final class CleanEventStore extends JpaEventStoreProvider {
        CleanEventStore(KeycloakSession session, EntityManager entities) {
            super(session, entities);
        }

        @Override
        public void onEvent(Event event) {
            super.onEvent(EventDetails.withoutPersonalData(event));
        }

        @Override
        public void onEvent(AdminEvent event, boolean includeRepresentation) {
            super.onEvent(EventDetails.withoutPersonalData(event), false);
        }
    }
}
