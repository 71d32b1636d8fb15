package it.areaclienti.keycloak.start;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class RealmSecretsTest {
    @Test
    void a_placeholder_names_its_own_variable() {
        assertEquals(
                Optional.of("PORTAL_CLIENT_SECRET_GENERALI"),
                RealmSecrets.unset("${PORTAL_CLIENT_SECRET_GENERALI}", "portal", "generali"));
        assertEquals(
                Optional.of("SOME_SECRET"), RealmSecrets.unset("${SOME_SECRET:a-default-that-everyone-knows}", "portal", "generali"));
    }

    @Test
    void a_placeholder_inside_a_longer_secret_is_still_one() {
        assertEquals(
                Optional.of("PORTAL_CLIENT_SECRET_GENERALI"),
                RealmSecrets.unset("prefix-${PORTAL_CLIENT_SECRET_GENERALI}-suffix", "portal", "generali"));
        assertEquals(
                Optional.of("PORTAL_CLIENT_SECRET_GENERALI"),
                RealmSecrets.unset("${written.otherwise.altogether}", "portal", "generali"));
    }

    @Test
    void fifteen_characters_are_too_short_and_sixteen_are_enough() {
        assertEquals(
                Optional.of("STAFF_TOOLS_CLIENT_SECRET_GENERALI"), RealmSecrets.unset("a".repeat(15), "staff-tools", "generali"));
        assertEquals(Optional.of("PORTAL_CLIENT_SECRET_ALLEANZA"), RealmSecrets.unset("", "portal", "alleanza"));
        assertEquals(Optional.empty(), RealmSecrets.unset("a".repeat(16), "portal", "generali"));
    }

    @Test
    void a_client_without_a_secret_has_none_to_guess() {
        assertEquals(Optional.empty(), RealmSecrets.unset(null, "portal", "generali"));
    }
}
