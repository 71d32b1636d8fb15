package it.areaclienti.keycloak.staff;

import it.areaclienti.keycloak.cancellation.AccountCancellation;
import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerBlock;
import java.util.List;
import java.util.Optional;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.validate.SimpleValidator;
import org.keycloak.validate.ValidationContext;
import org.keycloak.validate.ValidationError;
import org.keycloak.validate.ValidatorConfig;

/**
 * User profile validator {@code area-clienti-account-state} of the attribute {@code account_state}: in the console it is set
 * to blocked, from blocked back to what the account was, and from an online account to not registered, which cancels it.
 * Registration, recovery and the agency's records move it on ways of their own, which do more than change a word.
 *
 * <p>It also notes what the account is before the change, for {@link AccountStateListener}.
 */
public final class AccountStateValidator implements SimpleValidator {
    public static final String ID = "area-clienti-account-state";
    static final String MESSAGE_MOVE = "areaClientiStateMove";
    static final String MESSAGE_UNBLOCK = "areaClientiStateUnblock";
    static final String MESSAGE_NO_CUSTOMER = "areaClientiStateNoCustomer";

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public ValidationContext validate(Object input, String name, ValidationContext context, ValidatorConfig config) {
        String written = input instanceof List<?> values && !values.isEmpty() ? String.valueOf(values.get(0)) : "";
        EditedUser.of(context).ifPresent(user -> AccountBefore.note(context.getSession(), user));
        EditedUser.customer(context)
                .map(customer -> refusal(context.getSession().getContext().getRealm(), customer, name, written))
                .orElseGet(() -> written.isBlank()
                        ? Optional.empty()
                        : Optional.of(new ValidationError(ID, name, MESSAGE_NO_CUSTOMER)))
                .ifPresent(context::addError);
        return context;
    }

    private static Optional<ValidationError> refusal(RealmModel realm, UserModel customer, String name, String written) {
        AccountState before = AccountState.of(customer).orElse(null);
        AccountState reopened = before == AccountState.BLOCKED ? CustomerBlock.afterUnblock(realm, customer) : null;
        if (allowed(before, written, reopened)) {
            return Optional.empty();
        }
        return Optional.of(
                reopened == null
                        ? new ValidationError(ID, name, MESSAGE_MOVE)
                        : new ValidationError(ID, name, MESSAGE_UNBLOCK, reopened.code()));
    }

    /**
     * Whether the console may write this state.
     *
     * @param before   what the account is; null if it has no state
     * @param reopened what a blocked account goes back to; null if it is not blocked
     */
    static boolean allowed(AccountState before, String written, AccountState reopened) {
        Optional<AccountState> after = AccountState.of(written);
        if (before == null || after.isEmpty()) {
            return false;
        }
        AccountState target = after.get();
        if (before == target) {
            return true;
        }
        if (target == AccountState.PROVISIONED && AccountCancellation.allowed(before, Actor.ADMINISTRATOR)) {
            return true;
        }
        return before.mayBecome(target, Actor.ADMINISTRATOR)
                && (target == AccountState.BLOCKED || target == reopened);
    }
}
