package it.areaclienti.keycloak.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keycloak.events.Event;
import org.keycloak.events.EventType;
import org.keycloak.events.admin.AdminEvent;
import org.keycloak.events.admin.AuthDetails;

class EventDetailsTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "username", "email", "updated_email", "previous_email", "first_name", "last_name", "identity_provider_identity",
        "impersonator", "credential_user_label", "updated_anything", "a_detail_of_a_later_keycloak"
    })
    void aDetailThatIsNotListedIsLeftOut(String name) {
        assertEquals(Map.of(), details(Map.of(name, "x")));
    }

    @Test
    void whatAnAdministratorNeedsStays() {
        Event event = event(Map.of("auth_method", "openid-connect", "code_id", "5f0f7f6c-33c6-4aa6-a5c4-111111111111",
                "sms_outcome", "wrong", "area_clienti_purpose", "recovery", "credential_type", "password"));
        event.setId("e1");
        event.setType(EventType.LOGIN_ERROR);
        event.setUserId("5f0f7f6c-33c6-4aa6-a5c4-222222222222");
        event.setSessionId("s1");
        event.setClientId("portal");
        event.setIpAddress("192.0.2.1");
        event.setError("invalid_user_credentials");
        Event kept = EventDetails.withoutPersonalData(event);
        assertEquals(event.getDetails(), kept.getDetails());
        assertEquals("e1", kept.getId());
        assertEquals(EventType.LOGIN_ERROR, kept.getType());
        assertEquals("5f0f7f6c-33c6-4aa6-a5c4-222222222222", kept.getUserId());
        assertEquals("s1", kept.getSessionId());
        assertEquals("portal", kept.getClientId());
        assertEquals("192.0.2.1", kept.getIpAddress());
        assertEquals("invalid_user_credentials", kept.getError());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "unknown user mario.rossi@example.com", "mario.rossi%40example.com", "+393201234501", "320 123 4501", "320.123.4501",
        "number 3201234501 refused"
    })
    void aContactInsideAKeptTextIsWithheld(String text) {
        assertEquals(Map.of("reason", "withheld"), details(Map.of("reason", text)));
        Event event = event(Map.of());
        event.setClientId(text);
        event.setError(text);
        assertEquals("withheld", EventDetails.withoutPersonalData(event).getClientId());
        assertEquals("withheld", EventDetails.withoutPersonalData(event).getError());
    }

    @Test
    void identifiersAndTimesAreNotTakenForTelephoneNumbers() {
        Map<String, String> details = Map.of(
                "token_id", "trrtcc:7b1d6c1e-1234-5678-9012-123456789012",
                "code_id", "12345678-1234-1234-1234-123456789012",
                "not_before", "1790000000",
                "scope", "openid profile");
        assertEquals(details, details(details));
    }

    @Test
    void aRedirectAddressIsKeptWithoutWhatARequestAdded() {
        assertEquals(
                Map.of("redirect_uri", "https://clienti.example.it/accesso"),
                details(Map.of("redirect_uri", "https://clienti.example.it/accesso?name=Mario#x")));
    }

    @Test
    void theEventItselfIsLeftAsItIsForOtherListeners() {
        Event event = event(Map.of("username", "mario.rossi@example.com"));
        EventDetails.withoutPersonalData(event);
        assertEquals("mario.rossi@example.com", event.getDetails().get("username"));
    }

    @Test
    void anEventWithoutDetailsStaysWithout() {
        assertNull(EventDetails.withoutPersonalData(new Event()).getDetails());
    }

    @Test
    void anAdminEventLosesTheNamesAndTheRepresentationAndKeepsCounts() {
        AdminEvent event = new AdminEvent();
        event.setAuthDetails(new AuthDetails());
        event.setResourcePath("users/5f0f7f6c-33c6-4aa6-a5c4-222222222222");
        event.setRepresentation("{\"username\":\"mario.rossi@example.com\"}");
        event.setDetails(new HashMap<>(
                Map.of("username", "mario.rossi@example.com", "email", "mario.rossi@example.com", "created", "500")));
        AdminEvent kept = EventDetails.withoutPersonalData(event);
        assertEquals(Map.of("created", "500"), kept.getDetails());
        assertNull(kept.getRepresentation());
        assertEquals("users/5f0f7f6c-33c6-4aa6-a5c4-222222222222", kept.getResourcePath());
    }

    private static Event event(Map<String, String> details) {
        Event event = new Event();
        event.setDetails(new HashMap<>(details));
        return event;
    }

    private static Map<String, String> details(Map<String, String> details) {
        return EventDetails.withoutPersonalData(event(details)).getDetails();
    }
}
