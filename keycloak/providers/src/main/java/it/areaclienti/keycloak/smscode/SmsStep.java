package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.Verification;
import it.areaclienti.keycloak.bridge.VerificationRequest;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.operation.OperationRefusedException;
import it.areaclienti.keycloak.operation.OperationRequest;
import it.areaclienti.keycloak.operation.PushedOperation;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.common.util.Time;
import org.keycloak.jose.jws.crypto.HashUtils;
import org.keycloak.models.AuthenticatorConfigModel;
import org.keycloak.models.UserModel;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;
import org.keycloak.sessions.AuthenticationSessionModel;
import org.keycloak.util.TokenUtil;

/** One run of the SMS step: whose it is, what it is for, and what is remembered of it. */
record SmsStep(AuthenticationFlowContext context, SmsCodeSettings settings, OperationRequest operation) {

    static final String DETAIL_PURPOSE = "sms_purpose";
    static final String DETAIL_OUTCOME = "sms_outcome";
    private static final String DETAIL_CHANNEL = "sms_channel";
    private static final String DETAIL_VERIFICATION = "sms_verification";
    private static final String MOBILE = "mobile";

    /**
     * Reads the step's options and, for level 3, the operation.
     *
     * @throws OperationRefusedException when level 3 is asked for without an operation that was pushed with the request
     * @throws IllegalArgumentException  when the realm's options are not usable
     */
    static SmsStep of(AuthenticationFlowContext context) throws OperationRefusedException {
        AuthenticatorConfigModel config = context.getAuthenticatorConfig();
        SmsCodeSettings settings = SmsCodeSettings.parse(config == null ? Map.of() : config.getConfig());
        OperationRequest operation = settings.purpose() == SmsPurpose.OPERATION
                ? PushedOperation.of(context.getAuthenticationSession())
                : null;
        return new SmsStep(context, settings, operation);
    }

    SmsPurpose purpose() {
        return settings.purpose();
    }

    UserModel user() {
        return context.getUser();
    }

    SmsPages pages() {
        return new SmsPages(context, purpose(), operation);
    }

    BridgeClient bridge() {
        return context.getSession().getProvider(BridgeClient.class);
    }

    long now() {
        return Time.currentTimeSeconds();
    }

    String customerCode() {
        return user().getFirstAttribute(CustomerAttributes.CUSTOMER_CODE);
    }

    /** The operation the code is bound to, or null. */
    String operationId() {
        return operation == null ? null : operation.id();
    }

    String clientIp() {
        return context.getConnection().getRemoteAddr();
    }

    /** Whether the client asked that no page be shown ({@code prompt=none}). */
    boolean withoutInteraction() {
        String prompt = signIn().getClientNote(OIDCLoginProtocol.PROMPT_PARAM);
        return TokenUtil.hasPrompt(prompt, OIDCLoginProtocol.PROMPT_VALUE_NONE);
    }

    /** The credential whose number may receive a code now. */
    Optional<SmsOtpCredentialModel> usableCredential() {
        return AccessMobile.usable(user());
    }

    /** The usable credential, if it is still the one that the remembered code went to. */
    Optional<SmsOtpCredentialModel> credentialOf(SmsCodeState state) {
        return usableCredential().filter(credential -> credential.getId().equals(state.credentialId()));
    }

    VerificationRequest verificationRequest(SmsOtpCredentialModel credential) {
        return new VerificationRequest(
                context.getRealm().getName(),
                purpose().code(),
                MOBILE,
                credential.mobile(),
                context.getSession().getContext().resolveLocale(user()).getLanguage(),
                customerCode(),
                flowId(),
                clientIp(),
                settings.policy(),
                operation == null
                        ? null
                        : new VerificationRequest.Operation(operation.id(), operation.text(), operation.amount()));
    }

    Optional<SmsCodeState> state() {
        return SmsCodeState.load(signIn(), purpose());
    }

    SmsCodeState remember(Verification verification, SmsOtpCredentialModel credential) {
        SmsCodeState state = SmsCodeState.of(verification, credential.getId(), settings.maxAttempts(), now());
        save(state);
        return state;
    }

    void save(SmsCodeState state) {
        state.save(signIn(), purpose());
    }

    void forget() {
        SmsCodeState.forget(signIn(), purpose());
    }

    /** The first code after a credential set-up was right: the next sign-in need not ask for one by itself. */
    void stepUpDone() {
        user().removeAttribute(CustomerAttributes.STEP_UP_DUE);
    }

    /** Puts what happened into the event of this request, whatever its end; {@code verificationId} may be null. */
    void detail(String outcome, String verificationId) {
        context.getEvent()
                .detail(DETAIL_PURPOSE, purpose().code())
                .detail(DETAIL_OUTCOME, outcome)
                .detail(DETAIL_CHANNEL, MOBILE);
        if (verificationId != null) {
            context.getEvent().detail(DETAIL_VERIFICATION, verificationId);
        }
    }

    /** Records a failed event. */
    void fail(String outcome, String error) {
        detail(outcome, state().map(SmsCodeState::verificationId).orElse(null));
        context.getEvent().user(user()).error(error);
    }

    private AuthenticationSessionModel signIn() {
        return context.getAuthenticationSession();
    }

    /** Names the sign-in of one tab; a digest, because the session's own id is what its cookie holds. */
    private String flowId() {
        String tab = signIn().getParentSession().getId() + '.' + signIn().getTabId();
        return HashUtils.sha256UrlEncodedHash(tab, StandardCharsets.UTF_8);
    }
}
