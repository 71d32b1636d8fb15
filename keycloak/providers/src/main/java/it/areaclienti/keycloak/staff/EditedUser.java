package it.areaclienti.keycloak.staff;

import it.areaclienti.keycloak.customers.CustomerDirectory;
import java.util.Optional;
import org.keycloak.models.UserModel;
import org.keycloak.userprofile.UserProfileAttributeValidationContext;
import org.keycloak.validate.ValidationContext;

/** Whom an edit of the user profile is about, as its validators ask. */
final class EditedUser {
    private EditedUser() {}

    /** The user as stored, before the edit; empty while a new one is being made. */
    static Optional<UserModel> of(ValidationContext context) {
        return Optional.ofNullable(UserProfileAttributeValidationContext.from(context)
                .getAttributeContext()
                .getUser());
    }

    /** The same where that user is a customer. */
    static Optional<UserModel> customer(ValidationContext context) {
        return of(context).filter(CustomerDirectory::isCustomer);
    }
}
