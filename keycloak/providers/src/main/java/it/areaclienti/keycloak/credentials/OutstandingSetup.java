package it.areaclienti.keycloak.credentials;

import java.util.Map;
import java.util.Optional;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.SingleUseObjectProvider;

/**
 * The one credential set-up a customer has open. What was proved is kept on the server: the link carries neither contact nor
 * purpose, a newer set-up takes the place of the older, and saving takes it away.
 *
 * @param id          id of the link's token
 * @param contact     the proved contact, canonical, to become the username
 * @param redirectUri where the page leads back to
 * @param locale      language the customer was using, or null
 */
record OutstandingSetup(String id, SetupPurpose purpose, String contact, String redirectUri, String locale) {
    private static final String KEY_PREFIX = "area-clienti-credential-setup:";
    private static final String ID = "id";
    private static final String PURPOSE = "purpose";
    private static final String CONTACT = "contact";
    private static final String REDIRECT_URI = "redirect_uri";
    private static final String LOCALE = "locale";

    /** Makes this the customer's open set-up, superseding any other. */
    void open(KeycloakSession session, RealmModel realm, String userId, long lifespanSeconds) {
        session.singleUseObjects().put(key(realm, userId), lifespanSeconds, Map.of(
                ID, id,
                PURPOSE, purpose.code(),
                CONTACT, contact,
                REDIRECT_URI, redirectUri,
                LOCALE, locale == null ? "" : locale));
    }

    /** The customer's open set-up if it is the one with this id: not superseded, not saved, not expired. */
    static Optional<OutstandingSetup> find(KeycloakSession session, RealmModel realm, String userId, String id) {
        return read(session.singleUseObjects().get(key(realm, userId)), id);
    }

    /** Takes it away; of several that save at once, one alone gets true. */
    boolean take(KeycloakSession session, RealmModel realm, String userId) {
        SingleUseObjectProvider store = session.singleUseObjects();
        if (read(store.get(key(realm, userId)), id).isEmpty()) {
            return false;
        }
        return read(store.remove(key(realm, userId)), id).isPresent();
    }

    private static Optional<OutstandingSetup> read(Map<String, String> notes, String id) {
        if (notes == null || id == null || !id.equals(notes.get(ID))) {
            return Optional.empty();
        }
        String locale = notes.get(LOCALE);
        return SetupPurpose.of(notes.get(PURPOSE))
                .map(purpose -> new OutstandingSetup(
                        id,
                        purpose,
                        notes.get(CONTACT),
                        notes.get(REDIRECT_URI),
                        locale == null || locale.isEmpty() ? null : locale));
    }

    private static String key(RealmModel realm, String userId) {
        return KEY_PREFIX + realm.getId() + ':' + userId;
    }
}
