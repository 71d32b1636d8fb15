package it.areaclienti.keycloak.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import it.areaclienti.keycloak.smscode.SmsOtpCredentials;
import java.util.stream.Stream;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.util.JsonSerialization;

/** What the other parts see of a customer. */
final class CustomerView {
    private CustomerView() {}

    /** Answer of {@code GET customers/{customer_code}}. */
    static ObjectNode whole(RealmModel realm, UserModel customer) {
        ObjectNode body = JsonSerialization.mapper.createObjectNode();
        boolean registered = CustomerDirectory.isRegistered(realm, customer);
        body.put("customer_code", customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE));
        body.put("kind", customer.getFirstAttribute(CustomerAttributes.CUSTOMER_KIND));
        body.put("account_state", customer.getFirstAttribute(CustomerAttributes.ACCOUNT_STATE));
        body.put("enabled", customer.isEnabled());
        body.put("registered", registered);
        body.put("username", customer.getUsername());
        fill(body.putArray("emails"), customer, CustomerAttributes.EMAIL_AGENCY, CustomerAttributes.EMAIL_CUSTOMER);
        fill(body.putArray("mobiles"), customer, CustomerAttributes.MOBILE_AGENCY, CustomerAttributes.MOBILE_CUSTOMER);
        body.put("has_access_mobile", hasAccessMobile(customer, registered));
        return body;
    }

    /** Answer of {@code POST customers/{customer_code}/state}. */
    static ObjectNode state(UserModel customer) {
        ObjectNode body = JsonSerialization.mapper.createObjectNode();
        body.put("customer_code", customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE));
        body.put("account_state", customer.getFirstAttribute(CustomerAttributes.ACCOUNT_STATE));
        body.put("enabled", customer.isEnabled());
        return body;
    }

    /** One element of the answer of {@code GET customers?contact=}. */
    static ObjectNode brief(RealmModel realm, UserModel customer, String contact) {
        ObjectNode body = JsonSerialization.mapper.createObjectNode();
        body.put("customer_code", customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE));
        body.put("account_state", customer.getFirstAttribute(CustomerAttributes.ACCOUNT_STATE));
        body.put("registered", CustomerDirectory.isRegistered(realm, customer));
        body.put("is_username", contact.equals(customer.getUsername()));
        body.put("on_file", CustomerDirectory.reachableContacts(customer).contains(contact));
        body.put(
                "is_access_mobile",
                SmsOtpCredentials.find(customer)
                        .filter(credential -> contact.equals(credential.mobile()))
                        .isPresent());
        return body;
    }

    /** Registered customers have the credential; the others would get it from the record. */
    private static boolean hasAccessMobile(UserModel customer, boolean registered) {
        return registered
                ? SmsOtpCredentials.find(customer).isPresent()
                : customer.getFirstAttribute(CustomerAttributes.ACCESS_MOBILE) != null;
    }

    private static void fill(ArrayNode array, UserModel customer, String... attributes) {
        Stream.of(attributes).flatMap(customer::getAttributeStream).distinct().forEach(array::add);
    }
}
