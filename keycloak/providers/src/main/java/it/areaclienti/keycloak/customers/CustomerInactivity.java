package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.customers.AccountState.Actor;
import java.util.List;
import org.keycloak.models.UserModel;

/** What a year without access does to an account: the calendar's one move in the table of account states. */
public final class CustomerInactivity {
    private static final List<String> WAYS_BACK =
            List.of(CustomerAttributes.STATE_BEFORE_CEASED, CustomerAttributes.STATE_BEFORE_BLOCKED);

    private CustomerInactivity() {}

    /**
     * Makes a registered account inactive. One that the agency or an administrator has closed stays closed, and becomes
     * inactive instead of registered when it is reopened: the year has passed for it as well.
     *
     * @return whether the account was open until now
     */
    public static boolean close(UserModel customer) {
        AccountState now = AccountState.of(customer).orElse(AccountState.PROVISIONED);
        if (now.mayBecome(AccountState.INACTIVE, Actor.CALENDAR) && now != AccountState.INACTIVE) {
            AccountState.move(customer, AccountState.INACTIVE, Actor.CALENDAR);
            return true;
        }
        if (now == AccountState.CEASED || now == AccountState.BLOCKED) {
            WAYS_BACK.stream()
                    .filter(way -> AccountState.REGISTERED.code().equals(customer.getFirstAttribute(way)))
                    .toList()
                    .forEach(way -> customer.setSingleAttribute(way, AccountState.INACTIVE.code()));
        }
        return false;
    }
}
