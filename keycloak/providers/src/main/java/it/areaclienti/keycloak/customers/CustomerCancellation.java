package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.customers.AccountState.Actor;
import java.util.Locale;
import org.keycloak.credential.CredentialModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RoleModel;
import org.keycloak.models.UserModel;

/**
 * Ending an online account: the customer is again one whom the agency knows and who may register, as on the day before the
 * registration. What the agency or the customer has on file stays; that is erased, if at all, where it is kept.
 */
public final class CustomerCancellation {
    private CustomerCancellation() {}

    /** Whether the account is one that {@code actor} may cancel; there must be an online account that is not closed. */
    public static boolean allowed(UserModel customer, Actor actor) {
        return AccountState.of(customer)
                .filter(state -> state == AccountState.REGISTERED || state == AccountState.INACTIVE)
                .filter(state -> state.mayBecome(AccountState.PROVISIONED, actor))
                .isPresent();
    }

    /**
     * Takes away the credentials, the role and the username; sessions are the caller's to end.
     *
     * @throws IllegalStateException when the table of states does not let {@code actor} do so
     */
    public static void cancel(KeycloakSession session, RealmModel realm, UserModel customer, Actor actor) {
        AccountState.move(customer, AccountState.PROVISIONED, actor);
        customer.credentialManager().getStoredCredentialsStream().map(CredentialModel::getId).toList()
                .forEach(customer.credentialManager()::removeStoredCredentialById);
        RoleModel registered = realm.getRole(CustomerAttributes.REGISTERED_ROLE);
        if (registered != null) {
            customer.deleteRoleMapping(registered);
        }
        customer.removeAttribute(CustomerAttributes.STEP_UP_DUE);
        customer.setUsername(customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE).toLowerCase(Locale.ROOT));
        session.loginFailures().removeUserLoginFailure(realm, customer.getId());
    }
}
