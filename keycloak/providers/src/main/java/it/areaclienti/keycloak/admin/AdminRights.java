package it.areaclienti.keycloak.admin;

import it.areaclienti.keycloak.problems.Problem;
import java.util.Arrays;
import org.keycloak.models.ClientModel;
import org.keycloak.models.RealmModel;
import org.keycloak.services.resources.admin.AdminAuth;

/**
 * Rights on the customers resources: client roles of the realm's client {@value #CLIENT_ID}, of callers of the same realm.
 *
 * <p>Keycloak's own administrator roles give none of them: whoever may manage users is not thereby trusted to hand out
 * credential set-up links. And since whoever may manage users may also hand out roles, each right counts only for the kind of
 * caller it is meant for: the services' rights for service accounts, the staff's for people.
 */
final class AdminRights {
    static final String CLIENT_ID = "area-clienti";

    /** A right; its name in the realm is the client role's. */
    enum Right {
        CUSTOMERS_READ("customers-read", Caller.SERVICE),
        CUSTOMERS_WRITE("customers-write", Caller.SERVICE),
        CREDENTIAL_SETUP("credential-setup", Caller.SERVICE),
        INSTALLATION_READ("installation-read", Caller.SERVICE),
        ACCOUNT_CANCELLATION("account-cancellation", Caller.SERVICE),
        CUSTOMERS_BLOCK("customers-block", Caller.PERSON),
        CUSTOMERS_CANCEL("customers-cancel", Caller.PERSON);

        private final String role;
        private final Caller caller;

        Right(String role, Caller caller) {
            this.role = role;
            this.caller = caller;
        }
    }

    private enum Caller {
        SERVICE,
        PERSON;

        private static Caller of(AdminAuth auth) {
            return auth.getUser().getServiceAccountClientLink() == null ? PERSON : SERVICE;
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
        if (!has(right)) {
            throw Problem.forbidden("The role " + right.role + " is needed.");
        }
    }

    /** @throws Problem 403 when the caller has none of the rights */
    void requireOneOf(Right... choice) {
        if (Arrays.stream(choice).noneMatch(this::has)) {
            throw Problem.forbidden("None of the roles that may do this is there.");
        }
    }

    private boolean has(Right right) {
        ClientModel rights = realm.getClientByClientId(CLIENT_ID);
        boolean sameRealm = realm.getId().equals(caller.getRealm().getId());
        return rights != null && sameRealm && right.caller == Caller.of(caller) && caller.hasAppRole(rights, right.role);
    }
}
