package it.areaclienti.keycloak.bridge;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/** Reads the bridge's JSON; fields it may add later are passed over. */
final class BridgeJson {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private BridgeJson() {}

    static <T> T read(byte[] body, Class<T> type) {
        try {
            T value = JSON.readValue(body, type);
            if (value == null) {
                throw new BridgeUnavailableException("the answer is empty");
            }
            return value;
        } catch (IOException e) {
            // Not the cause: Jackson's messages quote what they read.
            throw new BridgeUnavailableException("the answer is not a " + type.getSimpleName());
        }
    }
}
