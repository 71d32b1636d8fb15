package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.BridgeRejectedException;
import it.areaclienti.keycloak.bridge.BridgeUnavailableException;
import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.contacts.Channel;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jboss.logging.Logger;
import org.keycloak.executors.ExecutorsProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * Tells the customer's other contacts that credentials were set up, so that a stranger's doing is noticed.
 *
 * <p>It happens beside the request, which does not wait for the bridge. Failing to is logged and changes nothing: the set-up
 * is saved.
 */
final class CompletionNotices {
    private static final Logger LOG = Logger.getLogger(CompletionNotices.class);
    private static final String EXECUTOR = "area-clienti-notices";
    private static final String GREETING_NAME = "greeting_name";

    private final BridgeClient bridge;
    private final Executor executor;

    CompletionNotices(BridgeClient bridge, Executor executor) {
        this.bridge = bridge;
        this.executor = executor;
    }

    static CompletionNotices of(KeycloakSession session) {
        return new CompletionNotices(
                session.getProvider(BridgeClient.class),
                session.getProvider(ExecutorsProvider.class).getExecutor(EXECUTOR));
    }

    /** One message for each contact of the customer but the one that was proved. */
    static List<MessageRequest> messages(RealmModel realm, UserModel customer, OutstandingSetup setup, String locale) {
        Set<String> others = new LinkedHashSet<>(CustomerDirectory.reachableContacts(customer));
        others.remove(setup.contact());
        String name = customer.getFirstName() == null
                ? customer.getFirstAttribute(CustomerAttributes.COMPANY_NAME)
                : customer.getFirstName();
        List<MessageRequest> messages = new ArrayList<>();
        for (String contact : others) {
            messages.add(new MessageRequest(
                    setup.id() + '-' + messages.size(),
                    realm.getName(),
                    Channel.ofUsername(contact).code(),
                    contact,
                    locale,
                    customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE),
                    setup.purpose().completedTemplate(),
                    Map.of(GREETING_NAME, name == null ? "" : name)));
        }
        return messages;
    }

    /** Has the messages handed to the bridge, and returns at once. */
    void send(List<MessageRequest> messages) {
        try {
            executor.execute(() -> handOver(messages));
        } catch (RejectedExecutionException full) {
            LOG.errorf("%d notices of a credential set-up were dropped: the server is overloaded", messages.size());
        }
    }

    /** A bridge that does not answer costs one timeout, however many contacts there are. No message names a contact. */
    private void handOver(List<MessageRequest> messages) {
        for (int i = 0; i < messages.size(); i++) {
            try {
                bridge.sendMessage(messages.get(i));
            } catch (BridgeUnavailableException unavailable) {
                LOG.errorf("%d notices of a credential set-up could not be handed over: %s",
                        messages.size() - i, unavailable.getMessage());
                return;
            } catch (BridgeRejectedException refused) {
                LOG.warnf("The bridge refused a notice of a credential set-up: %s", refused.code());
            } catch (RuntimeException failed) {
                LOG.errorf("A notice of a credential set-up failed: %s", failed.getClass().getSimpleName());
            }
        }
    }
}
