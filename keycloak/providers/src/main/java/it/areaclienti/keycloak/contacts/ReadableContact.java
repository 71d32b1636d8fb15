package it.areaclienti.keycloak.contacts;

import java.lang.Character.UnicodeScript;
import java.net.IDN;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A contact as its owner writes it: a domain in Punycode goes back to its own letters, where that deceives nobody. For showing
 * only; the rule stands in {@code domain/readable.py}, and both suites run the vectors {@code readable} of
 * {@code tests/vectors/contacts.json}.
 */
public final class ReadableContact {
    private static final String PUNYCODE = "xn--";
    private static final String NEUTRAL = "0123456789-.";
    private static final String FAMILIAR = "\u00e6\u0153\u00f8\u0142\u0111";

    private ReadableContact() {}

    /** A canonical contact for showing; a telephone number is as it was. */
    public static String of(String contact) {
        int at = contact.lastIndexOf('@');
        return at < 0 ? contact : contact.substring(0, at + 1) + domain(contact.substring(at + 1));
    }

    private static String domain(String ascii) {
        if (!ascii.contains(PUNYCODE)) {
            return ascii;
        }
        // A label that cannot be decoded comes back as it was.
        String written = IDN.toUnicode(ascii, IDN.USE_STD3_ASCII_RULES);
        return !written.contains(PUNYCODE) && deceivesNobody(written) ? written : ascii;
    }

    private static boolean deceivesNobody(String domain) {
        int[] letters = domain.codePoints().filter(sign -> NEUTRAL.indexOf(sign) < 0).toArray();
        Set<UnicodeScript> scripts =
                Arrays.stream(letters).mapToObj(UnicodeScript::of).collect(Collectors.toSet());
        for (int letter : letters) {
            boolean leftToRight = Character.getDirectionality(letter) == Character.DIRECTIONALITY_LEFT_TO_RIGHT;
            if (!Character.isLetter(letter) || !leftToRight) {
                return false;
            }
            if (scripts.contains(UnicodeScript.LATIN) && !isFamiliar(letter)) {
                return false;
            }
        }
        return scripts.size() == 1;
    }

    private static boolean isFamiliar(int letter) {
        char base = Normalizer.normalize(Character.toString(letter), Normalizer.Form.NFD).charAt(0);
        return FAMILIAR.indexOf(letter) >= 0 || base >= 'a' && base <= 'z';
    }
}
