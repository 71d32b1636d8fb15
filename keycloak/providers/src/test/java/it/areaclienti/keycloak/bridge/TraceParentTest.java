package it.areaclienti.keycloak.bridge;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.keycloak.http.HttpRequest;

class TraceParentTest {
    private static HttpRequest request(Runnable whenAsked) {
        return (HttpRequest) Proxy.newProxyInstance(
                HttpRequest.class.getClassLoader(), new Class<?>[] {HttpRequest.class}, (proxy, method, arguments) -> {
                    whenAsked.run();
                    return null;
                });
    }

    @Test
    void keycloaksOwnTasksHaveNoTraceAndAreServedAllTheSame() {
        assertNull(HttpBridgeClient.traceParent(null));
        assertNull(HttpBridgeClient.traceParent(request(() -> {})));
        assertNull(HttpBridgeClient.traceParent(request(() -> {
            throw new IllegalStateException("no request is active");
        })));
    }
}
