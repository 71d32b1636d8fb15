package it.areaclienti.keycloak.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.keycloak.jose.jwk.JSONWebKeySet;
import org.keycloak.jose.jwk.JWK;

class ProofKeyCacheTest {

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final AtomicInteger fetched = new AtomicInteger();
    private final ProofKeyCache cache = new ProofKeyCache(() -> now);
    private final Supplier<JSONWebKeySet> bridge = () -> {
        fetched.incrementAndGet();
        return keys("known");
    };

    @Test
    void keysAreFetchedAgainAfterFiveMinutes() {
        cache.get(bridge);
        now = now.plusSeconds(299);
        cache.get(bridge);
        assertEquals(1, fetched.get());
        now = now.plusSeconds(1);
        cache.get(bridge);
        assertEquals(2, fetched.get());
    }

    @Test
    void anUnknownKeyIsLookedForAtMostOnceInTenSeconds() {
        cache.get("known", bridge);
        cache.get("invented", bridge);
        now = now.plusSeconds(9);
        cache.get("invented", bridge);
        assertEquals(1, fetched.get());
        now = now.plusSeconds(1);
        cache.get("invented", bridge);
        cache.get("invented", bridge);
        assertEquals(2, fetched.get());
    }

    @Test
    void aKeyRotatedInAMomentAgoIsFound() {
        cache.get("known", bridge);
        now = now.plusSeconds(10);
        assertEquals("new", cache.get("new", () -> keys("new")).getKeys()[0].getKeyId());
    }

    @Test
    void staleKeysAreNotUsedWhileTheBridgeIsDown() {
        cache.get(bridge);
        now = now.plusSeconds(300);
        Supplier<JSONWebKeySet> down = () -> {
            throw new BridgeUnavailableException("down");
        };
        assertThrows(BridgeUnavailableException.class, () -> cache.get(down));
    }

    private static JSONWebKeySet keys(String kid) {
        JWK key = new JWK();
        key.setKeyId(kid);
        JSONWebKeySet set = new JSONWebKeySet();
        set.setKeys(new JWK[] {key});
        return set;
    }
}
