package it.areaclienti.keycloak.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import it.areaclienti.keycloak.operation.OperationRefusedException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperationRequestTest {

    private static final String NONCE = "n-0S6_WzA2Mj";

    @Test
    void anOperationWithItsRequestsNonceIsRead() throws OperationRefusedException {
        String raw = "{\"id\":\"op-1\",\"text\":\"Cambio del domicilio\",\"amount\":\"1250.50\",\"nonce\":\"" + NONCE + "\"}";
        assertEquals(new OperationRequest("op-1", "Cambio del domicilio", "1250.50"), OperationRequest.read(raw, NONCE));
    }

    @Test
    void theAmountMayBeNullOrAbsent() throws OperationRefusedException {
        assertEquals(null, OperationRequest.read(json("\"amount\":null"), NONCE).amount());
        String absent = "{\"id\":\"op-1\",\"text\":\"t\",\"nonce\":\"" + NONCE + "\"}";
        assertEquals(null, OperationRequest.read(absent, NONCE).amount());
    }

    @Test
    void anotherRequestsOperationIsRefused() {
        String raw = "{\"id\":\"op-1\",\"text\":\"t\",\"nonce\":\"other\"}";
        assertRefused(Reason.OTHER_NONCE, raw, NONCE);
        assertRefused(Reason.OTHER_NONCE, raw, null);
        assertRefused(Reason.OTHER_NONCE, raw.replace("other", ""), "");
    }

    @Test
    void aMissingOperationIsRefused() {
        assertRefused(Reason.MISSING, null, NONCE);
        assertRefused(Reason.MISSING, " ", NONCE);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "not json",
        "[]",
        "\"text\"",
        "{\"id\":\"op-1\",\"text\":\"t\"}",
        "{\"id\":\"op-1\",\"text\":\"t\",\"nonce\":\"n-0S6_WzA2Mj\",\"extra\":1}",
        "{\"id\":\"op-1\",\"id\":\"op-2\",\"text\":\"t\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\"t\",\"nonce\":\"n-0S6_WzA2Mj\"} {}",
        "{\"id\":1,\"text\":\"t\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op 1\",\"text\":\"t\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"\",\"text\":\"t\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\" \",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\"a\\nb\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\"a\\u202eb\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\"t\",\"amount\":12.5,\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\"t\",\"amount\":\"12,50\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\"t\",\"amount\":\"-1\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "{\"id\":\"op-1\",\"text\":\"t\",\"amount\":\"1e9\",\"nonce\":\"n-0S6_WzA2Mj\"}",
        "/*c*/{\"id\":\"op-1\",\"text\":\"t\",\"nonce\":\"n-0S6_WzA2Mj\"}"
    })
    void whatIsNotExactlyTheContractIsRefused(String raw) {
        assertRefused(Reason.MALFORMED, raw, NONCE);
    }

    @Test
    void aTextTooLongForTheMessageIsRefused() throws OperationRefusedException {
        String longest = "x".repeat(OperationRequest.MAX_TEXT);
        assertEquals(longest, OperationRequest.read(withText(longest), NONCE).text());
        assertRefused(Reason.MALFORMED, withText(longest + "x"), NONCE);
        assertRefused(Reason.MALFORMED, withText("x".repeat(5000)), NONCE);
    }

    private static String withText(String text) {
        return "{\"id\":\"op-1\",\"text\":\"" + text + "\",\"nonce\":\"" + NONCE + "\"}";
    }

    private static String json(String more) {
        return "{\"id\":\"op-1\",\"text\":\"t\",\"nonce\":\"" + NONCE + "\"," + more + "}";
    }

    private static void assertRefused(Reason reason, String raw, String nonce) {
        var refused = assertThrows(OperationRefusedException.class, () -> OperationRequest.read(raw, nonce));
        assertEquals(reason, refused.reason());
    }
}
