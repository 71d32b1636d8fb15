package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.contacts.MobileMask;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * Which number receives a customer's codes. It is the agency's first choice at the moment the customer proves a contact, and no
 * other way leads to a number: no page takes one, and a delivery that changes the contacts moves nothing by itself.
 */
public final class AccessMobile {
    private AccessMobile() {}

    /** The credential whose number may receive a code: it must still be among the customer's current mobiles. */
    public static Optional<SmsOtpCredentialModel> usable(UserModel customer) {
        return SmsOtpCredentials.find(customer)
                .filter(credential -> customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE) != null)
                .filter(credential -> onFile(customer, credential.mobile()));
    }

    /**
     * Makes the agency's first choice the number that receives the codes, unless there is none, or an administrator took that
     * very number away. A customer without a number signs in and is told so at the SMS step.
     */
    public static void enrol(RealmModel realm, UserModel customer) {
        String mobile = customer.getFirstAttribute(CustomerAttributes.ACCESS_MOBILE);
        if (mobile == null || !onFile(customer, mobile)) {
            return;
        }
        String label = MobileMask.of(realm.getAttribute(MobileMask.REALM_ATTRIBUTE)).mask(mobile);
        if (customer.getAttributeStream(CustomerAttributes.WITHDRAWN_MOBILES).noneMatch(label::equals)) {
            SmsOtpCredentials.replace(customer, mobile, label);
        }
    }

    /**
     * Remembers that an administrator took a number away, a lost or stolen phone's: whoever holds it now could otherwise get it
     * back by a recovery.
     *
     * @param label the number as it was shown, masked
     */
    static void withdraw(UserModel customer, String label) {
        List<String> withdrawn = new ArrayList<>(
                customer.getAttributeStream(CustomerAttributes.WITHDRAWN_MOBILES).toList());
        if (label != null && !withdrawn.contains(label)) {
            withdrawn.add(label);
            customer.setAttribute(CustomerAttributes.WITHDRAWN_MOBILES, withdrawn);
        }
    }

    private static boolean onFile(UserModel customer, String mobile) {
        return Stream.of(CustomerAttributes.MOBILE_AGENCY, CustomerAttributes.MOBILE_CUSTOMER)
                .flatMap(customer::getAttributeStream)
                .anyMatch(mobile::equals);
    }
}
