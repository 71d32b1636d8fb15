package it.areaclienti.keycloak.credentials;

import java.util.List;
import java.util.Optional;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.utils.FormMessage;
import org.keycloak.policy.PasswordPolicyManagerProvider;
import org.keycloak.policy.PolicyError;
import org.keycloak.services.messages.Messages;

/** The password as typed, twice, and what the realm's policy says to it before anything is written. */
record NewPassword(String value, String confirmation) {
    static final String FIELD = "password-new";
    static final String CONFIRM_FIELD = "password-confirm";

    /** What is wrong with it, field by field; empty when it can be saved. */
    List<FormMessage> errors(KeycloakSession session, RealmModel realm, UserModel customer, String username) {
        if (value == null || value.isBlank()) {
            return List.of(new FormMessage(FIELD, Messages.MISSING_PASSWORD));
        }
        if (!value.equals(confirmation)) {
            return List.of(new FormMessage(CONFIRM_FIELD, Messages.NOTMATCH_PASSWORD));
        }
        PasswordPolicyManagerProvider policies = session.getProvider(PasswordPolicyManagerProvider.class);
        // Once for what depends on the customer (history), once for what depends on the username they are about to get.
        return Optional.ofNullable(policies.validate(realm, customer, value))
                .or(() -> Optional.ofNullable(policies.validate(username, value)))
                .map(NewPassword::message)
                .map(List::of)
                .orElse(List.of());
    }

    private static FormMessage message(PolicyError error) {
        return new FormMessage(FIELD, error.getMessage(), error.getParameters());
    }

    @Override
    public String toString() {
        return "NewPassword";
    }
}
