package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerBulk.Outcome;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.userprofile.UserProfileContext;
import org.keycloak.userprofile.UserProfileProvider;
import org.keycloak.userprofile.ValidationException;

/**
 * Writes one record into the realm. Touches what belongs to the agency, and nothing else: never credentials, usernames,
 * required actions, or contacts the customer wrote.
 */
final class CustomerWriter {
    /** Errors of Keycloak's profile and of ours that tell staff, and nobody else, to leave a value alone. */
    private static final Set<String> NOT_FOR_STAFF = Set.of("error-user-attribute-read-only", "areaClientiAgencyOwned");

    private final KeycloakSession session;
    private final RealmModel realm;
    private final WaitingMobileNotices notices;
    private final UserProfileProvider profiles;

    CustomerWriter(KeycloakSession session, RealmModel realm, WaitingMobileNotices notices) {
        this.session = session;
        this.realm = realm;
        this.notices = notices;
        this.profiles = session.getProvider(UserProfileProvider.class);
    }

    /** @param entry what stands for this customer, or null for a new one */
    Written write(CustomerRecord record, CustomerDirectory.Entry entry) throws RecordRefused {
        if (entry == null) {
            create(record);
            return new Written(Outcome.CREATED, AccessMobileChange.Verdict.APPLIES);
        }
        if (record.recordHash().equals(entry.recordHash())) {
            return new Written(Outcome.UNCHANGED, AccessMobileChange.Verdict.APPLIES);
        }
        return new Written(Outcome.UPDATED, update(record, session.users().getUserById(realm, entry.userId())));
    }

    /** What became of a record, and of the access mobile it names. */
    record Written(Outcome outcome, AccessMobileChange.Verdict mobile) {}

    private void create(CustomerRecord record) throws RecordRefused {
        AccountState state = record.ceased() ? AccountState.CEASED : AccountState.PROVISIONED;
        Map<String, List<String>> attributes = new HashMap<>(record.agencyAttributes());
        attributes.put(UserModel.USERNAME, List.of(record.provisionalUsername()));
        addNames(attributes, record);
        checkProfile(attributes, null);
        UserModel user = session.users()
                .addUser(realm, KeycloakModelUtils.generateId(), record.provisionalUsername(), true, true);
        user.setEnabled(state.enabled());
        writeAgencyPart(user, record, record.agencyAttributes());
        user.setAttribute(CustomerAttributes.ACCOUNT_STATE, List.of(state.code()));
        if (record.ceased()) {
            user.setSingleAttribute(CustomerAttributes.STATE_BEFORE_CEASED, AccountState.PROVISIONED.code());
        }
    }

    private AccessMobileChange.Verdict update(CustomerRecord record, UserModel user) throws RecordRefused {
        AccessMobileChange change = new AccessMobileChange(realm, user, record);
        Map<String, List<String>> attributes = new HashMap<>(user.getAttributes());
        attributes.putAll(record.agencyAttributes());
        attributes.put(UserModel.USERNAME, List.of(user.getUsername()));
        addNames(attributes, record);
        checkProfile(attributes, user);
        // While the contacts still are what they were: it is those that are told.
        AccessMobileChange.Verdict verdict = change.decide(notices);
        writeAgencyPart(user, record, change.attributes(verdict));
        writeState(user, record.ceased());
        return verdict;
    }

    private void writeAgencyPart(UserModel user, CustomerRecord record, Map<String, List<String>> agencyAttributes) {
        if (!Objects.equals(user.getFirstName(), record.firstName())) {
            user.setFirstName(record.firstName());
        }
        if (!Objects.equals(user.getLastName(), record.lastName())) {
            user.setLastName(record.lastName());
        }
        agencyAttributes.forEach((name, values) -> {
            // Order matters to nobody but the reader of the console; the same values are left alone.
            if (!values.equals(user.getAttributeStream(name).toList())) {
                user.setAttribute(name, values);
            }
        });
    }

    /** Deliveries set and clear `ceased` and nothing else. The attribute that remembers what was before is also the mark that
     * the agency has closed the account, for an administrator who lifts a block that stood over it. */
    private void writeState(UserModel user, boolean ceased) {
        AccountState now = AccountState.of(user).orElse(AccountState.PROVISIONED);
        AccountState before = AccountState.of(user.getFirstAttribute(CustomerAttributes.STATE_BEFORE_CEASED)).orElse(null);
        if (ceased && before == null) {
            user.setSingleAttribute(CustomerAttributes.STATE_BEFORE_CEASED, now.code());
            if (now.mayBecome(AccountState.CEASED, Actor.SYNC)) {
                AccountState.move(user, AccountState.CEASED, Actor.SYNC);
            }
        } else if (!ceased && before != null) {
            user.removeAttribute(CustomerAttributes.STATE_BEFORE_CEASED);
            AccountState target = afterCeased(user, before);
            if (now == AccountState.CEASED && now.mayBecome(target, Actor.SYNC)) {
                AccountState.move(user, target, Actor.SYNC);
            } else if (now == AccountState.BLOCKED && before != AccountState.BLOCKED) {
                // The block stays; lifting it must not find the account closed by an agency that reopened it.
                user.setSingleAttribute(CustomerAttributes.STATE_BEFORE_BLOCKED, target.code());
            }
        }
    }

    /** A registration saved in the very moment the account was ceased is not forgotten. */
    private AccountState afterCeased(UserModel user, AccountState before) {
        return before == AccountState.PROVISIONED && CustomerDirectory.isRegistered(realm, user)
                ? AccountState.REGISTERED
                : before;
    }

    private void checkProfile(Map<String, List<String>> attributes, UserModel user) throws RecordRefused {
        try {
            (user == null
                            ? profiles.create(UserProfileContext.USER_API, attributes)
                            : profiles.create(UserProfileContext.USER_API, attributes, user))
                    .validate();
        } catch (ValidationException refused) {
            // That a value may not be edited in the console is no reason to refuse it from the agency, whose it is.
            Optional<String> field = refused.getErrors().stream()
                    .filter(error -> !NOT_FOR_STAFF.contains(error.getMessage()))
                    .map(ValidationException.Error::getAttribute)
                    .findFirst();
            if (field.isPresent()) {
                throw new RecordRefused(
                        RecordRefused.PROFILE, field.get(), "The realm's user profile does not take this value.");
            }
        }
    }

    private static void addNames(Map<String, List<String>> attributes, CustomerRecord record) {
        attributes.put(UserModel.FIRST_NAME, record.firstName() == null ? List.of() : List.of(record.firstName()));
        attributes.put(UserModel.LAST_NAME, record.lastName() == null ? List.of() : List.of(record.lastName()));
    }
}
