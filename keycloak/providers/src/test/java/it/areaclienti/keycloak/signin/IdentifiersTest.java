package it.areaclienti.keycloak.signin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class IdentifiersTest {

    private static final Function<String, Optional<String>> CODES =
            code -> code.equals("C0001") ? Optional.of("mario@example.com") : Optional.empty();

    @Test
    void aContactIsFoundHoweverItIsTyped() {
        Identifiers identifiers = Identifiers.parse("email,mobile");
        assertEquals(Optional.of("mario@example.com"), identifiers.username(" Mario@Example.COM ", CODES));
        assertEquals(Optional.of("+393201234567"), identifiers.username("320.123 45 67", CODES));
    }

    @Test
    void aCustomerCodeCountsOnlyWhereTheBrandSaysSo() {
        assertEquals(
                Optional.of("mario@example.com"), Identifiers.parse("email,mobile,customer-code").username(" c0001 ", CODES));
        assertEquals(Optional.empty(), Identifiers.parse("email,mobile").username("C0001", CODES));
    }

    @Test
    void anUnknownCodeIsNobodysUsername() {
        assertEquals(Optional.empty(), Identifiers.parse("email,mobile,customer-code").username("c0002", CODES));
    }

    @Test
    void aKindThatIsNotAcceptedIsNobodysUsername() {
        assertEquals(Optional.empty(), Identifiers.parse("email").username("3201234567", CODES));
    }

    @Test
    void anUnknownOrMissingKindIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Identifiers.parse("email,fax"));
        assertThrows(IllegalArgumentException.class, () -> Identifiers.parse(null));
        assertThrows(IllegalArgumentException.class, () -> Identifiers.parse(" "));
    }
}
