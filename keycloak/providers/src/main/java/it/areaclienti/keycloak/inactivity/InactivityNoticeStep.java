package it.areaclienti.keycloak.inactivity;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.BridgeRejectedException;
import it.areaclienti.keycloak.bridge.BridgeUnavailableException;
import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.notices.Notice;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Map;
import org.jboss.logging.Logger;
import org.keycloak.common.util.DurationConverter;
import org.keycloak.common.util.Time;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.workflow.WorkflowExecutionContext;
import org.keycloak.models.workflow.WorkflowStep;
import org.keycloak.models.workflow.WorkflowStepProvider;

/**
 * Tells customers that their account will be closed for want of use.
 *
 * <p>A bridge that does not answer fails the step, which Keycloak then repeats at its next run: the days until the account is
 * closed count from the notice, so nobody's is closed who was not told.
 */
final class InactivityNoticeStep implements WorkflowStepProvider {
    private static final Logger LOG = Logger.getLogger(InactivityNoticeStep.class);
    private static final String TEMPLATE = "inactivity-warning";
    private static final String DAYS = "days";

    private final KeycloakSession session;

    InactivityNoticeStep(KeycloakSession session) {
        this.session = session;
    }

    @Override
    public void run(WorkflowExecutionContext context) {
        RealmModel realm = session.getContext().getRealm();
        UserModel customer = session.users().getUserById(realm, context.getResourceId());
        if (customer == null
                || AccountState.of(customer).filter(AccountState::enabled).isEmpty()) {
            return;
        }
        Notice notice = notice(customer.getId(), days(context.getNextStep()), Time.currentTimeMillis());
        BridgeClient bridge = session.getProvider(BridgeClient.class);
        for (MessageRequest message : notice.messages(
                realm, customer, Notice.ownersContacts(customer), Notice.language(realm, customer))) {
            send(bridge, message);
        }
    }

    /** @throws BridgeUnavailableException when the bridge does not answer */
    private static void send(BridgeClient bridge, MessageRequest message) {
        try {
            bridge.sendMessage(message);
        } catch (BridgeRejectedException refused) {
            LOG.warnf("The bridge refused a notice (%s): %s", TEMPLATE, refused.code());
        }
    }

    /** One notice a month, so that a repeated step does not write twice to those whom it has reached. */
    static Notice notice(String userId, long days, long nowMs) {
        YearMonth month = YearMonth.from(Instant.ofEpochMilli(nowMs).atOffset(ZoneOffset.UTC));
        return new Notice(TEMPLATE, "inactivity-" + userId + '-' + month, Map.of(DAYS, days));
    }

    /** Days until the step that closes the account, at least one. */
    static long days(WorkflowStep next) {
        String after = next == null ? null : next.getAfter();
        return after == null ? 1 : Math.max(1, DurationConverter.parseDuration(after).toDays());
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
