package it.areaclienti.keycloak.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BridgeSettingsTest {

    private static final String KEY = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    @Test
    void theTimeoutIsThreeSecondsUnlessSaidOtherwise() {
        assertEquals(Duration.ofSeconds(3), BridgeSettings.read("http://bridge:8090", KEY, null).timeout());
        assertEquals(Duration.ofMillis(500), BridgeSettings.read("http://bridge:8090", KEY, "500").timeout());
    }

    @Test
    void aTrailingSlashOfTheAddressIsDropped() {
        assertEquals("https://bridge.example/sms", BridgeSettings.read("https://bridge.example/sms/", KEY, null).baseUrl());
    }

    @Test
    void aMissingOrUnusableOptionIsOneSentenceThatNamesIt() {
        assertRefused("URL", null, KEY, null);
        assertRefused("URL", "ftp://bridge", KEY, null);
        assertRefused("URL", "bridge:8090", KEY, null);
        assertRefused("URL", "http://user:secret@bridge", KEY, null);
        assertRefused("KEY", "http://bridge", null, null);
        assertRefused("KEY", "http://bridge", "changeme", null);
        assertRefused("TIMEOUT_MS", "http://bridge", KEY, "soon");
        assertRefused("TIMEOUT_MS", "http://bridge", KEY, "0");
    }

    private static void assertRefused(String option, String url, String key, String timeout) {
        var refused = assertThrows(IllegalStateException.class, () -> BridgeSettings.read(url, key, timeout));
        assertTrue(refused.getMessage().startsWith("KC_SPI_AREA_CLIENTI_BRIDGE__HTTP__" + option + " "));
        assertTrue(refused.getMessage().endsWith("."));
        assertFalse(refused.getMessage().contains("changeme"));
        assertFalse(refused.getMessage().contains("secret"));
    }
}
