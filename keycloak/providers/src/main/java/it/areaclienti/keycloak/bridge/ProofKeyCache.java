package it.areaclienti.keycloak.bridge;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.keycloak.jose.jwk.JSONWebKeySet;
import org.keycloak.jose.jwk.JWK;

/**
 * The bridge's public proof keys, shared by all sessions. They are fetched again after five minutes, or sooner when a proof
 * names a key that is not among them, though never twice in ten seconds: a stranger's invented {@code kid} costs no traffic.
 */
final class ProofKeyCache {

    private static final Duration GOOD_FOR = Duration.ofMinutes(5);
    private static final Duration REFETCH_PAUSE = Duration.ofSeconds(10);

    private final InstantSource clock;
    private JSONWebKeySet keys;
    private Instant fetchedAt = Instant.MIN;

    ProofKeyCache(InstantSource clock) {
        this.clock = clock;
    }

    synchronized JSONWebKeySet get(Supplier<JSONWebKeySet> fetch) {
        if (keys == null || !fetchedAt.plus(GOOD_FOR).isAfter(clock.instant())) {
            refresh(fetch);
        }
        return keys;
    }

    synchronized JSONWebKeySet get(String kid, Supplier<JSONWebKeySet> fetch) {
        JSONWebKeySet known = get(fetch);
        boolean unknown = Stream.of(known.getKeys()).map(JWK::getKeyId).noneMatch(kid::equals);
        if (unknown && !fetchedAt.plus(REFETCH_PAUSE).isAfter(clock.instant())) {
            refresh(fetch);
        }
        return keys;
    }

    private void refresh(Supplier<JSONWebKeySet> fetch) {
        keys = fetch.get();
        fetchedAt = clock.instant();
    }
}
