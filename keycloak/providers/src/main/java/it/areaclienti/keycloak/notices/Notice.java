package it.areaclienti.keycloak.notices;

import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.contacts.Channel;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * One thing a customer is told, by as many messages as there are contacts to tell it to.
 *
 * @param template   name of the bridge's template
 * @param key        what makes it one notice: however often it is sent, the bridge delivers it once
 * @param parameters what the template names besides the customer's name
 */
public record Notice(String template, String key, Map<String, Object> parameters) {
    private static final String GREETING_NAME = "greeting_name";

    /** The messages that tell these contacts, in a language of the realm. */
    public List<MessageRequest> messages(
            RealmModel realm, UserModel customer, Collection<String> contacts, String locale) {
        String name = customer.getFirstName() == null
                ? customer.getFirstAttribute(CustomerAttributes.COMPANY_NAME)
                : customer.getFirstName();
        Map<String, Object> filled = new HashMap<>(parameters);
        filled.put(GREETING_NAME, name == null ? "" : name);
        List<MessageRequest> messages = new ArrayList<>();
        for (String contact : contacts) {
            messages.add(new MessageRequest(
                    key + '-' + messages.size(),
                    realm.getName(),
                    Channel.ofUsername(contact).code(),
                    contact,
                    locale,
                    customer.getFirstAttribute(CustomerAttributes.CUSTOMER_CODE),
                    template,
                    Map.copyOf(filled)));
        }
        return messages;
    }

    /**
     * Where the owner of an account is told what happened to it: every email on file; without any, the mobile that is the
     * username, or else every mobile. An email can tell more, and costs nobody anything when a stranger causes it.
     */
    public static Set<String> ownersContacts(UserModel customer) {
        Set<String> all = CustomerDirectory.reachableContacts(customer);
        Set<String> emails = new LinkedHashSet<>(all);
        emails.removeIf(contact -> contact.indexOf('@') < 0);
        if (!emails.isEmpty()) {
            return emails;
        }
        return all.contains(customer.getUsername()) ? Set.of(customer.getUsername()) : all;
    }

    /** The language the customer last chose on a page of ours, or the realm's. */
    public static String language(RealmModel realm, UserModel customer) {
        String chosen = customer.getFirstAttribute(UserModel.LOCALE);
        return realm.getSupportedLocalesStream().anyMatch(supported -> supported.equals(chosen))
                ? chosen
                : realm.getDefaultLocale();
    }
}
