package it.areaclienti.keycloak.smscode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TypedCodeTest {

    @ParameterizedTest
    @ValueSource(strings = {"012345", " 012345 ", "012 345", "012-345"})
    void sixDigitsAreACodeHoweverTheyAreSpaced(String typed) {
        assertEquals(Optional.of("012345"), TypedCode.read(typed));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "12345", "1234567", "abcdef", "12345a", "１２３４５６"})
    void anythingElseIsNotACode(String typed) {
        assertEquals(Optional.empty(), TypedCode.read(typed));
    }

    @Test
    void aMissingFieldIsNotACode() {
        assertEquals(Optional.empty(), TypedCode.read(null));
    }
}
