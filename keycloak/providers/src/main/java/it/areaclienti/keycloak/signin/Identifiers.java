package it.areaclienti.keycloak.signin;

import it.areaclienti.keycloak.contacts.Contacts;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What customers of a brand may sign in with: option {@code identifiers} of the sign-in step. */
final class Identifiers {

    /** A kind of identifier; its name in the option is in lower case with a hyphen. */
    enum Kind {
        EMAIL,
        MOBILE,
        CUSTOMER_CODE;

        String code() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Generous: what a customer code looks like is the agencies' business, that it is no contact is ours. */
    private static final Pattern CUSTOMER_CODE = Pattern.compile("[A-Z0-9._/-]{3,40}");

    private final Set<Kind> kinds;

    private Identifiers(Set<Kind> kinds) {
        this.kinds = kinds;
    }

    /**
     * Reads for example {@code email,mobile,customer-code}.
     *
     * @throws IllegalArgumentException when it is missing or names something else
     */
    static Identifiers parse(String option) {
        if (option == null || option.isBlank()) {
            throw new IllegalArgumentException("option identifiers is not set");
        }
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (String name : option.split(",")) {
            kinds.add(EnumSet.allOf(Kind.class).stream()
                    .filter(kind -> kind.code().equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("option identifiers does not know '" + name.strip() + "'")));
        }
        return new Identifiers(kinds);
    }

    /**
     * The username that what was typed stands for, or empty when it can be nobody's.
     *
     * @param usernameOfCode finds the username of the one customer with this code who has an online account
     */
    Optional<String> username(String typed, Function<String, Optional<String>> usernameOfCode) {
        Optional<String> contact = Contacts.canonicalUsername(typed)
                .filter(username -> kinds.contains(username.indexOf('@') >= 0 ? Kind.EMAIL : Kind.MOBILE));
        if (contact.isPresent() || !kinds.contains(Kind.CUSTOMER_CODE)) {
            return contact;
        }
        return Optional.of(typed.strip().toUpperCase(Locale.ROOT))
                .filter(code -> CUSTOMER_CODE.matcher(code).matches())
                .flatMap(usernameOfCode);
    }
}
