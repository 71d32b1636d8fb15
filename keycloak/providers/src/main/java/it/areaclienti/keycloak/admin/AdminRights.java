package it.areaclienti.keycloak.admin;

import it.areaclienti.keycloak.problems.Problem;
import org.keycloak.models.ClientModel;
import org.keycloak.models.RealmModel;
import org.keycloak.services.resources.admin.AdminAuth;

/**
 * Rights on the customers resources: client roles of the realm's client {@value #CLIENT_ID}, of callers of the same realm.
 *
 * <p>Keycloak's own administrator roles give none of them: whoever may manage users is not thereby trusted to hand out
 * credential set-up links.
 */
final class AdminRights {
    static final String CLIENT_ID = "area-clienti";

    /** A right; its name in the realm is the client role's. */
    enum Right {
        CUSTOMERS_READ("customers-read"),
        CUSTOMERS_WRITE("customers-write"),
        CREDENTIAL_SETUP("credential-setup");

        private final String role;

        Right(String role) {
            this.role = role;
        }
    }

    private final RealmModel realm;
    private final AdminAuth caller;

    AdminRights(RealmModel realm, AdminAuth caller) {
        this.realm = realm;
        this.caller = caller;
    }

    /** @throws Problem 403 when the caller does not have the right */
    void require(Right right) {
        ClientModel rights = realm.getClientByClientId(CLIENT_ID);
        boolean sameRealm = realm.getId().equals(caller.getRealm().getId());
        if (rights == null || !sameRealm || !caller.hasAppRole(rights, right.role)) {
            throw Problem.forbidden("The role " + right.role + " is needed.");
        }
    }
}
