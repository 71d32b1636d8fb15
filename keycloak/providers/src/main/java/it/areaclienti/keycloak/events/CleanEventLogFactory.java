package it.areaclienti.keycloak.events;

import org.keycloak.events.Event;
import org.keycloak.events.EventListenerProvider;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.log.JBossLoggingEventListenerProviderFactory;
import org.keycloak.models.KeycloakSession;

/**
 * Keycloak's event listener {@code jboss-logging} with all its options, taking its place under the same name: what it logs
 * holds no personal data.
 */
public final class CleanEventLogFactory extends JBossLoggingEventListenerProviderFactory {
    @Override
    public EventListenerProvider create(KeycloakSession session) {
        return new CleanEventLog(super.create(session));
    }

    /** Above Keycloak's own, which is 0. */
    @Override
    public int order() {
        return 1;
    }

    private record CleanEventLog(EventListenerProvider log) implements EventListenerProvider {
        @Override
        public void onEvent(Event event) {
            log.onEvent(EventDetails.withoutPersonalData(event));
        }

        @Override
        public void onEvent(AdminEvent event, boolean includeRepresentation) {
            log.onEvent(EventDetails.withoutPersonalData(event), false);
        }

        @Override
        public void close() {
            log.close();
        }
    }
}
