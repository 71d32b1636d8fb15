package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.customers.AccountState.Actor;
import jakarta.persistence.LockModeType;
import java.util.Optional;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.jpa.entities.UserEntity;

/**
 * Blocking a customer's account and lifting the block: the administrator's two moves in the table of account states.
 *
 * <p>A lifted block leaves the account as it was before, never further open: one that was inactive still needs a recovery, and
 * one that the agency closed in the meantime stays closed.
 */
public final class CustomerBlock {
    private CustomerBlock() {}

    /**
     * Waits until a set-up that is being saved for this customer is saved, and keeps others out until this transaction ends:
     * a set-up looks at the state after it has locked the same row.
     */
    public static void lock(KeycloakSession session, UserModel customer) {
        session.getProvider(JpaConnectionProvider.class)
                .getEntityManager()
                .find(UserEntity.class, customer.getId(), LockModeType.PESSIMISTIC_WRITE);
    }

    /**
     * Blocks an account.
     *
     * @param before what it was until now; the attribute may say blocked already, if that is how the block was asked for
     */
    public static void block(UserModel customer, AccountState before) {
        customer.setSingleAttribute(CustomerAttributes.STATE_BEFORE_BLOCKED, before.code());
        customer.setSingleAttribute(CustomerAttributes.ACCOUNT_STATE, before.code());
        AccountState.move(customer, AccountState.BLOCKED, Actor.ADMINISTRATOR);
    }

    /** Lifts the block of a blocked account and returns what the account is now. */
    public static AccountState unblock(RealmModel realm, UserModel customer) {
        AccountState target = afterUnblock(realm, customer);
        AccountState.move(customer, target, Actor.ADMINISTRATOR);
        if (target == AccountState.CEASED) {
            // The agency closed it while it was blocked: should the agency reopen it, it goes back to before both.
            AccountState.of(customer.getFirstAttribute(CustomerAttributes.STATE_BEFORE_CEASED))
                    .filter(AccountState.BLOCKED::equals)
                    .ifPresent(mark -> customer.setSingleAttribute(
                            CustomerAttributes.STATE_BEFORE_CEASED, beforeBlock(realm, customer).code()));
        }
        customer.removeAttribute(CustomerAttributes.STATE_BEFORE_BLOCKED);
        return target;
    }

    /** What lifting the block would make of the account. */
    public static AccountState afterUnblock(RealmModel realm, UserModel customer) {
        boolean ceased = customer.getFirstAttribute(CustomerAttributes.STATE_BEFORE_CEASED) != null;
        return ceased ? AccountState.CEASED : beforeBlock(realm, customer);
    }

    private static AccountState beforeBlock(RealmModel realm, UserModel customer) {
        return beforeBlock(
                AccountState.of(customer.getFirstAttribute(CustomerAttributes.STATE_BEFORE_BLOCKED)),
                CustomerDirectory.isRegistered(realm, customer));
    }

    /**
     * What an account was before its block, the agency's closing left aside.
     *
     * @param noted      what the block noted down; empty if nothing was
     * @param registered whether the customer has an online account
     */
    static AccountState beforeBlock(Optional<AccountState> noted, boolean registered) {
        if (!registered) {
            return AccountState.PROVISIONED;
        }
        return noted.filter(AccountState.INACTIVE::equals).orElse(AccountState.REGISTERED);
    }
}
