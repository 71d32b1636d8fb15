package it.areaclienti.keycloak.notices;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.BridgeRejectedException;
import it.areaclienti.keycloak.bridge.BridgeUnavailableException;
import it.areaclienti.keycloak.bridge.MessageRequest;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jboss.logging.Logger;
import org.keycloak.executors.ExecutorsProvider;
import org.keycloak.models.KeycloakSession;

/**
 * Hands notices to the bridge beside the request, which does not wait for it. Failing to is logged and changes nothing: what
 * the notices tell of has happened.
 */
public final class NoticeSender {
    private static final Logger LOG = Logger.getLogger(NoticeSender.class);
    private static final String EXECUTOR = "area-clienti-notices";

    private final BridgeClient bridge;
    private final Executor executor;

    NoticeSender(BridgeClient bridge, Executor executor) {
        this.bridge = bridge;
        this.executor = executor;
    }

    public static NoticeSender of(KeycloakSession session) {
        return new NoticeSender(
                session.getProvider(BridgeClient.class),
                session.getProvider(ExecutorsProvider.class).getExecutor(EXECUTOR));
    }

    /** Has the messages handed to the bridge, and returns at once. */
    public void send(List<MessageRequest> messages) {
        if (messages.isEmpty()) {
            return;
        }
        try {
            executor.execute(() -> handOver(messages));
        } catch (RejectedExecutionException full) {
            LOG.errorf("%d notices (%s) were dropped: the server is overloaded", messages.size(), template(messages));
        }
    }

    /** A bridge that does not answer costs one timeout, however many contacts there are. No message names a contact. */
    private void handOver(List<MessageRequest> messages) {
        for (int i = 0; i < messages.size(); i++) {
            try {
                bridge.sendMessage(messages.get(i));
            } catch (BridgeUnavailableException unavailable) {
                LOG.errorf("%d notices (%s) could not be handed over: %s",
                        messages.size() - i, template(messages), unavailable.getMessage());
                return;
            } catch (BridgeRejectedException refused) {
                LOG.warnf("The bridge refused a notice (%s): %s", template(messages), refused.code());
            } catch (RuntimeException failed) {
                LOG.errorf("A notice (%s) failed: %s", template(messages), failed.getClass().getSimpleName());
            }
        }
    }

    private static String template(List<MessageRequest> messages) {
        return messages.get(0).template();
    }
}
