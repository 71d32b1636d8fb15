package it.areaclienti.keycloak.bridge;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.keycloak.util.JsonSerialization;

/** One signed exchange with the bridge: the request goes out signed, and only an answer proved to be its own comes back. */
final class BridgeHttp {

    private static final String CALLER = "keycloak";
    private static final int MAX_RETRY_AFTER_S = 86_400;

    private final BridgeSettings settings;
    private final HttpClient http;
    private final InstantSource clock;

    BridgeHttp(BridgeSettings settings, HttpClient http, InstantSource clock) {
        this.settings = settings;
        this.http = http;
        this.clock = clock;
    }

    /** Problem document of a refusal; only its stable code matters here. */
    private record Problem(String code) {}

    /**
     * Sends {@code body} (null for none) and returns the body of a signed answer between 200 and 299.
     *
     * @param headers further headers, which are not signed
     * @throws BridgeRejectedException    on a signed answer between 400 and 499
     * @throws BridgeUnavailableException on everything else
     */
    byte[] exchange(String method, String path, Object body, Map<String, String> headers) {
        byte[] content = write(body);
        String id = UUID.randomUUID().toString();
        HttpRequest request = request(method, URI.create(settings.baseUrl() + path), content, id, headers);
        HttpResponse<byte[]> answer = send(request);
        if (!id.equals(answer.headers().firstValue("webhook-id").orElse(null))
                || !settings.signatures().answerHolds(signature(answer), id, answer.statusCode(), answer.body())) {
            throw new BridgeUnavailableException("the answer is not signed by the bridge (status " + answer.statusCode() + ")");
        }
        int family = answer.statusCode() / 100;
        if (family == 2) {
            return answer.body();
        }
        if (family == 4) {
            throw new BridgeRejectedException(problemCode(answer.body()), answer.statusCode(), retryAfter(answer));
        }
        throw new BridgeUnavailableException("the bridge answered " + answer.statusCode());
    }

    private HttpRequest request(String method, URI uri, byte[] body, String id, Map<String, String> headers) {
        long timestamp = clock.instant().getEpochSecond();
        String path = uri.getRawQuery() == null ? uri.getRawPath() : uri.getRawPath() + '?' + uri.getRawQuery();
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .timeout(settings.timeout())
                .header("accept", "application/json, application/problem+json")
                .header("x-caller", CALLER)
                .header("webhook-id", id)
                .header("webhook-timestamp", Long.toString(timestamp))
                .header("webhook-signature", settings.signatures().signRequest(id, timestamp, method, path, body));
        if (body.length > 0) {
            request.header("content-type", "application/json");
        }
        headers.forEach(request::header);
        return request.build();
    }

    private HttpResponse<byte[]> send(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            // The request's own timeout ends with the headers; this one covers a body that never finishes, too.
            return answer.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new BridgeUnavailableException("no answer in " + settings.timeout().toMillis() + " ms");
        } catch (ExecutionException e) {
            throw new BridgeUnavailableException("not reachable: " + e.getCause().getClass().getSimpleName(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BridgeUnavailableException("interrupted", e);
        }
    }

    private static String signature(HttpResponse<byte[]> answer) {
        return answer.headers().firstValue("webhook-signature").orElse(null);
    }

    private static byte[] write(Object body) {
        try {
            return body == null ? new byte[0] : JsonSerialization.writeValueAsBytes(body);
        } catch (IOException e) {
            throw new IllegalStateException("request could not be written as JSON", e);
        }
    }

    private static String problemCode(byte[] body) {
        try {
            Problem problem = BridgeJson.read(body, Problem.class);
            return problem.code() == null ? "unknown" : problem.code();
        } catch (BridgeUnavailableException notAProblem) {
            return "unknown";
        }
    }

    /** The header is outside the signature: it is held within a day and only ever shown. */
    private static int retryAfter(HttpResponse<byte[]> answer) {
        try {
            int seconds = Integer.parseInt(answer.headers().firstValue("retry-after").orElse("-1"));
            return Math.min(seconds, MAX_RETRY_AFTER_S);
        } catch (NumberFormatException notSeconds) {
            return -1;
        }
    }
}
