package it.areaclienti.keycloak.bridge;

import java.net.URI;
import java.time.Duration;
import org.keycloak.Config;

/**
 * Options of the provider, read once at start.
 *
 * @param baseUrl    address of the bridge, without a trailing slash
 * @param signatures keys of the caller {@code keycloak}
 * @param timeout    for one whole exchange
 */
record BridgeSettings(String baseUrl, BridgeSignatures signatures, Duration timeout) {

    private static final String OPTION = "KC_SPI_AREA_CLIENTI_BRIDGE__HTTP__";
    private static final int DEFAULT_TIMEOUT_MS = 3000;
    private static final int MIN_TIMEOUT_MS = 100;
    private static final int MAX_TIMEOUT_MS = 30_000;

    /**
     * Reads {@code url}, {@code key} and {@code timeout-ms}.
     *
     * @throws IllegalStateException with one sentence that names the option; it keeps the server from starting
     */
    static BridgeSettings read(Config.Scope config) {
        return read(config.get("url"), config.get("key"), config.get("timeout-ms"));
    }

    static BridgeSettings read(String url, String key, String timeoutMs) {
        return new BridgeSettings(baseUrl(url), signatures(key), timeout(timeoutMs));
    }

    private static String baseUrl(String url) {
        if (url == null || url.isBlank()) {
            throw refused("URL", "is not set: it is the address of the SMS gateway bridge");
        }
        try {
            URI uri = URI.create(url.strip());
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
                return uri.toString().replaceAll("/+$", "");
            }
        } catch (IllegalArgumentException notAnAddress) {
            // Told below, in the same words as every other address that cannot be used.
        }
        throw refused("URL", "is not an http or https address");
    }

    private static BridgeSignatures signatures(String key) {
        if (key == null || key.isBlank()) {
            throw refused("KEY", "is not set: it is the key that Keycloak shares with the SMS gateway bridge");
        }
        try {
            return BridgeSignatures.parse(key);
        } catch (IllegalArgumentException malformed) {
            throw refused("KEY", "cannot be used: " + malformed.getMessage());
        }
    }

    private static Duration timeout(String timeoutMs) {
        try {
            int value = timeoutMs == null || timeoutMs.isBlank() ? DEFAULT_TIMEOUT_MS : Integer.parseInt(timeoutMs.strip());
            if (value >= MIN_TIMEOUT_MS && value <= MAX_TIMEOUT_MS) {
                return Duration.ofMillis(value);
            }
        } catch (NumberFormatException notANumber) {
            // Told below.
        }
        throw refused("TIMEOUT_MS", "must be between " + MIN_TIMEOUT_MS + " and " + MAX_TIMEOUT_MS + " milliseconds");
    }

    private static IllegalStateException refused(String option, String reason) {
        return new IllegalStateException(OPTION + option + " " + reason + ".");
    }
}
