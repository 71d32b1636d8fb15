package it.areaclienti.keycloak.smscode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SmsCodeSettingsTest {

    private static final Map<String, String> ACCESS =
            Map.of("purpose", "access", "validity_s", "120", "max_attempts", "3", "resend_after_s", "30");

    @Test
    void theOptionsOfTheRealmAreRead() {
        assertEquals(new SmsCodeSettings(SmsPurpose.ACCESS, 120, 3, 30), SmsCodeSettings.parse(ACCESS));
    }

    @Test
    void aMissingOrUnusableOptionIsRefusedByName() {
        assertRefused("purpose", "login");
        assertRefused("purpose", null);
        assertRefused("validity_s", null);
        assertRefused("validity_s", "two minutes");
        assertRefused("validity_s", "86400");
        assertRefused("max_attempts", "0");
        assertRefused("resend_after_s", "-1");
    }

    private static void assertRefused(String option, String value) {
        Map<String, String> options = new HashMap<>(ACCESS);
        options.put(option, value);
        if (value == null) {
            options.remove(option);
        }
        var refused = assertThrows(IllegalArgumentException.class, () -> SmsCodeSettings.parse(options));
        assertTrue(refused.getMessage().contains(option));
    }
}
