package it.areaclienti.keycloak.notices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class LockoutNoticeTest {
    private static String key(String userId, String when) {
        return LockoutNotice.notice(userId, Instant.parse(when)).key();
    }

    @Test
    void whoeverLocksAnAccountOverAndOverCausesOneNoticeADay() {
        assertEquals(key("u1", "2026-03-04T00:00:00Z"), key("u1", "2026-03-04T23:59:59Z"));
        assertNotEquals(key("u1", "2026-03-04T23:59:59Z"), key("u1", "2026-03-05T00:00:00Z"));
    }

    @Test
    void theNoticesOfTwoCustomersAreTwo() {
        assertNotEquals(key("u1", "2026-03-04T00:00:00Z"), key("u2", "2026-03-04T00:00:00Z"));
    }
}
