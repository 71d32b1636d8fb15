package it.areaclienti.keycloak.staff;

import java.util.List;
import java.util.Objects;
import org.keycloak.validate.SimpleValidator;
import org.keycloak.validate.ValidationContext;
import org.keycloak.validate.ValidationError;
import org.keycloak.validate.ValidatorConfig;

/**
 * User profile validator {@code area-clienti-agency-owned}: what a customer and a member of staff both have (names, email),
 * and only staff's may be edited. Attributes that customers alone have are simply not editable in the realm's profile.
 *
 * <p>An administrator who could give a customer an email could have Keycloak send a password link to it.
 */
public final class AgencyOwnedValidator implements SimpleValidator {
    public static final String ID = "area-clienti-agency-owned";
    static final String MESSAGE = "areaClientiAgencyOwned";

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public ValidationContext validate(Object input, String name, ValidationContext context, ValidatorConfig config) {
        boolean changed = EditedUser.customer(context)
                .map(customer -> customer.getAttributeStream(name).filter(Objects::nonNull).toList())
                .filter(before -> !before.equals(written(input)))
                .isPresent();
        if (changed) {
            context.addError(new ValidationError(ID, name, MESSAGE));
        }
        return context;
    }

    private static List<String> written(Object input) {
        return input instanceof List<?> values
                ? values.stream().map(Objects::toString).filter(value -> !value.isBlank()).toList()
                : List.of();
    }
}
