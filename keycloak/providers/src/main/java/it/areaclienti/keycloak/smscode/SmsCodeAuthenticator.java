package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.bridge.BridgeRejectedException;
import it.areaclienti.keycloak.bridge.BridgeUnavailableException;
import it.areaclienti.keycloak.bridge.CheckResult;
import it.areaclienti.keycloak.bridge.CheckResult.Status;
import it.areaclienti.keycloak.bridge.Verification;
import it.areaclienti.keycloak.operation.OperationRefusedException;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.AuthenticationFlowError;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.authenticators.util.AuthenticatorUtils;
import org.keycloak.events.Errors;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.credential.OTPCredentialModel;

/**
 * The SMS step: level 2 (access) and level 3 (one operation).
 *
 * <p>It never lets anyone through without a code: no number, an unreachable bridge or a refused operation each end on a page
 * of their own. One request sends at most one code; showing the page again sends none.
 */
final class SmsCodeAuthenticator implements Authenticator {

    private static final Logger LOG = Logger.getLogger(SmsCodeAuthenticator.class);

    @Override
    public void authenticate(AuthenticationFlowContext context) {
        SmsStep step;
        try {
            step = SmsStep.of(context);
        } catch (OperationRefusedException refused) {
            refuseOperation(context, refused);
            return;
        }
        if (step.purpose() == SmsPurpose.ACCESS && LaterOperationStep.isAhead(context)) {
            // The code of the operation, just ahead, proves the same number: one message is enough.
            step.detail("left_to_operation", null);
            context.success();
            return;
        }
        if (step.withoutInteraction()) {
            // Nobody would see the page: the client is told that a sign-in is needed, and nothing is sent.
            context.challenge(step.pages().unavailable(null));
            return;
        }
        Optional<SmsCodeState> state = step.state();
        if (state.isPresent() && state.get().usable(step.now())) {
            context.challenge(step.pages().code(state.get(), null));
        } else if (!refusedAsLocked(step)) {
            send(step);
        }
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        SmsStep step;
        try {
            step = SmsStep.of(context);
        } catch (OperationRefusedException refused) {
            refuseOperation(context, refused);
            return;
        }
        MultivaluedMap<String, String> form = context.getHttpRequest().getDecodedFormParameters();
        Optional<SmsCodeState> state = step.state();
        if (state.isEmpty() || refusedAsLocked(step)) {
            if (state.isEmpty()) {
                authenticate(context);
            }
        } else if (form.containsKey("resend")) {
            resend(step, state.get());
        } else if (form.containsKey("code")) {
            check(step, state.get(), form.getFirst("code"));
        } else {
            // The retry button of the page that says the bridge is down.
            context.challenge(step.pages().code(state.get(), null));
        }
    }

    private static void send(SmsStep step) {
        Optional<SmsOtpCredentialModel> credential = step.usableCredential();
        if (credential.isEmpty()) {
            step.forget();
            step.fail("no_number", "sms_no_number");
            step.context().forceChallenge(step.pages().noNumber());
            return;
        }
        try {
            Verification verification = step.bridge().start(step.verificationRequest(credential.get()));
            if (!step.purpose().code().equals(verification.purpose())) {
                throw new BridgeUnavailableException("the answer is about another purpose");
            }
            SmsCodeState state = step.remember(verification, credential.get());
            step.detail("sent", state.verificationId());
            step.context().challenge(step.pages().code(state, null));
        } catch (BridgeUnavailableException e) {
            unavailable(step, e);
        } catch (BridgeRejectedException e) {
            LOG.warnf("Code for %s not sent: %s", step.purpose().code(), e.getMessage());
            step.fail("send_refused", "sms_" + e.code());
            PageMessage message = e.status() == 429 ? PageMessage.tooSoon(e.retryAfterSeconds().orElse(60)) : null;
            step.context().forceChallenge(step.pages().unavailable(message));
        }
    }

    private static void resend(SmsStep step, SmsCodeState state) {
        long wait = state.resendAt() - step.now();
        if (wait > 0) {
            step.context().challenge(step.pages().code(state, PageMessage.tooSoon(wait)));
            return;
        }
        Optional<SmsOtpCredentialModel> credential = step.credentialOf(state);
        if (credential.isEmpty()) {
            send(step);
            return;
        }
        try {
            Verification verification =
                    step.bridge().resend(state.verificationId(), step.customerCode(), step.clientIp());
            SmsCodeState renewed = step.remember(verification, credential.get());
            step.detail("sent_again", renewed.verificationId());
            step.context().challenge(step.pages().code(renewed, PageMessage.RESENT));
        } catch (BridgeUnavailableException e) {
            unavailable(step, e);
        } catch (BridgeRejectedException e) {
            if (e.status() == 429) {
                SmsCodeState later = state.resendableAt(step.now() + e.retryAfterSeconds().orElse(60));
                step.save(later);
                step.context()
                        .challenge(step.pages().code(later, PageMessage.tooSoon(later.resendAt() - step.now())));
            } else {
                // A verification that is over cannot be sent again: a new one takes its place.
                send(step);
            }
        }
    }

    private static void check(SmsStep step, SmsCodeState state, String typed) {
        if (step.credentialOf(state).isEmpty()) {
            // The number was replaced, or dropped by the agency, while the code was on its way.
            send(step);
            return;
        }
        Optional<String> code = TypedCode.read(typed);
        if (code.isEmpty()) {
            step.context().challenge(step.pages().code(state, PageMessage.MALFORMED));
            return;
        }
        try {
            CheckResult result = step.bridge()
                    .check(state.verificationId(), code.get(), step.customerCode(), step.operationId());
            if (!step.purpose().code().equals(result.purpose())) {
                throw new BridgeUnavailableException("the answer is about another purpose");
            }
            conclude(step, state, result);
        } catch (BridgeUnavailableException e) {
            unavailable(step, e);
        } catch (BridgeRejectedException e) {
            LOG.warnf("Code for %s not checked: %s", step.purpose().code(), e.getMessage());
            if (e.status() == 429) {
                PageMessage message = PageMessage.tooSoon(e.retryAfterSeconds().orElse(60));
                step.context().challenge(step.pages().code(state, message));
            } else {
                SmsCodeState over = state.ended();
                step.save(over);
                step.context().challenge(step.pages().code(over, PageMessage.EXPIRED));
            }
        }
    }

    private static void conclude(SmsStep step, SmsCodeState state, CheckResult result) {
        AuthenticationFlowContext context = step.context();
        if (result.status() == Status.APPROVED) {
            step.forget();
            step.detail("approved", result.id());
            step.stepUpDone();
            context.success(OTPCredentialModel.TYPE);
            return;
        }
        SmsCodeState next =
                result.status() == Status.WRONG ? state.withAttemptsLeft(result.attemptsLeft()) : state.ended();
        step.save(next);
        String outcome = result.status().name().toLowerCase(Locale.ROOT);
        step.detail(outcome, result.id());
        if (result.status() == Status.WRONG) {
            // Only this result makes Keycloak's brute-force detector count the failure.
            step.fail(outcome, Errors.INVALID_USER_CREDENTIALS);
            PageMessage message = next.over() ? PageMessage.EXHAUSTED : PageMessage.wrong(result.attemptsLeft());
            context.failureChallenge(AuthenticationFlowError.INVALID_CREDENTIALS, step.pages().code(next, message));
        } else {
            step.fail(outcome, Errors.EXPIRED_CODE);
            context.forceChallenge(step.pages().code(next, PageMessage.of(result.status())));
        }
    }

    /** The lock is looked at before a code is sent or compared: a right code does not open a locked account. */
    private static boolean refusedAsLocked(SmsStep step) {
        String error = AuthenticatorUtils.getDisabledByBruteForceEventError(step.context(), step.user());
        if (error == null) {
            return false;
        }
        step.fail("locked", error);
        step.context()
                .forceChallenge(step.state()
                        .map(state -> step.pages().code(state, PageMessage.LOCKED))
                        .orElseGet(() -> step.pages().error(PageMessage.LOCKED)));
        return true;
    }

    private static void unavailable(SmsStep step, BridgeUnavailableException cause) {
        LOG.warnf("SMS gateway bridge unavailable: %s", cause.getMessage());
        step.fail("bridge_unavailable", "sms_unavailable");
        step.context().forceChallenge(step.pages().unavailable(PageMessage.UNAVAILABLE));
    }

    private static void refuseOperation(AuthenticationFlowContext context, OperationRefusedException refused) {
        context.getEvent()
                .user(context.getUser())
                .detail(SmsStep.DETAIL_PURPOSE, SmsPurpose.OPERATION.code())
                .detail(SmsStep.DETAIL_OUTCOME, "operation_" + refused.reason().code())
                .error("operation_refused");
        // Not a failure of the flow: the brute-force detector would count it, and a link that asks for level 3 lock its victim.
        context.forceChallenge(new SmsPages(context, SmsPurpose.OPERATION, null).error(PageMessage.OPERATION_REFUSED));
    }

    @Override
    public boolean requiresUser() {
        return true;
    }

    /** Always: were it to depend on the credential, deleting the credential would delete the step. */
    @Override
    public boolean configuredFor(KeycloakSession session, RealmModel realm, UserModel user) {
        return true;
    }

    @Override
    public void setRequiredActions(KeycloakSession session, RealmModel realm, UserModel user) {
        // The number is chosen at registration, never here.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
