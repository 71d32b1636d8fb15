package it.areaclienti.keycloak.problems;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.keycloak.util.JsonSerialization;

/**
 * A refusal of the admin resources, answered as a problem (RFC 9457) with a stable {@code code}.
 *
 * <p>Neither the code nor the detail ever holds a contact, a tax code or a token.
 */
public final class Problem extends RuntimeException {
    private static final String MEDIA_TYPE = "application/problem+json";

    private static final Map<Integer, String> TITLES = Map.of(
            400, "Bad Request",
            403, "Forbidden",
            404, "Not Found",
            409, "Conflict",
            422, "Unprocessable Content",
            503, "Service Unavailable");

    private final int status;
    private final String code;

    private Problem(int status, String code, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
    }

    /** 422, for a request that is well formed but cannot be followed. */
    public static Problem unprocessable(String code, String detail) {
        return new Problem(422, code, detail);
    }

    /** 400, for a body or parameter that cannot be read. */
    public static Problem malformed(String detail) {
        return new Problem(400, "request_malformed", detail);
    }

    /** 409, when what stands now does not allow it. */
    public static Problem conflict(String code, String detail) {
        return new Problem(409, code, detail);
    }

    /** 403, for a caller who lacks the right. */
    public static Problem forbidden(String detail) {
        return new Problem(403, "forbidden", detail);
    }

    /** 503, when a part this one needs cannot be reached. */
    public static Problem unavailable(String code, String detail) {
        return new Problem(503, code, detail);
    }

    /** 404 for a customer code nobody has. */
    public static Problem customerUnknown() {
        return new Problem(404, "customer_unknown", "No customer has this code.");
    }

    /** The stable code. */
    public String code() {
        return code;
    }

    /** The answer. */
    public Response toResponse() {
        ObjectNode body = JsonSerialization.mapper.createObjectNode();
        body.put("type", "about:blank");
        body.put("title", TITLES.get(status));
        body.put("status", status);
        body.put("detail", getMessage());
        body.put("code", code);
        return Response.status(status).type(MEDIA_TYPE).entity(body.toString()).build();
    }
}
