package it.areaclienti.keycloak.operation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One operation to confirm: the parameter {@code operation} of a pushed authorization request, JSON
 * {@code {"id", "text", "amount", "nonce"}} (docs/contracts.md, «Level 3»).
 *
 * <p>Parameters that a browser adds can crowd out pushed ones, so an operation carries the nonce of the request it was pushed
 * with. The nonce never passes through the browser before the ID token does: nobody there can write a matching one.
 *
 * @param id     the portal's, 1 to 128 letters, digits or {@code . _ : -}
 * @param text   what the message and the page say, 1 to {@value #MAX_TEXT} characters, one line
 * @param amount decimal string in euro, a full stop before at most two decimals, or null
 */
public record OperationRequest(String id, String text, String amount) {

    /** Longest text; the bridge takes no more. */
    public static final int MAX_TEXT = 200;

    private static final int MAX_RAW = 2000;
    private static final Set<String> REQUIRED = Set.of("id", "text", "nonce");
    private static final Set<String> ALLOWED = Set.of("id", "text", "amount", "nonce");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,2})?");
    /** Control, formatting (bidirectional marks included), surrogate, private and line-separating characters. */
    private static final Pattern NOT_TEXT = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}]");

    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonParser.Feature.ALLOW_COMMENTS)
            .build();

    /**
     * Reads the parameter.
     *
     * @param raw          its value, or null if the request had none
     * @param requestNonce the request's own {@code nonce}, or null if it had none
     * @throws OperationRefusedException when it is missing, not exactly as described above, or of another request
     */
    public static OperationRequest read(String raw, String requestNonce) throws OperationRefusedException {
        if (raw == null || raw.isBlank()) {
            throw new OperationRefusedException(OperationRefusedException.Reason.MISSING);
        }
        if (raw.length() > MAX_RAW) {
            throw new OperationRefusedException(OperationRefusedException.Reason.MALFORMED);
        }
        JsonNode json = parse(raw);
        if (requestNonce == null || requestNonce.isBlank() || !sameText(requestNonce, text(json, "nonce"))) {
            throw new OperationRefusedException(OperationRefusedException.Reason.OTHER_NONCE);
        }
        String id = text(json, "id");
        String text = text(json, "text");
        String amount = json.path("amount").isTextual() ? json.path("amount").textValue() : null;
        boolean amountHolds = amount == null || AMOUNT.matcher(amount).matches();
        if (!ID.matcher(id).matches() || !isText(text) || !amountHolds) {
            throw new OperationRefusedException(OperationRefusedException.Reason.MALFORMED);
        }
        return new OperationRequest(id, text, amount);
    }

    private static JsonNode parse(String raw) throws OperationRefusedException {
        try {
            JsonNode json = STRICT.readTree(raw);
            if (json != null && json.isObject()) {
                Set<String> names = new HashSet<>();
                json.fieldNames().forEachRemaining(names::add);
                JsonNode amount = json.path("amount");
                boolean amountTyped = amount.isMissingNode() || amount.isNull() || amount.isTextual();
                if (names.containsAll(REQUIRED) && ALLOWED.containsAll(names) && amountTyped) {
                    return json;
                }
            }
        } catch (JsonProcessingException notJson) {
            // Refused below, in the same words as JSON of another shape.
        }
        throw new OperationRefusedException(OperationRefusedException.Reason.MALFORMED);
    }

    private static String text(JsonNode json, String name) throws OperationRefusedException {
        JsonNode value = json.path(name);
        if (!value.isTextual()) {
            throw new OperationRefusedException(OperationRefusedException.Reason.MALFORMED);
        }
        return value.textValue();
    }

    private static boolean isText(String text) {
        return !text.isBlank() && text.length() <= MAX_TEXT && !NOT_TEXT.matcher(text).find();
    }

    private static boolean sameText(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}
