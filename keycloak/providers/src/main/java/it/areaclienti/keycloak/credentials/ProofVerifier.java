package it.areaclienti.keycloak.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import it.areaclienti.keycloak.contacts.Contacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.keycloak.jose.jwk.JSONWebKeySet;
import org.keycloak.jose.jwk.JWK;
import org.keycloak.jose.jwk.JWKParser;
import org.keycloak.jose.jwk.OKPPublicJWK;
import org.keycloak.util.JsonSerialization;

/**
 * Verifies the bridge's contact proofs: compact JWS, {@code EdDSA} with an Ed25519 key of the bridge and nothing else.
 *
 * <p>The algorithm is fixed here and never taken from the token; the key is looked up by {@code kid} among those the bridge
 * publishes. Anything that is not exactly a proof for this realm, purpose and customer is refused alike.
 */
final class ProofVerifier {
    private static final String TYPE = "contact-proof+jwt";
    private static final String ALGORITHM = "EdDSA";
    private static final String CURVE = "Ed25519";
    private static final String ISSUER = "sms-gateway-bridge";
    private static final String AUDIENCE = "keycloak";
    private static final long MAX_LIFETIME_S = 600;
    /** How far the bridge's clock may be ahead of ours. */
    private static final long SKEW_S = 60;
    private static final int MAX_LENGTH = 4096;
    private static final int MAX_ID = 128;

    private final Function<String, JSONWebKeySet> keys;
    private final LongSupplier clock;

    /**
     * @param keys  the bridge's published keys, given the {@code kid} that is sought
     * @param clock Unix seconds
     */
    ProofVerifier(Function<String, JSONWebKeySet> keys, LongSupplier clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /** The proof, when it is one of this brand, purpose and customer and still valid; empty in every other case. */
    Optional<ContactProof> verify(String jws, String brand, String purpose, String customerCode) {
        String[] parts = jws == null || jws.length() > MAX_LENGTH ? new String[0] : jws.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            JsonNode header = json(parts[0]);
            if (!isProofHeader(header) || !signatureHolds(header.path("kid").asText(), parts)) {
                return Optional.empty();
            }
            return proof(json(parts[1]), brand, purpose, customerCode);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException notAProof) {
            return Optional.empty();
        }
    }

    private static boolean isProofHeader(JsonNode header) {
        return header.isObject()
                && is(header, "alg", ALGORITHM)
                && is(header, "typ", TYPE)
                && header.path("kid").isTextual()
                // We understand no extension, so a token that demands one is not understood.
                && !header.has("crit");
    }

    private boolean signatureHolds(String kid, String[] parts) throws GeneralSecurityException {
        Optional<PublicKey> key = key(kid);
        if (key.isEmpty()) {
            return false;
        }
        Signature verifier = Signature.getInstance(CURVE);
        verifier.initVerify(key.get());
        verifier.update((parts[0] + '.' + parts[1]).getBytes(StandardCharsets.US_ASCII));
        return verifier.verify(decode(parts[2]));
    }

    private Optional<PublicKey> key(String kid) {
        JSONWebKeySet published = keys.apply(kid);
        JWK[] candidates = published == null || published.getKeys() == null ? new JWK[0] : published.getKeys();
        return Arrays.stream(candidates)
                .filter(key -> kid.equals(key.getKeyId()) && "OKP".equals(key.getKeyType()))
                .filter(key -> CURVE.equals(curve(key)))
                .findFirst()
                .map(key -> JWKParser.create(key).toPublicKey());
    }

    private static Object curve(JWK key) {
        return key instanceof OKPPublicJWK okp ? okp.getCrv() : key.getOtherClaims().get(OKPPublicJWK.CRV);
    }

    private Optional<ContactProof> proof(JsonNode claims, String brand, String purpose, String customerCode) {
        long now = clock.getAsLong();
        long issuedAt = claims.path("iat").asLong(Long.MAX_VALUE);
        long expiresAt = claims.path("exp").asLong(Long.MIN_VALUE);
        String contact = claims.path("contact").asText("");
        String id = claims.path("jti").asText("");
        boolean holds = is(claims, "iss", ISSUER)
                && isAudience(claims.path("aud"))
                && is(claims, "brand", brand)
                && is(claims, "purpose", purpose)
                && is(claims, "customer_code", customerCode)
                && issuedAt <= now + SKEW_S
                && now < expiresAt
                && expiresAt - issuedAt <= MAX_LIFETIME_S
                && !id.isEmpty()
                && id.length() <= MAX_ID
                && Contacts.canonicalUsername(contact).filter(contact::equals).isPresent();
        return holds
                ? Optional.of(new ContactProof(customerCode, contact, id, expiresAt))
                : Optional.empty();
    }

    private static boolean isAudience(JsonNode audience) {
        return AUDIENCE.equals(audience.asText(null))
                || audience.isArray() && audience.size() == 1 && AUDIENCE.equals(audience.get(0).asText(null));
    }

    private static boolean is(JsonNode node, String field, String expected) {
        return node.path(field).isTextual() && node.path(field).textValue().equals(expected);
    }

    private static JsonNode json(String part) throws IOException {
        return JsonSerialization.mapper.readTree(decode(part));
    }

    private static byte[] decode(String part) {
        return Base64.getUrlDecoder().decode(part);
    }
}
