package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.bridge.BridgeClient;
import it.areaclienti.keycloak.bridge.BridgeException;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.problems.Problem;
import org.keycloak.common.util.Time;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** Verifies the bridge's proofs, and sees to it that each is used once. */
public final class ContactProofs {
    private static final String SPENT_PREFIX = "area-clienti-proof:";
    /** A spent proof is remembered a little longer than it can be valid. */
    private static final int SPENT_MARGIN_S = 120;

    private final KeycloakSession session;
    private final RealmModel realm;

    public ContactProofs(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realm = realm;
    }

    /**
     * The proof, when it is one of this customer for this purpose and still valid.
     *
     * @throws Problem 422 {@code proof_invalid}, 503 {@code bridge_unavailable}
     */
    public ContactProof verified(UserModel customer, String purpose, String jws) {
        BridgeClient bridge = session.getProvider(BridgeClient.class);
        ProofVerifier verifier = new ProofVerifier(bridge::proofKeys, Time::currentTimeSeconds);
        String code = customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE);
        try {
            return verifier.verify(jws, realm.getName(), purpose, code)
                    .orElseThrow(() -> Problem.unprocessable("proof_invalid", "Not a valid proof for this request."));
        } catch (BridgeException unavailable) {
            throw Problem.unavailable("bridge_unavailable", "The proof keys cannot be fetched.");
        }
    }

    /** @throws Problem 409 {@code proof_spent} when it was spent before */
    public void spend(ContactProof proof) {
        long remembered = proof.expiresAt() - Time.currentTimeSeconds() + SPENT_MARGIN_S;
        if (!session.singleUseObjects().putIfAbsent(SPENT_PREFIX + realm.getId() + ':' + proof.id(), remembered)) {
            throw Problem.conflict("proof_spent", "The proof has been used.");
        }
    }
}
