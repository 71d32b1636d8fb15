package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.customers.CustomerDirectory;
import java.util.Optional;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** What must hold for a set-up, when its link is asked for and again when it is saved. */
final class SetupRules {
    /** Why a set-up cannot be; the names are the problem codes of the admin resource. */
    enum Obstacle {
        STATE_FORBIDS,
        CONTACT_NOT_ON_FILE,
        USERNAME_TAKEN
    }

    private SetupRules() {}

    static Optional<Obstacle> obstacle(
            KeycloakSession session, RealmModel realm, UserModel customer, SetupPurpose purpose, String contact) {
        if (!purpose.allowedFor(customer)) {
            return Optional.of(Obstacle.STATE_FORBIDS);
        }
        if (!onFile(customer, purpose, contact)) {
            return Optional.of(Obstacle.CONTACT_NOT_ON_FILE);
        }
        UserModel holder = session.users().getUserByUsername(realm, contact);
        return holder == null || holder.getId().equals(customer.getId())
                ? Optional.empty()
                : Optional.of(Obstacle.USERNAME_TAKEN);
    }

    /** A recovery goes by the username, or by another contact that the agency itself holds. */
    private static boolean onFile(UserModel customer, SetupPurpose purpose, String contact) {
        if (!CustomerDirectory.reachableContacts(customer).contains(contact)) {
            return false;
        }
        return purpose == SetupPurpose.REGISTRATION
                || contact.equals(customer.getUsername())
                || CustomerDirectory.agencyHolds(customer, contact);
    }
}
