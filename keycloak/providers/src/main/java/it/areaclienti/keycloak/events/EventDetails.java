package it.areaclienti.keycloak.events;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.keycloak.events.Details;
import org.keycloak.events.Event;
import org.keycloak.events.admin.AdminEvent;

/**
 * Takes personal data out of events. A username here is a customer's email or telephone number, and Keycloak writes it, or
 * whatever was typed in its place, into most of its events. Who it was is told by the user's id, which the console resolves.
 *
 * <p>Details are listed that may stay, so that one a later Keycloak adds is left out until somebody has looked at it.
 */
final class EventDetails {
    /** Details of ours: what they hold is told in the README. */
    private static final Set<String> OUR_PREFIXES = Set.of("sms_", "area_clienti_");

    private static final Set<String> KEPT = Set.of(
            Details.ACTION,
            Details.AUTH_METHOD,
            Details.AUTH_TYPE,
            Details.AUTHENTICATION_ERROR_DETAIL,
            Details.CLIENT_AUTH_METHOD,
            Details.CLIENT_POLICY_ERROR,
            Details.CODE_ID,
            Details.CONSENT,
            Details.CONTEXT,
            Details.CREDENTIAL_ID,
            Details.CREDENTIAL_TYPE,
            Details.CUSTOM_REQUIRED_ACTION,
            Details.GRANT_TYPE,
            Details.GRANTED_CLIENT,
            Details.LOGIN_RETRY,
            Details.LOGOUT_TRIGGERED_BY_ACTION_TOKEN,
            Details.LOGOUT_TRIGGERED_BY_REQUIRED_ACTION,
            Details.NOT_BEFORE,
            Details.NUM_FAILURES,
            Details.REASON,
            Details.REDIRECT_URI,
            Details.REDIRECTED_TO_CLIENT,
            Details.REFRESH_TOKEN_ID,
            Details.REFRESH_TOKEN_TYPE,
            Details.REMEMBER_ME,
            Details.RESPONSE_MODE,
            Details.RESPONSE_TYPE,
            Details.RESTART_AFTER_TIMEOUT,
            Details.REVOKED_CLIENT,
            Details.SCOPE,
            Details.SELECTED_CREDENTIAL_ID,
            Details.TOKEN_ID,
            Details.TOKEN_TYPE,
            Details.UPDATED_REFRESH_TOKEN_ID,
            Details.VALIDATE_ACCESS_TOKEN);

    /** Counts and purposes of our admin resources. */
    private static final Set<String> KEPT_OF_ADMINS = Set.of(
            Details.CREDENTIAL_ID, Details.CREDENTIAL_TYPE, "purpose", "created", "updated", "unchanged", "refused");

    /** An address, or so many digits that it may be a telephone number; separated as people write them. */
    private static final Pattern CONTACT = Pattern.compile("[^\\s@]@[^\\s@]|%40|(?<![\\w-])\\+?\\d(?:[ ./]?\\d){8,}(?![\\w-])");

    private static final String WITHHELD = "withheld";

    private EventDetails() {}

    /** A copy to keep; the event itself goes on to other listeners, which may need what it says. */
    static Event withoutPersonalData(Event event) {
        Event copy = event.clone();
        copy.setDetails(kept(event.getDetails(), KEPT));
        copy.setClientId(guarded(event.getClientId()));
        copy.setError(guarded(event.getError()));
        return copy;
    }

    /** The same for what administrators did. The representation is left out altogether. */
    static AdminEvent withoutPersonalData(AdminEvent event) {
        AdminEvent copy = new AdminEvent(event);
        copy.setDetails(kept(event.getDetails(), KEPT_OF_ADMINS));
        copy.setRepresentation(null);
        copy.setError(guarded(event.getError()));
        return copy;
    }

    private static Map<String, String> kept(Map<String, String> details, Set<String> names) {
        if (details == null) {
            return null;
        }
        Map<String, String> kept = new HashMap<>();
        details.forEach((name, value) -> {
            if (names.contains(name) || OUR_PREFIXES.stream().anyMatch(name::startsWith)) {
                kept.put(name, value(name, value));
            }
        });
        return kept;
    }

    private static String value(String name, String value) {
        if (Details.REDIRECT_URI.equals(name) && value != null) {
            // What a request added to the address is not the address.
            return guarded(value.replaceFirst("[?#].*", ""));
        }
        return Details.NOT_BEFORE.equals(name) ? value : guarded(value);
    }

    /** Some texts repeat what a request held; none of them is worth a customer's contact. */
    private static String guarded(String value) {
        return value != null && CONTACT.matcher(value.toLowerCase(Locale.ROOT)).find() ? WITHHELD : value;
    }
}
