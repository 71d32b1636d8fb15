package it.areaclienti.keycloak.bridge;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs requests to the bridge and verifies its answers, as {@code docs/contracts.md} says («Signed requests to the bridge»).
 * The same rule exists in Python; both suites run {@code tests/vectors/signatures.json}.
 */
final class BridgeSignatures {

    private static final String KEY_PREFIX = "whsec_";
    private static final int KEY_BYTES = 32;
    private static final int MAX_KEYS = 2;
    private static final int MAX_SIGNATURES = 4;
    private static final String ALGORITHM = "HmacSHA256";
    private static final String VERSION = "v1,";
    /** No full stop: it separates the signed parts. */
    private static final Pattern MESSAGE_ID = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    private final List<SecretKeySpec> keys;

    private BridgeSignatures(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /**
     * Reads one key, or two separated by a space while they rotate: requests are signed with the first, answers may be signed
     * with either.
     *
     * @throws IllegalArgumentException when a key is not {@code whsec_} and 32 bytes in base64; the message never shows it
     */
    static BridgeSignatures parse(String text) {
        String[] written = text.strip().split("\\s+");
        if (written.length > MAX_KEYS) {
            throw new IllegalArgumentException("there are more than two keys");
        }
        List<SecretKeySpec> keys = new ArrayList<>();
        for (String one : written) {
            keys.add(parseKey(one));
        }
        return new BridgeSignatures(List.copyOf(keys));
    }

    private static SecretKeySpec parseKey(String text) {
        byte[] bytes = text.startsWith(KEY_PREFIX)
                ? decode(text.substring(KEY_PREFIX.length())).orElse(new byte[0])
                : new byte[0];
        if (bytes.length != KEY_BYTES) {
            throw new IllegalArgumentException("a key is not whsec_ and base64 of 32 random bytes");
        }
        return new SecretKeySpec(bytes, ALGORITHM);
    }

    /** Value of {@code webhook-signature} for a request; {@code path} has its query string if there is one. */
    String signRequest(String messageId, long timestamp, String method, String path, byte[] body) {
        byte[] content = content(messageId + '.' + timestamp + '.' + method + '.' + path + '.', body);
        return VERSION + Base64.getEncoder().encodeToString(mac(keys.get(0), content));
    }

    /**
     * Whether the answer belongs to the request {@code messageId} and is signed with one of the keys.
     *
     * @param messageId the id that was sent, never the one the answer claims
     * @param header    {@code webhook-signature} as received, or null
     */
    boolean answerHolds(String header, String messageId, int status, byte[] body) {
        if (header == null || !MESSAGE_ID.matcher(messageId).matches()) {
            return false;
        }
        String[] written = header.split(" ", -1);
        if (written.length > MAX_SIGNATURES) {
            return false;
        }
        byte[] content = content(messageId + '.' + status + '.', body);
        boolean holds = false;
        for (String one : written) {
            byte[] given = one.startsWith(VERSION) ? decode(one.substring(VERSION.length())).orElse(null) : null;
            // Every pair is compared, so the time does not tell which key or signature fitted.
            for (SecretKeySpec key : keys) {
                holds |= given != null && MessageDigest.isEqual(mac(key, content), given);
            }
        }
        return holds;
    }

    private static Optional<byte[]> decode(String base64) {
        try {
            return Optional.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    private static byte[] content(String head, byte[] body) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        content.writeBytes(body);
        return content.toByteArray();
    }

    private static byte[] mac(SecretKeySpec key, byte[] content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA256 is part of every Java", e);
        }
    }
}
