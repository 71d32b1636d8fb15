package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerBulk.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserProvider;
import org.keycloak.models.jpa.UserAdapter;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.storage.UserStoragePrivateUtil;
import org.keycloak.userprofile.Attributes;
import org.keycloak.userprofile.UserProfileContext;
import org.keycloak.userprofile.UserProfileProvider;

/**
 * Writes one record into the realm. Touches what belongs to the agency, and nothing else: never credentials, usernames,
 * required actions, or contacts the customer wrote.
 *
 * <p>Users are written past the cache, which would keep each of a batch only to forget it a moment later; whoever is
 * changed is forgotten there.
 */
final class CustomerWriter {
    /** Errors of Keycloak's profile and of ours that tell staff, and nobody else, to leave a value alone. */
    private static final Set<String> NOT_FOR_STAFF = Set.of("error-user-attribute-read-only", "areaClientiAgencyOwned");

    private final KeycloakSession session;
    private final RealmModel realm;
    private final WaitingMobileNotices notices;
    private final UserProfileProvider profiles;
    private final UserProvider users;
    private final AttributeRows rows;

    CustomerWriter(KeycloakSession session, RealmModel realm, WaitingMobileNotices notices) {
        this.session = session;
        this.realm = realm;
        this.notices = notices;
        this.profiles = session.getProvider(UserProfileProvider.class);
        this.users = UserStoragePrivateUtil.userLocalStorage(session);
        this.rows = new AttributeRows(session.getProvider(JpaConnectionProvider.class).getEntityManager());
    }

    /** @param entry what stands for this customer, or null for a new one */
    Written write(CustomerRecord record, CustomerDirectory.Entry entry) throws RecordRefused {
        if (entry == null) {
            create(record);
            return new Written(Outcome.CREATED, AccessMobileChange.Verdict.APPLIES);
        }
        if (entry.holds(record)) {
            return new Written(Outcome.UNCHANGED, AccessMobileChange.Verdict.APPLIES);
        }
        UserAdapter user = (UserAdapter) users.getUserById(realm, entry.userId());
        AccessMobileChange.Verdict verdict = update(record, user);
        CustomerDirectory.forget(session, realm, user);
        return new Written(Outcome.UPDATED, verdict);
    }

    /** What became of a record, and of the access mobile it names. */
    record Written(Outcome outcome, AccessMobileChange.Verdict mobile) {}

    private void create(CustomerRecord record) throws RecordRefused {
        AccountState state = record.ceased() ? AccountState.CEASED : AccountState.PROVISIONED;
        Map<String, List<String>> written = written(record);
        checkProfile(profiles.create(UserProfileContext.USER_API, written).getAttributes(), written.keySet());
        UserAdapter user = (UserAdapter)
                users.addUser(realm, KeycloakModelUtils.generateId(), record.provisionalUsername(), false, true);
        giveDefaults(user);
        user.setEnabled(state.enabled());
        writeAgencyPart(user, record, record.agencyAttributes());
        rows.set(user, CustomerAttributes.ACCOUNT_STATE, List.of(state.code()));
        if (record.ceased()) {
            rows.set(user, CustomerAttributes.STATE_BEFORE_CEASED, List.of(AccountState.PROVISIONED.code()));
        }
    }

    private AccessMobileChange.Verdict update(CustomerRecord record, UserAdapter user) throws RecordRefused {
        AccessMobileChange change = new AccessMobileChange(realm, user, record);
        Map<String, List<String>> written = written(record);
        Map<String, List<String>> attributes = new HashMap<>(user.getAttributes());
        attributes.putAll(written);
        checkProfile(profiles.create(UserProfileContext.USER_API, attributes, user).getAttributes(), written.keySet());
        // While the contacts still are what they were: it is those that are told.
        AccessMobileChange.Verdict verdict = change.decide(notices);
        writeAgencyPart(user, record, change.attributes(verdict));
        writeState(user, record.ceased());
        return verdict;
    }

    private void writeAgencyPart(UserAdapter user, CustomerRecord record, Map<String, List<String>> agencyAttributes) {
        if (!Objects.equals(user.getFirstName(), record.firstName())) {
            user.setFirstName(record.firstName());
        }
        if (!Objects.equals(user.getLastName(), record.lastName())) {
            user.setLastName(record.lastName());
        }
        agencyAttributes.forEach((name, values) -> rows.set(user, name, values));
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

    /** What the record writes, as the realm's user profile sees it. */
    private static Map<String, List<String>> written(CustomerRecord record) {
        Map<String, List<String>> written = new HashMap<>(record.agencyAttributes());
        written.put(UserModel.FIRST_NAME, record.firstName() == null ? List.of() : List.of(record.firstName()));
        written.put(UserModel.LAST_NAME, record.lastName() == null ? List.of() : List.of(record.lastName()));
        return written;
    }

    /** Only what is written is looked at: the username is made of the code, and a bad value of somebody else's is not
     * the agency's fault. */
    @SuppressWarnings("unchecked") // varargs of a generic type
    private static void checkProfile(Attributes profile, Set<String> written) throws RecordRefused {
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

    /** As {@code addUser} gives them, without asking first whether a user just made has them already, and without waking
     * the workflows: the default role is no sign of life. */
    private void giveDefaults(UserAdapter user) {
        user.grantRoleImpl(realm.getDefaultRole());
        realm.getDefaultGroupsStream().forEach(user::joinGroup);
    }
}
