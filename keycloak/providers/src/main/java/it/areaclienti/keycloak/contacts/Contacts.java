package it.areaclienti.keycloak.contacts;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberType;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;
import java.net.IDN;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The canonical form of a contact, however it was typed.
 *
 * <p>An email becomes lower case with an ASCII domain (IDNA); a telephone number becomes E.164. Only canonical values are
 * stored or compared, so that one contact is one string everywhere. The same rule exists in Python; both suites run
 * {@code tests/vectors/contacts.json}.
 */
public final class Contacts {
    /** Region of numbers written without a country prefix. */
    public static final String DEFAULT_REGION = "IT";

    private static final int MAX_EMAIL = 254;
    private static final int MAX_LOCAL_PART = 64;
    private static final Pattern LOCAL_PART =
            Pattern.compile("[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*");
    private static final Pattern DOMAIN =
            Pattern.compile("(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]");
    private static final Pattern PHONE = Pattern.compile("\\+?[0-9][0-9 .\\-/()\\u00a0]{3,30}");
    private static final Pattern PHONE_START = Pattern.compile("^[( \\u00a0]+");
    private static final Pattern SEPARATORS = Pattern.compile("[ .\\-/()\\u00a0]");
    /** Java and Python disagree on what white space is; this is what people paste around a contact. */
    private static final Pattern BLANKS = Pattern.compile("^[ \\t\\r\\n\\u00a0]+|[ \\t\\r\\n\\u00a0]+$");
    /**
     * Characters that IDNA 2003 and 2008 map to different domains (the latter keeps them): one letter, two mailboxes.
     * Refused, the upper-case sharp s included.
     */
    private static final Pattern DEVIATIONS = Pattern.compile("[\\u00df\\u1e9e\\u03c2\\u200c\\u200d]");
    private static final Pattern ASCII = Pattern.compile("\\p{ASCII}*");
    private static final String PUNYCODE = "xn--";

    private static final PhoneNumberUtil PHONES = PhoneNumberUtil.getInstance();
    private static final Set<PhoneNumberType> MOBILES =
            EnumSet.of(PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE);

    private Contacts() {}

    /**
     * The username a customer means by what they typed: an email if it holds an at sign, a mobile otherwise.
     *
     * @return the canonical contact, or empty when {@code raw} is neither an email nor a mobile (null and landlines included)
     */
    public static Optional<String> canonicalUsername(String raw) {
        if (raw == null) {
            return Optional.empty();
        }
        return raw.indexOf('@') >= 0 ? email(raw) : mobile(raw);
    }

    /** The canonical contact of one channel, or empty when {@code raw} is not such a contact. */
    public static Optional<String> canonical(Channel channel, String raw) {
        return switch (channel) {
            case EMAIL -> email(raw);
            case MOBILE -> mobile(raw);
            case LANDLINE -> landline(raw);
        };
    }

    /** Trimmed, lower case, domain in ASCII; empty when it is no address that can receive mail. */
    public static Optional<String> email(String raw) {
        if (raw == null) {
            return Optional.empty();
        }
        String trimmed = trim(raw);
        int at = trimmed.lastIndexOf('@');
        // Lower-casing folds some foreign letters into ASCII ones, so the local part must be ASCII before it.
        if (at < 1 || at > MAX_LOCAL_PART || !ASCII.matcher(trimmed.substring(0, at)).matches()) {
            return Optional.empty();
        }
        String local = trimmed.substring(0, at).toLowerCase(Locale.ROOT);
        return asciiDomain(trimmed.substring(at + 1))
                .filter(domain -> LOCAL_PART.matcher(local).matches())
                .map(domain -> local + '@' + domain)
                .filter(address -> address.length() <= MAX_EMAIL);
    }

    /** E.164 of a mobile, with or without prefix and separators; empty for landlines and anything not valid. */
    public static Optional<String> mobile(String raw) {
        return phone(raw, MOBILES::contains);
    }

    /** E.164 of a valid number that is not a mobile. */
    public static Optional<String> landline(String raw) {
        return phone(raw, type -> type != PhoneNumberType.MOBILE);
    }

    private static Optional<String> asciiDomain(String raw) {
        if (DEVIATIONS.matcher(raw).find()) {
            return Optional.empty();
        }
        String lower = raw.toLowerCase(Locale.ROOT);
        try {
            boolean plain = ASCII.matcher(lower).matches() && !lower.contains(PUNYCODE);
            String domain = plain ? lower : internationalDomain(lower);
            return Optional.of(domain).filter(value -> DOMAIN.matcher(value).matches());
        } catch (IllegalArgumentException notADomain) {
            return Optional.empty();
        }
    }

    private static String internationalDomain(String lower) {
        String ascii = IDN.toASCII(lower, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
        // Labels already in Punycode are passed through unread: only those that decode and encode back are domains.
        String readable = IDN.toUnicode(ascii, IDN.USE_STD3_ASCII_RULES);
        if (readable.contains(PUNYCODE)
                || DEVIATIONS.matcher(readable).find()
                || !IDN.toASCII(readable, IDN.USE_STD3_ASCII_RULES).equalsIgnoreCase(ascii)) {
            throw new IllegalArgumentException("not a domain");
        }
        return ascii;
    }

    /** E.164 of a valid number of such a type. */
    private static Optional<String> phone(String raw, Predicate<PhoneNumberType> wanted) {
        if (raw == null) {
            return Optional.empty();
        }
        // The library also reads letters, extensions and full-width digits; nobody's telephone is written so here.
        String written = PHONE_START.matcher(trim(raw)).replaceFirst("");
        if (!PHONE.matcher(written).matches()) {
            return Optional.empty();
        }
        try {
            PhoneNumber number = PHONES.parse(SEPARATORS.matcher(written).replaceAll(""), DEFAULT_REGION);
            PhoneNumberType type = PHONES.getNumberType(number);
            // A number that is not valid is of no known type.
            return type != PhoneNumberType.UNKNOWN && wanted.test(type)
                    ? Optional.of(PHONES.format(number, PhoneNumberFormat.E164))
                    : Optional.empty();
        } catch (NumberParseException notANumber) {
            return Optional.empty();
        }
    }

    private static String trim(String raw) {
        return BLANKS.matcher(raw).replaceAll("");
    }
}
