package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.bridge.MessageRequest;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import it.areaclienti.keycloak.notices.Notice;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/** Tells the customer's other contacts that credentials were set up, so that a stranger's doing is noticed. */
final class CompletionNotices {
    private CompletionNotices() {}

    /** One message for each contact of the customer but the one that was proved. */
    static List<MessageRequest> messages(RealmModel realm, UserModel customer, OutstandingSetup setup, String locale) {
        Set<String> others = new LinkedHashSet<>(CustomerDirectory.reachableContacts(customer));
        others.remove(setup.contact());
        return new Notice(setup.purpose().completedTemplate(), setup.id(), Map.of())
                .messages(realm, customer, others, locale);
    }
}
