package it.areaclienti.keycloak.inactivity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.keycloak.common.util.MultivaluedHashMap;
import org.keycloak.models.workflow.WorkflowStep;

class InactivityNoticeStepTest {
    private static WorkflowStep after(String after) {
        WorkflowStep step = new WorkflowStep("area-clienti-inactive", new MultivaluedHashMap<>());
        step.setAfter(after);
        return step;
    }

    @Test
    void theNoticeSaysHowManyDaysAreLeftUntilTheNextStep() {
        assertEquals(30, InactivityNoticeStep.days(after("30d")));
        assertEquals(30, InactivityNoticeStep.days(after("2592000")));
        assertEquals(1, InactivityNoticeStep.days(after("3s")));
        assertEquals(1, InactivityNoticeStep.days(null));
    }

    @Test
    void aRepeatedStepDoesNotWriteTwiceToThoseItHasReached() {
        long now = Instant.parse("2026-03-04T10:00:00Z").toEpochMilli();
        long nextRun = Instant.parse("2026-03-05T10:00:00Z").toEpochMilli();
        long nextYear = Instant.parse("2027-03-04T10:00:00Z").toEpochMilli();
        String key = InactivityNoticeStep.notice("u1", 30, now).key();
        assertEquals(key, InactivityNoticeStep.notice("u1", 30, nextRun).key());
        assertNotEquals(key, InactivityNoticeStep.notice("u1", 30, nextYear).key());
        assertNotEquals(key, InactivityNoticeStep.notice("u2", 30, now).key());
    }
}
