package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.customers.AccountState.Actor;
import it.areaclienti.keycloak.customers.CustomerBulk.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserProvider;
import org.keycloak.models.jpa.UserAdapter;
import org.keycloak.storage.UserStoragePrivateUtil;

/**
 * Writes records into the realm. Touches what belongs to the agency, and nothing else: never credentials, usernames,
 * required actions, or contacts the customer wrote.
 *
 * <p>Users are written past the cache, which would keep each of a batch only to forget it a moment later; whoever is
 * changed is forgotten there.
 */
final class CustomerWriter {
    private final KeycloakSession session;
    private final RealmModel realm;
    private final WaitingMobileNotices notices;
    private final ProfileCheck profile;
    private final UserProvider users;
    private final NewCustomers newcomers;
    private final AttributeRows rows;

    CustomerWriter(KeycloakSession session, RealmModel realm, WaitingMobileNotices notices) {
        this.session = session;
        this.realm = realm;
        this.notices = notices;
        this.profile = new ProfileCheck(session);
        this.users = UserStoragePrivateUtil.userLocalStorage(session);
        this.newcomers = new NewCustomers(session, realm);
        this.rows = new AttributeRows(session.getProvider(JpaConnectionProvider.class).getEntityManager());
    }

    /**
     * Writes a record; a new customer is there after {@link #finish()}.
     *
     * @param entry what stands for this customer, or null for a new one
     */
    Written write(CustomerRecord record, CustomerDirectory.Entry entry) throws RecordRefused {
        if (entry == null) {
            profile.check(record);
            newcomers.add(record);
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

    /** To be called when all records are written. */
    void finish() {
        newcomers.insert();
    }

    /** What became of a record, and of the access mobile it names. */
    record Written(Outcome outcome, AccessMobileChange.Verdict mobile) {}

    private AccessMobileChange.Verdict update(CustomerRecord record, UserAdapter user) throws RecordRefused {
        AccessMobileChange change = new AccessMobileChange(realm, user, record);
        profile.check(record, user);
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
}
