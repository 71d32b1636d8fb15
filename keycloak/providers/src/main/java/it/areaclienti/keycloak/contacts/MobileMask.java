package it.areaclienti.keycloak.contacts;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.util.Locale;
import java.util.Optional;

/**
 * The masked form of a mobile as the brand shows it on every screen: five stars always, the first three digits and the
 * last two around them. A realm's attribute {@value #REALM_ATTRIBUTE} names which form; {@code tests/vectors/masks.json}
 * holds the examples that the Python side runs too.
 */
public enum MobileMask {
    /** {@code 320 *****19} */
    SPACED(" "),
    /** {@code 320*****23} */
    JOINED("");

    /** Realm attribute that names the mask: {@code spaced} or {@code joined}. */
    public static final String REALM_ATTRIBUTE = "area-clienti.mobile-mask";

    private static final String STARS = "*****";
    private static final int ITALY = 39;
    private static final int SHOWN_FIRST = 3;
    private static final int SHOWN_LAST = 2;
    private static final int SHORT = 6;

    private final String gap;

    MobileMask(String gap) {
        this.gap = gap;
    }

    /**
     * The mask named by the realm attribute; {@link #SPACED} when it is not set.
     *
     * @throws IllegalArgumentException for any other value, so that a typing mistake is seen at once
     */
    public static MobileMask of(String attribute) {
        return attribute == null || attribute.isBlank()
                ? SPACED
                : MobileMask.valueOf(attribute.strip().toUpperCase(Locale.ROOT));
    }

    /** The mask of a canonical (E.164) mobile; a foreign number shows its prefix first. */
    public String mask(String e164) {
        PhoneNumber number = parse(e164).orElseThrow(() -> new IllegalArgumentException("not an E.164 number"));
        String national = PhoneNumberUtil.getInstance().getNationalSignificantNumber(number);
        String prefix = number.getCountryCode() == ITALY ? "" : "+" + number.getCountryCode() + " ";
        if (national.length() <= SHORT) {
            // Numbers of very small countries: showing both ends would show nearly all.
            return prefix + STARS + national.substring(national.length() - SHOWN_LAST);
        }
        return prefix + national.substring(0, SHOWN_FIRST) + gap + STARS
                + national.substring(national.length() - SHOWN_LAST);
    }

    private static Optional<PhoneNumber> parse(String e164) {
        try {
            return Optional.of(PhoneNumberUtil.getInstance().parse(e164, null));
        } catch (NumberParseException notANumber) {
            return Optional.empty();
        }
    }
}
