package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.AccountState.Actor;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.keycloak.models.UserModel;

/** Why credentials are set up; the names are those of the bridge's purposes. */
public enum SetupPurpose {
    /** The first credentials of a customer. */
    REGISTRATION(Set.of(AccountState.PROVISIONED)),
    /** New ones in place of those forgotten, locked for a time, or unused for a year. */
    RECOVERY(Set.of(AccountState.REGISTERED, AccountState.INACTIVE));

    private final Set<AccountState> from;

    SetupPurpose(Set<AccountState> from) {
        this.from = from;
    }

    static Optional<SetupPurpose> of(String code) {
        return Arrays.stream(values()).filter(purpose -> purpose.code().equals(code)).findFirst();
    }

    /** The name on the wire. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Template of the message to the customer's other contacts when it is done. */
    String completedTemplate() {
        return code() + "-completed";
    }

    /**
     * Whether the account may have its credentials set up for this purpose. A registered user whom an administrator has
     * disabled by hand stays closed.
     */
    boolean allowedFor(UserModel customer) {
        return AccountState.of(customer)
                .filter(from::contains)
                .filter(state -> state.mayBecome(AccountState.REGISTERED, Actor.CUSTOMER))
                .filter(state -> state != AccountState.REGISTERED || customer.isEnabled())
                .isPresent();
    }
}
