package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.contacts.Channel;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RoleModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.cache.UserCache;
import org.keycloak.models.jpa.entities.UserEntity;
import org.keycloak.storage.UserStorageUtil;

/** Finds customers, exactly and by an index, never by scanning. */
public final class CustomerDirectory {
    private final KeycloakSession session;
    private final RealmModel realm;

    public CustomerDirectory(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realm = realm;
    }

    /** Where the record of a customer stands: the user's id and the hash of the record last written. */
    record Entry(String userId, String recordHash) {
        boolean holds(CustomerRecord record) {
            return record.recordHash().equals(recordHash);
        }
    }

    /** The customer with this code (upper case), or empty; also empty if two users claim it, which nothing here allows. */
    public Optional<UserModel> byCode(String customerCode) {
        try (Stream<UserModel> users = session.users()
                .searchForUserByUserAttributeStream(realm, CustomerAttributes.CUSTOMER_CODE, customerCode)) {
            List<UserModel> found = users.limit(2).toList();
            return found.size() == 1 ? fresh(found.get(0)) : Optional.empty();
        }
    }

    /** All customers whose contacts hold this canonical contact, and the one whose username it is. */
    public List<UserModel> byContact(String contact) {
        List<String> attributes = Channel.ofUsername(contact) == Channel.EMAIL
                ? List.of(CustomerAttributes.EMAIL_AGENCY, CustomerAttributes.EMAIL_CUSTOMER)
                : List.of(
                        CustomerAttributes.MOBILE_AGENCY,
                        CustomerAttributes.MOBILE_CUSTOMER,
                        CustomerAttributes.LANDLINE_AGENCY);
        Map<String, UserModel> found = new LinkedHashMap<>();
        Optional.ofNullable(session.users().getUserByUsername(realm, contact))
                .filter(CustomerDirectory::isCustomer)
                .ifPresent(user -> found.put(user.getId(), user));
        for (String attribute : attributes) {
            try (Stream<UserModel> users =
                    session.users().searchForUserByUserAttributeStream(realm, attribute, contact)) {
                users.filter(CustomerDirectory::isCustomer).forEach(user -> found.putIfAbsent(user.getId(), user));
            }
        }
        return List.copyOf(found.values());
    }

    /**
     * The entries of many customers in one query. Unknown codes are absent.
     */
    Map<String, Entry> entries(Collection<String> customerCodes) {
        if (customerCodes.isEmpty()) {
            return Map.of();
        }
        List<Object[]> rows = session.getProvider(JpaConnectionProvider.class)
                .getEntityManager()
                .createQuery(
                        "select code.value, user.id, hash.value from UserAttributeEntity code join code.user user"
                                + " left join UserAttributeEntity hash on hash.user = user and hash.name = :hash"
                                + " where code.name = :code and code.value in (:codes) and user.realmId = :realm",
                        Object[].class)
                .setParameter("hash", CustomerAttributes.RECORD_HASH)
                .setParameter("code", CustomerAttributes.CUSTOMER_CODE)
                .setParameter("codes", customerCodes)
                .setParameter("realm", realm.getId())
                .getResultList();
        Map<String, Entry> entries = new HashMap<>();
        for (Object[] row : rows) {
            entries.put((String) row[0], new Entry((String) row[1], (String) row[2]));
        }
        return entries;
    }

    /** Loads users and their attributes in one query, for those who will ask for them one by one in this session. */
    void load(Collection<String> userIds) {
        if (userIds.isEmpty()) {
            return;
        }
        session.getProvider(JpaConnectionProvider.class)
                .getEntityManager()
                .createQuery(
                        "select user from UserEntity user left join fetch user.attributes where user.id in (:ids)",
                        UserEntity.class)
                .setParameter("ids", userIds)
                .getResultList();
    }

    /** Those of the usernames (lower case) that somebody has. */
    Set<String> usernames(Collection<String> usernames) {
        if (usernames.isEmpty()) {
            return Set.of();
        }
        return Set.copyOf(session.getProvider(JpaConnectionProvider.class)
                .getEntityManager()
                .createQuery(
                        "select user.username from UserEntity user"
                                + " where user.realmId = :realm and user.username in (:usernames)",
                        String.class)
                .setParameter("realm", realm.getId())
                .setParameter("usernames", usernames)
                .getResultList());
    }

    /** Makes the cache ask the database again for a user: in this transaction at once, for the others when it ends. */
    static void forget(KeycloakSession session, RealmModel realm, UserModel user) {
        UserCache cache = UserStorageUtil.userCache(session);
        if (cache != null) {
            cache.evict(realm, user);
        }
    }

    /** Contacts that can receive a code: the agency's first, then those the customer wrote. */
    public static Set<String> reachableContacts(UserModel customer) {
        Set<String> contacts = new LinkedHashSet<>();
        Stream.concat(CustomerAttributes.AGENCY_REACHABLE.stream(), CustomerAttributes.CUSTOMER_REACHABLE.stream())
                .flatMap(customer::getAttributeStream)
                .forEach(contacts::add);
        return contacts;
    }

    /** Whether the agency itself has this contact on file. */
    public static boolean agencyHolds(UserModel customer, String contact) {
        return CustomerAttributes.AGENCY_REACHABLE.stream()
                .flatMap(customer::getAttributeStream)
                .anyMatch(contact::equals);
    }

    /** Whether the customer has an online account: carries the realm role {@code registered}. */
    public static boolean isRegistered(RealmModel realm, UserModel customer) {
        RoleModel role = realm.getRole(CustomerAttributes.REGISTERED_ROLE);
        return role != null && customer.hasDirectRole(role);
    }

    /** Whether a user is a customer: has a customer code, which staff and service accounts have not. */
    public static boolean isCustomer(UserModel user) {
        return user.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE) != null;
    }

    /** The same user through the session's cache, so that what this session has written is seen. */
    private Optional<UserModel> fresh(UserModel user) {
        return Optional.ofNullable(session.users().getUserById(realm, user.getId()));
    }
}
