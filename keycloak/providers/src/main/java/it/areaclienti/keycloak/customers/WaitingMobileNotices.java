package it.areaclienti.keycloak.customers;

import java.util.Collection;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** Tells a registered customer that the agency now ranks another number first, before that number applies. */
public interface WaitingMobileNotices {
    /**
     * Hands the notices over; returns whether at least one was taken.
     *
     * @param contacts where to tell it, canonical
     * @param mobile   the number that waits, E.164
     * @param key      what makes it one notice, however often it is asked for
     * @throws NotNow when nobody can be told at present
     */
    boolean tell(RealmModel realm, UserModel customer, Collection<String> contacts, String mobile, String key)
            throws NotNow;

    /** The bridge does not answer. */
    final class NotNow extends Exception {
        public NotNow() {
            super("The bridge does not answer.", null, false, false);
        }
    }
}
