package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.BridgeException;
import it.areaclienti.keycloak.bridge.BridgeUnavailableException;
import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.contacts.Channel;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** Tells the customer's other contacts that credentials were set up, so that a stranger's doing is noticed. */
final class CompletionNotices {
    private static final Logger LOG = Logger.getLogger(CompletionNotices.class);
    private static final String GREETING_NAME = "greeting_name";

    private final KeycloakSession session;
    private final RealmModel realm;

    CompletionNotices(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realm = realm;
    }

    /** Hands one message for each other contact to the bridge. Failing to is logged and changes nothing: the set-up is saved. */
    void send(UserModel customer, OutstandingSetup setup, String locale) {
        BridgeClient bridge = session.getProvider(BridgeClient.class);
        Set<String> others = new LinkedHashSet<>(CustomerDirectory.reachableContacts(customer));
        others.remove(setup.contact());
        int sent = 0;
        for (String contact : others) {
            try {
                bridge.sendMessage(message(customer, setup, contact, locale, sent));
                sent++;
            } catch (BridgeUnavailableException unavailable) {
                LOG.warnf("%d notices of a credential set-up could not be handed over", others.size() - sent);
                return;
            } catch (BridgeException refused) {
                LOG.warn("The bridge refused a notice of a credential set-up", refused);
            }
        }
    }

    private MessageRequest message(UserModel customer, OutstandingSetup setup, String contact, String locale, int number) {
        String name = customer.getFirstName() == null
                ? customer.getFirstAttribute(CustomerAttributes.COMPANY_NAME)
                : customer.getFirstName();
        return new MessageRequest(
                setup.id() + '-' + number,
                realm.getName(),
                Channel.ofUsername(contact).code(),
                contact,
                locale,
                customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE),
                setup.purpose().completedTemplate(),
                Map.of(GREETING_NAME, name == null ? "" : name));
    }
}
