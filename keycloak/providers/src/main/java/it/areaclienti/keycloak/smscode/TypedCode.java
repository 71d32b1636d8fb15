package it.areaclienti.keycloak.smscode;

import java.util.Optional;
import java.util.regex.Pattern;

/** What a customer typed for a code: six digits, spaces and hyphens between them forgiven. */
final class TypedCode {

    private static final Pattern FORGIVEN = Pattern.compile("[\\s\\u00a0-]");
    private static final Pattern CODE = Pattern.compile("[0-9]{6}");

    private TypedCode() {}

    /** The six digits, or empty when it cannot be a code: then no attempt is spent on it. */
    static Optional<String> read(String typed) {
        return Optional.ofNullable(typed)
                .map(text -> FORGIVEN.matcher(text).replaceAll(""))
                .filter(text -> CODE.matcher(text).matches());
    }
}
