package it.areaclienti.keycloak.cancellation;

import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import it.areaclienti.keycloak.notices.Notice;
import it.areaclienti.keycloak.notices.NoticeSender;
import it.areaclienti.keycloak.sessions.SessionEnding;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.keycloak.common.util.Time;
import org.keycloak.credential.CredentialModel;
import org.keycloak.models.AbstractKeycloakTransaction;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RoleModel;
import org.keycloak.models.UserModel;

/**
 * Ending an online account: the customer is again one whom the agency knows and who may register, as on the day before the
 * registration. What the agency or the customer has on file stays; that is erased, if at all, where it is kept.
 */
public final class AccountCancellation {
    private static final String TEMPLATE = "account-cancelled";

    private AccountCancellation() {}

    /** Whether the account is one that {@code actor} may cancel; there must be an online account that is not closed. */
    public static boolean allowed(UserModel customer, Actor actor) {
        return AccountState.of(customer).filter(state -> allowed(state, actor)).isPresent();
    }

    /** The same of an account in this state. */
    public static boolean allowed(AccountState state, Actor actor) {
        return (state == AccountState.REGISTERED || state == AccountState.INACTIVE)
                && state.mayBecome(AccountState.PROVISIONED, actor);
    }

    /**
     * Ends the sessions, takes away credentials, role and username, and tells every contact once that is written.
     *
     * @throws IllegalStateException when the table of states does not let {@code actor} do so
     */
    public static void carryOut(KeycloakSession session, RealmModel realm, UserModel customer, Actor actor) {
        AccountState.move(customer, AccountState.PROVISIONED, actor);
        new SessionEnding(session, realm).signOut(customer);
        customer.credentialManager().getStoredCredentialsStream().map(CredentialModel::getId).toList()
                .forEach(customer.credentialManager()::removeStoredCredentialById);
        RoleModel registered = realm.getRole(CustomerAttributes.REGISTERED_ROLE);
        if (registered != null) {
            customer.deleteRoleMapping(registered);
        }
        customer.removeAttribute(CustomerAttributes.STEP_UP_DUE);
        customer.setUsername(customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE).toLowerCase(Locale.ROOT));
        session.loginFailures().removeUserLoginFailure(realm, customer.getId());
        tellOnceWritten(session, notices(realm, customer));
    }

    /** To all contacts: whoever reads one of them and did not ask for it has to know, and one code was enough to ask. */
    private static List<MessageRequest> notices(RealmModel realm, UserModel customer) {
        String key = "cancelled-" + customer.getId() + '-' + Time.currentTimeMillis();
        return new Notice(TEMPLATE, key, Map.of())
                .messages(realm, customer, CustomerDirectory.reachableContacts(customer), Notice.language(realm, customer));
    }

    private static void tellOnceWritten(KeycloakSession session, List<MessageRequest> notices) {
        NoticeSender sender = NoticeSender.of(session);
        session.getTransactionManager().enlistAfterCompletion(new AbstractKeycloakTransaction() {
            @Override
            protected void commitImpl() {
                sender.send(notices);
            }

            @Override
            protected void rollbackImpl() {
                // The account is still there: there is nothing to tell.
            }
        });
    }
}
