package it.areaclienti.keycloak.contacts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ContactsTest {
    private static JsonNode vectors(String file, String group) throws IOException {
        Path path = Path.of(System.getProperty("area-clienti.vectors"), file);
        JsonNode cases = new ObjectMapper().readTree(path.toFile()).path(group);
        assertFalse(cases.isEmpty(), "no vectors in " + path);
        return cases;
    }

    @TestFactory
    @DisplayName("every shared vector has the canonical form that Python gives it")
    Stream<DynamicTest> everySharedVectorHasTheCanonicalForm() throws IOException {
        return StreamSupport.stream(vectors("contacts.json", "contacts").spliterator(), false)
                .map(vector -> DynamicTest.dynamicTest(vector.path("channel").asText() + " " + vector.path("raw"), () -> {
                    Channel channel = channel(vector.path("channel").asText());
                    assertEquals(
                            Optional.ofNullable(vector.path("canonical").textValue()),
                            Contacts.canonical(channel, vector.path("raw").asText()));
                }));
    }

    @TestFactory
    @DisplayName("every mobile is masked as Python masks it")
    Stream<DynamicTest> everyMobileIsMaskedAsPythonMasksIt() throws IOException {
        return StreamSupport.stream(vectors("masks.json", "mobile").spliterator(), false)
                .map(vector -> DynamicTest.dynamicTest(vector.path("spaced").asText(), () -> {
                    String value = vector.path("value").asText();
                    assertEquals(vector.path("spaced").asText(), MobileMask.SPACED.mask(value));
                    assertEquals(vector.path("joined").asText(), MobileMask.JOINED.mask(value));
                }));
    }

    @TestFactory
    @DisplayName("every contact is shown as Python shows it")
    Stream<DynamicTest> everyContactIsShownAsPythonShowsIt() throws IOException {
        return StreamSupport.stream(vectors("contacts.json", "readable").spliterator(), false)
                .map(vector -> DynamicTest.dynamicTest(vector.path("shown").asText(), () ->
                    assertEquals(
                            vector.path("shown").asText(),
                            ReadableContact.of(vector.path("canonical").asText()))));
    }

    @Test
    void aUsernameIsAnEmailOrAMobileHoweverTyped() {
        assertEquals(Optional.of("+393201234567"), Contacts.canonicalUsername(" 0039 320 123.45-67 "));
        assertEquals(Optional.of("+393201234567"), Contacts.canonicalUsername("3201234567"));
        assertEquals(Optional.of("ada@example.com"), Contacts.canonicalUsername(" Ada@Example.COM "));
        assertTrue(Contacts.canonicalUsername("0612345678").isEmpty(), "a landline is no username");
        assertTrue(Contacts.canonicalUsername("G1234567").isEmpty(), "a customer code is no contact");
        assertTrue(Contacts.canonicalUsername(null).isEmpty());
    }

    @Test
    void aCanonicalContactStaysAsItIs() {
        for (String contact : new String[] {"+393201234567", "a&b@xn--caff-8oa.example"}) {
            assertEquals(Optional.of(contact), Contacts.canonicalUsername(contact));
        }
    }

    @Test
    void anUnknownMaskIsRefusedAndNoneMeansSpaced() {
        assertEquals(MobileMask.SPACED, MobileMask.of(null));
        assertEquals(MobileMask.JOINED, MobileMask.of("joined"));
        assertThrows(IllegalArgumentException.class, () -> MobileMask.of("stars"));
    }

    private static Channel channel(String code) {
        return Arrays.stream(Channel.values()).filter(c -> c.code().equals(code)).findFirst().orElseThrow();
    }
}
