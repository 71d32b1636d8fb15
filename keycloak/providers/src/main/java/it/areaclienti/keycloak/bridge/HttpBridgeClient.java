package it.areaclienti.keycloak.bridge;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.keycloak.http.HttpRequest;
import org.keycloak.jose.jwk.JSONWebKeySet;
import org.keycloak.models.KeycloakSession;

/** The bridge over HTTP. */
final class HttpBridgeClient implements BridgeClient {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,128}");
    private static final Pattern TRACE_PARENT = Pattern.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private final BridgeHttp http;
    private final ProofKeyCache proofKeyCache;
    private final Map<String, String> trace;

    HttpBridgeClient(BridgeHttp http, ProofKeyCache proofKeyCache, KeycloakSession session) {
        this.http = http;
        this.proofKeyCache = proofKeyCache;
        this.trace = trace(session);
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record CheckRequest(
            String code,
            @JsonProperty("customer_code") String customerCode,
            @JsonProperty("operation_id") String operationId) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record ResendRequest(
            @JsonProperty("customer_code") String customerCode, @JsonProperty("client_ip") String clientIp) {}

    private record AcceptedMessage(String id) {}

    @Override
    public Verification start(VerificationRequest request) {
        return verification(http.exchange("POST", "/v1/verifications", request, trace));
    }

    @Override
    public CheckResult check(String verificationId, String code, String customerCode, String operationId) {
        CheckRequest request = new CheckRequest(code, customerCode, operationId);
        String path = verificationPath(verificationId) + "/check";
        CheckResult result = BridgeJson.read(http.exchange("POST", path, request, trace), CheckResult.class);
        // A signature proves who answered, not that the answer is about this question.
        if (result.status() == null
                || !verificationId.equals(result.id())
                || !customerCode.equals(result.customerCode())
                || (result.status() == CheckResult.Status.APPROVED && !Objects.equals(operationId, result.operationId()))) {
            throw new BridgeUnavailableException("the answer is about another verification");
        }
        return result;
    }

    @Override
    public Verification resend(String verificationId, String customerCode, String clientIp) {
        ResendRequest request = new ResendRequest(customerCode, clientIp);
        return verification(http.exchange("POST", verificationPath(verificationId) + "/resend", request, trace));
    }

    @Override
    public JSONWebKeySet proofKeys() {
        return proofKeyCache.get(this::fetchProofKeys);
    }

    @Override
    public JSONWebKeySet proofKeys(String kid) {
        return proofKeyCache.get(kid, this::fetchProofKeys);
    }

    @Override
    public String sendMessage(MessageRequest request) {
        Map<String, String> headers = new HashMap<>(trace);
        headers.put("idempotency-key", request.idempotencyKey());
        return BridgeJson.read(http.exchange("POST", "/v1/messages", request, headers), AcceptedMessage.class).id();
    }

    @Override
    public void close() {
        // The HTTP client belongs to the factory.
    }

    private JSONWebKeySet fetchProofKeys() {
        JSONWebKeySet keys = BridgeJson.read(http.exchange("GET", "/v1/proof-keys", null, trace), JSONWebKeySet.class);
        if (keys.getKeys() == null) {
            throw new BridgeUnavailableException("the bridge publishes no proof keys");
        }
        return keys;
    }

    private static Verification verification(byte[] body) {
        Verification verification = BridgeJson.read(body, Verification.class);
        if (verification.id() == null || verification.purpose() == null || verification.expiresAt() == null) {
            throw new BridgeUnavailableException("the answer is not a verification");
        }
        return verification;
    }

    private static String verificationPath(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("not the id of a verification");
        }
        return "/v1/verifications/" + id;
    }

    private static Map<String, String> trace(KeycloakSession session) {
        String parent = traceParent(() -> session.getContext().getHttpRequest());
        return parent != null && TRACE_PARENT.matcher(parent).matches() ? Map.of("traceparent", parent) : Map.of();
    }

    /**
     * The trace of the customer's request, or null. Keycloak's own tasks have none: their request is null, lacks headers (the
     * brute-force detector's), or cannot even be asked for (the workflows').
     */
    static String traceParent(Supplier<HttpRequest> current) {
        try {
            HttpRequest request = current.get();
            HttpHeaders headers = request == null ? null : request.getHttpHeaders();
            return headers == null ? null : headers.getHeaderString("traceparent");
        } catch (RuntimeException outsideOfARequest) {
            return null;
        }
    }
}
