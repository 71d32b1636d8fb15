package it.areaclienti.keycloak.bridge;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.keycloak.http.HttpRequest;

class TraceParentTest {
    private static HttpRequest withoutHeaders() {
        return (HttpRequest) Proxy.newProxyInstance(
                HttpRequest.class.getClassLoader(),
                new Class<?>[] {HttpRequest.class},
                (proxy, method, arguments) -> null);
    }

    @Test
    void keycloaksOwnTasksHaveNoTraceAndAreServedAllTheSame() {
        assertNull(HttpBridgeClient.traceParent(() -> null));
        assertNull(HttpBridgeClient.traceParent(TraceParentTest::withoutHeaders));
        assertNull(HttpBridgeClient.traceParent(() -> {
            throw new IllegalStateException("no request is active");
        }));
    }
}
