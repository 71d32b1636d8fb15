package it.areaclienti.keycloak.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class BridgeSignaturesTest {

    private static final String KEY = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    @TestFactory
    Stream<DynamicTest> requestsAreSignedAsTheVectorsSay() throws IOException {
        // Only valid single signatures by a lone key are examples of signing; the rest are the verifier's.
        List<JsonNode> examples = vectors("requests")
                .filter(one -> one.get("valid").asBoolean() && one.get("keys").size() == 1)
                .filter(one -> !one.get("signature").asText().contains(" "))
                .toList();
        assertFalse(examples.isEmpty());
        return examples.stream()
                .map(one -> DynamicTest.dynamicTest(
                        one.get("name").asText(),
                        () -> assertEquals(
                                one.get("signature").asText(),
                                signatures(one)
                                        .signRequest(
                                                one.get("id").asText(),
                                                one.get("timestamp").asLong(),
                                                one.get("method").asText(),
                                                one.get("path").asText(),
                                                body(one)))));
    }

    @TestFactory
    Stream<DynamicTest> answersAreBelievedAsTheVectorsSay() throws IOException {
        List<JsonNode> examples = vectors("answers").toList();
        assertTrue(examples.stream().anyMatch(one -> one.get("valid").asBoolean()));
        assertTrue(examples.stream().anyMatch(one -> !one.get("valid").asBoolean()));
        return examples.stream()
                .map(one -> DynamicTest.dynamicTest(
                        one.get("name").asText(),
                        () -> assertEquals(
                                one.get("valid").asBoolean(),
                                signatures(one)
                                        .answerHolds(
                                                one.get("signature").textValue(),
                                                one.get("id").asText(),
                                                one.get("status").asInt(),
                                                body(one)))));
    }

    @Test
    void anAnswerWithoutSignatureIsNotBelieved() {
        assertFalse(BridgeSignatures.parse(KEY).answerHolds(null, "id", 200, new byte[0]));
    }

    @Test
    void aKeyThatIsNotThirtyTwoBytesIsRefusedWithoutShowingIt() {
        for (String text : List.of("whsec_c2hvcnQ=", KEY.substring(6), KEY + " " + KEY + " " + KEY, "whsec_%%%")) {
            var refused = assertThrows(IllegalArgumentException.class, () -> BridgeSignatures.parse(text));
            assertFalse(refused.getMessage().contains("c2hvcnQ"));
        }
    }

    private static BridgeSignatures signatures(JsonNode example) {
        List<String> keys = new ArrayList<>();
        example.get("keys").forEach(key -> keys.add(key.asText()));
        return BridgeSignatures.parse(String.join(" ", keys));
    }

    private static byte[] body(JsonNode example) {
        return example.get("body").asText().getBytes(StandardCharsets.UTF_8);
    }

    private static Stream<JsonNode> vectors(String section) throws IOException {
        Path file = Path.of(System.getProperty("area-clienti.vectors"), "signatures.json");
        JsonNode examples = new ObjectMapper().readTree(file.toFile()).get(section);
        return StreamSupport.stream(examples.spliterator(), false);
    }
}
