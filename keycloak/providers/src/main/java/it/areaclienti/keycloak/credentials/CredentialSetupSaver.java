package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.LockedCustomer;
import it.areaclienti.keycloak.smscode.AccessMobile;
import jakarta.persistence.EntityManager;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.keycloak.common.util.Time;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.ModelDuplicateException;
import org.keycloak.models.ModelException;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RoleModel;
import org.keycloak.models.UserCredentialModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.utils.KeycloakModelUtils;

/**
 * Saves a set-up: password, username, enabling, state, role, second factor, all in one transaction or none. Everything that
 * held when the link was asked for is checked again, on the locked row.
 */
final class CredentialSetupSaver {
    private static final Logger LOG = Logger.getLogger(CredentialSetupSaver.class);
    private static final String TASK = "area-clienti credential set-up";

    /** Why nothing was saved. */
    enum Refusal {
        /** Saved already, superseded by a newer link, or too late. */
        LINK_SPENT,
        /** The account may no longer have its credentials set up. */
        STATE_FORBIDS,
        /** The contact is no longer on file. */
        CONTACT_NOT_ON_FILE,
        /** Another customer took the contact as username in the meantime. */
        USERNAME_TAKEN,
        /** The database did not answer in time; the link still works. */
        BUSY
    }

    private static final class Refused extends RuntimeException {
        private final Refusal refusal;

        Refused(Refusal refusal) {
            super(refusal.name(), null, false, false);
            this.refusal = refusal;
        }
    }

    private final KeycloakSession session;
    private final OutstandingSetup setup;

    CredentialSetupSaver(KeycloakSession session, OutstandingSetup setup) {
        this.session = session;
        this.setup = setup;
    }

    /** Saves for this customer; empty when it is done. */
    Optional<Refusal> save(String userId, String password) {
        try {
            KeycloakModelUtils.runJobInTransactionWithResult(
                    session.getKeycloakSessionFactory(),
                    session.getContext(),
                    inner -> {
                        saveIn(inner, userId, password);
                        return null;
                    },
                    TASK);
            return Optional.empty();
        } catch (Refused refused) {
            return Optional.of(refused.refusal);
        } catch (ModelDuplicateException taken) {
            // Two customers of one contact saved at once: the unique username let one through.
            return Optional.of(Refusal.USERNAME_TAKEN);
        } catch (ModelException failed) {
            LOG.warnf("A credential set-up could not be saved: %s", rootCause(failed).getClass().getSimpleName());
            return Optional.of(Refusal.BUSY);
        }
    }

    private static Throwable rootCause(Throwable failure) {
        return failure.getCause() == null ? failure : rootCause(failure.getCause());
    }

    private void saveIn(KeycloakSession inner, String userId, String password) {
        RealmModel realm = inner.getContext().getRealm();
        EntityManager entities = inner.getProvider(JpaConnectionProvider.class).getEntityManager();
        UserModel customer = LockedCustomer.of(inner, realm, userId)
                .orElseThrow(() -> new Refused(Refusal.STATE_FORBIDS));
        SetupRules.obstacle(inner, realm, customer, setup.purpose(), setup.contact()).ifPresent(obstacle -> {
            throw new Refused(Refusal.valueOf(obstacle.name()));
        });
        customer.credentialManager().updateCredential(UserCredentialModel.password(password, false));
        openAccount(inner, realm, customer);
        // The contested name comes last: whoever else wants it waits for our commit, but not for our hashing.
        customer.setUsername(setup.contact());
        entities.flush();
        // The link is not part of the transaction, so it goes when nothing but the commit is left to fail.
        if (!setup.take(inner, realm, userId)) {
            throw new Refused(Refusal.LINK_SPENT);
        }
    }

    private void openAccount(KeycloakSession inner, RealmModel realm, UserModel customer) {
        boolean reopened = AccountState.of(customer).filter(AccountState.INACTIVE::equals).isPresent();
        AccountState.move(customer, AccountState.REGISTERED, Actor.CUSTOMER);
        RoleModel registered = realm.getRole(CustomerAttributes.REGISTERED_ROLE);
        if (registered == null) {
            throw new IllegalStateException("The realm lacks the role " + CustomerAttributes.REGISTERED_ROLE);
        }
        if (reopened) {
            // The realm's workflow counts the year anew from the moment the role is granted.
            customer.deleteRoleMapping(registered);
        }
        customer.grantRole(registered);
        if (mayEnrol(customer)) {
            AccessMobile.enrol(realm, customer);
        }
        customer.setSingleAttribute(CustomerAttributes.STEP_UP_DUE, Boolean.TRUE.toString());
        if (setup.contact().equals(customer.getEmail())) {
            customer.setEmailVerified(true);
        }
        // Tokens given out before this moment are void, even should ending a session fail afterwards.
        inner.users().setNotBeforeForUser(realm, customer, Math.toIntExact(Time.currentTimeSeconds()));
        inner.loginFailures().removeUserLoginFailure(realm, customer.getId());
    }

    /**
     * A registration chooses the number. A recovery keeps it; only where there is none that works (none was on file, the agency
     * dropped it, an administrator removed it) the agency's present choice is taken, and only from who proved the username: a
     * contact that was the customer's before, while deliveries can write any other.
     */
    private boolean mayEnrol(UserModel customer) {
        return setup.purpose() == SetupPurpose.REGISTRATION
                || AccessMobile.usable(customer).isEmpty() && setup.contact().equals(customer.getUsername());
    }
}
