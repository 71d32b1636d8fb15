package it.areaclienti.keycloak.customers;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.keycloak.models.UserModel;

/**
 * The life of a customer's account, kept in the user attribute {@code account_state}; {@code enabled} follows it.
 *
 * <p>One table says who may move an account and where to; {@code domain/accounts.py} holds the same for the other parts.
 */
public enum AccountState {
    /** Known from the agency, without credentials. */
    PROVISIONED,
    /** Has an online account; the only state in which the user is enabled. */
    REGISTERED,
    /** A year without access: recovery reopens it. */
    INACTIVE,
    /** Closed by the agency: only the agency's records reopen it. */
    CEASED,
    /** Closed by an administrator, whatever a delivery says; only an administrator reopens it. */
    BLOCKED;

    /** Who moves an account. */
    public enum Actor {
        /** The customer, with a contact just proved or a confirmed operation. */
        CUSTOMER,
        /** The agency's delivery. */
        SYNC,
        /** The workflow: a year without access. */
        CALENDAR,
        ADMINISTRATOR
    }

    private static final Map<AccountState, Map<AccountState, Set<Actor>>> TABLE = table();

    private static Map<AccountState, Map<AccountState, Set<Actor>>> table() {
        Map<AccountState, Map<AccountState, Set<Actor>>> table = new EnumMap<>(AccountState.class);
        table.put(PROVISIONED, Map.of(
                REGISTERED, EnumSet.of(Actor.CUSTOMER),
                CEASED, EnumSet.of(Actor.SYNC),
                BLOCKED, EnumSet.of(Actor.ADMINISTRATOR)));
        table.put(REGISTERED, Map.of(
                INACTIVE, EnumSet.of(Actor.CALENDAR),
                // Cancellation: the credentials go and the customer may register again.
                PROVISIONED, EnumSet.of(Actor.CUSTOMER, Actor.ADMINISTRATOR),
                CEASED, EnumSet.of(Actor.SYNC),
                BLOCKED, EnumSet.of(Actor.ADMINISTRATOR)));
        table.put(INACTIVE, Map.of(
                REGISTERED, EnumSet.of(Actor.CUSTOMER),
                PROVISIONED, EnumSet.of(Actor.ADMINISTRATOR),
                CEASED, EnumSet.of(Actor.SYNC),
                BLOCKED, EnumSet.of(Actor.ADMINISTRATOR)));
        table.put(CEASED, Map.of(
                // Back to where the account came from.
                PROVISIONED, EnumSet.of(Actor.SYNC),
                REGISTERED, EnumSet.of(Actor.SYNC),
                INACTIVE, EnumSet.of(Actor.SYNC),
                BLOCKED, EnumSet.of(Actor.ADMINISTRATOR)));
        table.put(BLOCKED, Map.of(
                // Back to where the account came from; to ceased, if the agency closed it in the meantime.
                PROVISIONED, EnumSet.of(Actor.ADMINISTRATOR),
                REGISTERED, EnumSet.of(Actor.ADMINISTRATOR),
                INACTIVE, EnumSet.of(Actor.ADMINISTRATOR),
                CEASED, EnumSet.of(Actor.ADMINISTRATOR)));
        return table;
    }

    /** The state of a customer; empty for users that are not customers, and for names the table does not know. */
    public static Optional<AccountState> of(UserModel user) {
        return of(user.getFirstAttribute(CustomerAttributes.ACCOUNT_STATE));
    }

    /** The state of this name; empty for null and for names the table does not know. */
    public static Optional<AccountState> of(String code) {
        return Arrays.stream(values()).filter(state -> state.code().equals(code)).findFirst();
    }

    /** The name kept in the attribute. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a user in this state may sign in. */
    public boolean enabled() {
        return this == REGISTERED;
    }

    /** Whether {@code actor} may move an account from here to {@code target}; staying is always allowed. */
    public boolean mayBecome(AccountState target, Actor actor) {
        return this == target || TABLE.get(this).getOrDefault(target, Set.of()).contains(actor);
    }

    /**
     * Moves the user to {@code target}, {@code enabled} with it.
     *
     * @throws IllegalStateException when the table does not let {@code actor} do so
     */
    public static void move(UserModel user, AccountState target, Actor actor) {
        AccountState before = of(user).orElseThrow(() -> new IllegalStateException("not a customer"));
        if (!before.mayBecome(target, actor)) {
            throw new IllegalStateException(actor + " may not move an account from " + before + " to " + target);
        }
        user.setSingleAttribute(CustomerAttributes.ACCOUNT_STATE, target.code());
        user.setEnabled(target.enabled());
    }
}
