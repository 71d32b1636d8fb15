package it.areaclienti.keycloak.customers;

import it.areaclienti.keycloak.contacts.Contacts;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * What a record does to the number that the next credential set-up of a customer enrols for codes.
 *
 * <p>A registered customer's stays what it was until a record says that the new one was released (docs/decisions/0029); the
 * contacts on file until then are told. Whoever has no online account enrols what the agency ranks first, and has nothing to
 * lose by it. A number that the agency has dropped receives nothing from this record on, whatever waits.
 */
final class AccessMobileChange {
    /** Whether the record's access mobile applies, or waits, and whether the customer was told of that. */
    enum Verdict {
        APPLIES,
        WAITS_TOLD,
        WAITS_UNTOLD
    }

    private final RealmModel realm;
    private final UserModel customer;
    private final CustomerRecord record;

    AccessMobileChange(RealmModel realm, UserModel customer, CustomerRecord record) {
        this.realm = realm;
        this.customer = customer;
        this.record = record;
    }

    /** @throws RecordRefused when the customer should be told and cannot be now; the same record is then to be sent again */
    Verdict decide(WaitingMobileNotices notices) throws RecordRefused {
        String mobile = record.accessMobile();
        if (mobile == null
                || record.accessMobileReleased()
                || mobile.equals(customer.getFirstAttribute(CustomerAttributes.ACCESS_MOBILE))
                || !CustomerDirectory.isRegistered(realm, customer)) {
            return Verdict.APPLIES;
        }
        if (mobile.equals(customer.getFirstAttribute(CustomerAttributes.WAITING_MOBILE))) {
            return Verdict.WAITS_TOLD;
        }
        try {
            String key = "waiting-mobile-" + customer.getId() + '-' + record.recordHash();
            return notices.tell(realm, customer, contactsUntilNow(), mobile, key)
                    ? Verdict.WAITS_TOLD
                    : Verdict.WAITS_UNTOLD;
        } catch (WaitingMobileNotices.NotNow unavailable) {
            throw new RecordRefused(
                    RecordRefused.NOT_TOLD, "access_mobile", "The customer could not be told of the new number: send it again.");
        }
    }

    /** The agency's attributes as they are to be written. */
    Map<String, List<String>> attributes(Verdict verdict) {
        if (verdict == Verdict.APPLIES) {
            return record.agencyAttributes();
        }
        Map<String, List<String>> attributes = new HashMap<>(record.agencyAttributes());
        String current = customer.getFirstAttribute(CustomerAttributes.ACCESS_MOBILE);
        attributes.put(
                CustomerAttributes.ACCESS_MOBILE, record.mobiles().contains(current) ? List.of(current) : List.of());
        attributes.put(
                CustomerAttributes.WAITING_MOBILE,
                verdict == Verdict.WAITS_TOLD ? List.of(record.accessMobile()) : List.of());
        // Not the whole record was written: sent again, it is looked at again, and answered the same.
        attributes.put(CustomerAttributes.RECORD_HASH, List.of());
        return attributes;
    }

    /** Every contact on file before this record, and the username, which no delivery can write. */
    private Set<String> contactsUntilNow() {
        Set<String> contacts = new LinkedHashSet<>(CustomerDirectory.reachableContacts(customer));
        Contacts.canonicalUsername(customer.getUsername()).ifPresent(contacts::add);
        contacts.remove(record.accessMobile());
        return contacts;
    }
}
