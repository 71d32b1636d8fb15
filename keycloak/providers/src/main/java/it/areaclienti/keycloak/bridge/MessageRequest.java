package it.areaclienti.keycloak.bridge;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * Body of {@code POST /v1/messages}.
 *
 * @param idempotencyKey the same key with the same body is one message, however often it is sent
 * @param brand          realm name
 * @param channel        {@code mobile} or {@code email}
 * @param to             canonical contact
 * @param locale         {@code it} or {@code en}
 * @param customerCode   whose message it is, or null
 * @param template       one of the bridge's notices, for example {@code recovery-completed}
 * @param parameters     what the template names, for example {@code greeting_name}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MessageRequest(
        @JsonIgnore String idempotencyKey,
        String brand,
        String channel,
        String to,
        String locale,
        @JsonProperty("customer_code") String customerCode,
        String template,
        Map<String, Object> parameters) {}
