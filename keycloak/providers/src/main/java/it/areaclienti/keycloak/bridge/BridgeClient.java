package it.areaclienti.keycloak.bridge;

import org.keycloak.jose.jwk.JSONWebKeySet;
import org.keycloak.provider.Provider;

/**
 * The SMS gateway bridge as Keycloak uses it: it mints, delivers and checks one-time codes, and vouches for contacts.
 *
 * <p>Every method may throw {@link BridgeUnavailableException} (no answer, a server error, or an answer that is not
 * provably the bridge's) and {@link BridgeRejectedException} (the bridge understood and refused). Instances belong to one
 * Keycloak session; obtain one with {@code session.getProvider(BridgeClient.class)}.
 */
public interface BridgeClient extends Provider {

    /**
     * Asks the bridge to mint a code and send it. A newer verification supersedes the customer's older one of the same
     * purpose.
     */
    Verification start(VerificationRequest request);

    /**
     * Checks what the customer typed. The bridge counts the attempt before it compares.
     *
     * @param verificationId {@link Verification#id()}
     * @param code           what was typed, digits only
     * @param customerCode   whose verification it must be
     * @param operationId    the operation the code was sent for, or null for purposes other than {@code operation}
     */
    CheckResult check(String verificationId, String code, String customerCode, String operationId);

    /**
     * Asks for a new code in place of the one last sent.
     *
     * @throws BridgeRejectedException with status 429 and {@link BridgeRejectedException#retryAfterSeconds()} when it is too soon
     */
    Verification resend(String verificationId, String customerCode, String clientIp);

    /** The keys that sign contact proofs, as last published by the bridge; at most five minutes old. */
    JSONWebKeySet proofKeys();

    /**
     * The proof keys, fetched anew when none of those known has this {@code kid} (at most once in ten seconds): a proof
     * signed with a key that was rotated in a moment ago is still recognised. The answer may still lack the {@code kid}.
     */
    JSONWebKeySet proofKeys(String kid);

    /**
     * Hands over one message for delivery; returns when the bridge has accepted it. It may also be called from another thread,
     * and after the session has ended.
     *
     * @return the bridge's id of the message
     */
    String sendMessage(MessageRequest request);
}
