package it.areaclienti.keycloak.start;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class RealmSecretsTest {
    @Test
    void aPlaceholderNamesItsOwnVariable() {
        assertEquals(
                Optional.of("PORTAL_CLIENT_SECRET_GENERALI"),
                RealmSecrets.unset("${PORTAL_CLIENT_SECRET_GENERALI}", "portal", "generali"));
        assertEquals(
                Optional.of("SOME_SECRET"),
                RealmSecrets.unset("${SOME_SECRET:a-default-that-everyone-knows}", "portal", "generali"));
    }

    @Test
    void aPlaceholderInsideALongerSecretIsStillOne() {
        assertEquals(
                Optional.of("PORTAL_CLIENT_SECRET_GENERALI"),
                RealmSecrets.unset("prefix-${PORTAL_CLIENT_SECRET_GENERALI}-suffix", "portal", "generali"));
        assertEquals(
                Optional.of("PORTAL_CLIENT_SECRET_GENERALI"),
                RealmSecrets.unset("${written.otherwise.altogether}", "portal", "generali"));
    }

    @Test
    void fifteenCharactersAreTooShortAndSixteenAreEnough() {
        assertEquals(
                Optional.of("STAFF_TOOLS_CLIENT_SECRET_GENERALI"),
                RealmSecrets.unset("a".repeat(15), "staff-tools", "generali"));
        assertEquals(Optional.of("PORTAL_CLIENT_SECRET_ALLEANZA"), RealmSecrets.unset("", "portal", "alleanza"));
        assertEquals(Optional.empty(), RealmSecrets.unset("a".repeat(16), "portal", "generali"));
    }

    @Test
    void aClientWithoutASecretHasNoneToGuess() {
        assertEquals(Optional.empty(), RealmSecrets.unset(null, "portal", "generali"));
    }
}
