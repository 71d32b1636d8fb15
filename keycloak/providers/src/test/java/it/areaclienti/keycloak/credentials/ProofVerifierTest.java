package it.areaclienti.keycloak.credentials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.jose.jwk.JSONWebKeySet;
import org.keycloak.jose.jwk.JWK;
import org.keycloak.util.JsonSerialization;

class ProofVerifierTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long NOW = 1_800_000_000L;
    private static final String CONTACT = "ada@example.com";

    private KeyPair key;
    private JSONWebKeySet published;

    @BeforeEach
    void aKeyOfTheBridge() throws Exception {
        key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        published = new JSONWebKeySet();
        published.setKeys(new JWK[] {JsonSerialization.readValue(
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k1\",\"x\":\"" + text(rawPublicKey()) + "\"}", JWK.class)});
    }

    private byte[] rawPublicKey() {
        byte[] encoded = key.getPublic().getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    }

    private static ObjectNode header() {
        return JSON.createObjectNode().put("alg", "EdDSA").put("typ", "contact-proof+jwt").put("kid", "k1");
    }

    private static ObjectNode claims() {
        return JSON.createObjectNode()
                .put("iss", "sms-gateway-bridge")
                .put("aud", "keycloak")
                .put("brand", "generali")
                .put("purpose", "registration")
                .put("customer_code", "G0001")
                .put("channel", "email")
                .put("contact", CONTACT)
                .put("jti", "id-1")
                .put("iat", NOW - 10)
                .put("exp", NOW + 590);
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String signingInput(ObjectNode header, ObjectNode claims) throws JsonProcessingException {
        return text(JSON.writeValueAsBytes(header)) + '.' + text(JSON.writeValueAsBytes(claims));
    }

    private String signed(ObjectNode header, ObjectNode claims) throws GeneralSecurityException, JsonProcessingException {
        String input = signingInput(header, claims);
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(key.getPrivate());
        signer.update(input.getBytes(StandardCharsets.US_ASCII));
        return input + '.' + text(signer.sign());
    }

    private Optional<ContactProof> verify(String jws) {
        return new ProofVerifier(kid -> published, () -> NOW).verify(jws, "generali", "registration", "G0001");
    }

    private Optional<ContactProof> verifyWith(Consumer<ObjectNode> change) throws Exception {
        ObjectNode claims = claims();
        change.accept(claims);
        return verify(signed(header(), claims));
    }

    @Test
    void theBridgesProofIsTaken() throws Exception {
        ContactProof proof = verify(signed(header(), claims())).orElseThrow();
        assertEquals(CONTACT, proof.contact());
        assertEquals("id-1", proof.id());
    }

    @ParameterizedTest
    @CsvSource({
        "iss, portal", "aud, portal", "brand, alleanza", "purpose, recovery", "purpose, contact",
        "customer_code, G0002", "contact, Ada@example.com", "contact, 0612345678", "jti, ''",
    })
    void aProofOfSomethingElseIsRefused(String claim, String value) throws Exception {
        assertTrue(verifyWith(claims -> claims.put(claim, value)).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"iss", "aud", "brand", "purpose", "customer_code", "contact", "jti", "iat", "exp"})
    void aProofThatLacksAClaimIsRefused(String claim) throws Exception {
        assertTrue(verifyWith(claims -> claims.remove(claim)).isEmpty());
    }

    @Test
    void aProofEndsAtItsExpiry() throws Exception {
        assertTrue(verifyWith(claims -> claims.put("iat", NOW - 599).put("exp", NOW + 1)).isPresent());
        assertTrue(verifyWith(claims -> claims.put("iat", NOW - 600).put("exp", NOW)).isEmpty());
    }

    @Test
    void aProofThatLivesTooLongOrComesFromTheFutureIsRefused() throws Exception {
        assertTrue(verifyWith(claims -> claims.put("exp", NOW + 591)).isEmpty());
        assertTrue(verifyWith(claims -> claims.put("iat", NOW + 120).put("exp", NOW + 600)).isEmpty());
    }

    @Test
    void aProofSignedByAnotherKeyOrChangedAfterwardsIsRefused() throws Exception {
        String genuine = signed(header(), claims());
        String borrowed = signingInput(header(), claims().put("customer_code", "G0001").put("contact", "eve@example.com"))
                + genuine.substring(genuine.lastIndexOf('.'));
        assertTrue(verify(borrowed).isEmpty());
        key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        assertTrue(verify(signed(header(), claims())).isEmpty());
    }

    @Test
    void theAlgorithmIsNeverTheTokensChoice() throws Exception {
        ObjectNode none = header().put("alg", "none");
        assertTrue(verify(signingInput(none, claims()) + '.').isEmpty());
        ObjectNode symmetric = header().put("alg", "HS256");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(rawPublicKey(), "HmacSHA256"));
        String input = signingInput(symmetric, claims());
        assertTrue(verify(input + '.' + text(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)))).isEmpty());
        // A genuine signature does not help a header that names anything else.
        assertTrue(verify(signed(symmetric, claims())).isEmpty());
    }

    @Test
    void anotherTypeAnUnknownKeyOrAnExtensionIsRefused() throws Exception {
        assertTrue(verify(signed(header().put("typ", "JWT"), claims())).isEmpty());
        assertTrue(verify(signed(header().put("kid", "k2"), claims())).isEmpty());
        ObjectNode extended = header();
        extended.putArray("crit").add("exp");
        assertTrue(verify(signed(extended, claims())).isEmpty());
    }

    @Test
    void whatIsNoTokenIsRefused() {
        for (String junk : new String[] {null, "", "a.b", "a.b.c", "..", "%.%.%", "a".repeat(5000)}) {
            assertTrue(verify(junk).isEmpty());
        }
    }
}
