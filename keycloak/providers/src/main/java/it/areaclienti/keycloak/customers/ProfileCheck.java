package it.areaclienti.keycloak.customers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.UserModel;
import org.keycloak.userprofile.Attributes;
import org.keycloak.userprofile.DefaultAttributes;
import org.keycloak.userprofile.UserProfileContext;
import org.keycloak.userprofile.UserProfileProvider;

/**
 * Holds what records write against the realm's user profile.
 *
 * <p>Only what is written is looked at: the username is made of the code, and a bad value of somebody else's is not the
 * agency's fault.
 */
final class ProfileCheck {
    /** Errors of Keycloak's profile and of ours that tell staff, and nobody else, to leave a value alone. */
    private static final Set<String> NOT_FOR_STAFF = Set.of("error-user-attribute-read-only", "areaClientiAgencyOwned");

    private final UserProfileProvider profiles;
    /** The profile of a user who does not exist yet is the same for all of them: only the values change. */
    private final DefaultAttributes nobodys;

    ProfileCheck(KeycloakSession session) {
        this.profiles = session.getProvider(UserProfileProvider.class);
        this.nobodys = (DefaultAttributes)
                profiles.create(UserProfileContext.USER_API, Map.of()).getAttributes();
    }

    /** Checks the record of a customer whom the realm does not have yet. */
    void check(CustomerRecord record) throws RecordRefused {
        Map<String, List<String>> written = written(record);
        nobodys.putAll(written);
        check(nobodys, written.keySet());
    }

    /** Checks the record of this user. */
    void check(CustomerRecord record, UserModel user) throws RecordRefused {
        Map<String, List<String>> written = written(record);
        Map<String, List<String>> attributes = new HashMap<>(user.getAttributes());
        attributes.putAll(written);
        check(profiles.create(UserProfileContext.USER_API, attributes, user).getAttributes(), written.keySet());
    }

    /** What the record writes, as the realm's user profile sees it. */
    private static Map<String, List<String>> written(CustomerRecord record) {
        Map<String, List<String>> written = new HashMap<>(record.agencyAttributes());
        written.put(UserModel.FIRST_NAME, record.firstName() == null ? List.of() : List.of(record.firstName()));
        written.put(UserModel.LAST_NAME, record.lastName() == null ? List.of() : List.of(record.lastName()));
        return written;
    }

    @SuppressWarnings("unchecked") // varargs of a generic type
    private static void check(Attributes profile, Set<String> written) throws RecordRefused {
        List<String> refused = new ArrayList<>();
        for (String name : written) {
            profile.validate(name, error -> {
                // That a value may not be edited in the console is no reason to refuse it from the agency, whose it is.
                if (!NOT_FOR_STAFF.contains(error.getMessage())) {
                    refused.add(name);
                }
            });
        }
        if (!refused.isEmpty()) {
            throw new RecordRefused(
                    RecordRefused.PROFILE, refused.get(0), "The realm's user profile does not take this value.");
        }
    }
}
