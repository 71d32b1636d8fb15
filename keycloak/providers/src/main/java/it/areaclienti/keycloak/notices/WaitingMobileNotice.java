package it.areaclienti.keycloak.notices;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.BridgeRejectedException;
import it.areaclienti.keycloak.bridge.BridgeUnavailableException;
import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.customers.WaitingMobileNotices;
import java.util.Collection;
import java.util.Map;
import org.jboss.logging.Logger;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * Tells the contacts a customer had until now that another number waits to receive the codes. Unlike the other notices this
 * one must have been handed over before what it tells of can happen; a bridge that does not answer is asked once a request.
 */
public final class WaitingMobileNotice implements WaitingMobileNotices {
    private static final Logger LOG = Logger.getLogger(WaitingMobileNotice.class);
    private static final String TEMPLATE = "access-mobile-waiting";
    private static final String ENDING = "mobile_ending";
    private static final int SHOWN = 2;

    private final BridgeClient bridge;
    private boolean unavailable;

    WaitingMobileNotice(BridgeClient bridge) {
        this.bridge = bridge;
    }

    public static WaitingMobileNotice of(KeycloakSession session) {
        return new WaitingMobileNotice(session.getProvider(BridgeClient.class));
    }

    @Override
    public boolean tell(RealmModel realm, UserModel customer, Collection<String> contacts, String mobile, String key)
            throws NotNow {
        Map<String, Object> parameters = Map.of(ENDING, mobile.substring(mobile.length() - SHOWN));
        boolean told = false;
        for (MessageRequest message : new Notice(TEMPLATE, key, parameters)
                .messages(realm, customer, contacts, Notice.language(realm, customer))) {
            told |= send(message);
        }
        return told;
    }

    private boolean send(MessageRequest message) throws NotNow {
        if (unavailable) {
            throw new NotNow();
        }
        try {
            bridge.sendMessage(message);
            return true;
        } catch (BridgeRejectedException refused) {
            LOG.warnf("The bridge refused a notice (%s): %s", TEMPLATE, refused.code());
            return false;
        } catch (BridgeUnavailableException silent) {
            LOG.errorf("Notices (%s) could not be handed over: %s", TEMPLATE, silent.getMessage());
            unavailable = true;
            throw new NotNow();
        }
    }
}
