package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.credentials.CredentialSetupSaver.Refusal;
import it.areaclienti.keycloak.notices.NoticeSender;
import it.areaclienti.keycloak.sessions.SessionEnding;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.events.Details;
import org.keycloak.events.Errors;
import org.keycloak.events.EventBuilder;
import org.keycloak.events.EventType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.credential.PasswordCredentialModel;
import org.keycloak.models.utils.FormMessage;

/**
 * The page where a customer chooses the password, and what saving it does. It runs only in an authentication session that a
 * set-up link has opened, for that customer and that set-up; assigned to a user by hand it does nothing.
 */
final class CredentialSetupAction implements RequiredActionProvider {
    private static final Logger LOG = Logger.getLogger(CredentialSetupAction.class);
    private static final String PURPOSE_DETAIL = "area_clienti_purpose";

    @Override
    public void evaluateTriggers(RequiredActionContext context) {
        // Only a link leads here.
    }

    @Override
    public void requiredActionChallenge(RequiredActionContext context) {
        if (setupId(context) == null) {
            context.ignore();
            return;
        }
        CredentialSetupPages pages = new CredentialSetupPages(context);
        context.challenge(setup(context)
                .map(setup -> pages.form(setup, List.of()))
                .orElseGet(() -> pages.refused(Refusal.LINK_SPENT)));
    }

    @Override
    public void processAction(RequiredActionContext context) {
        CredentialSetupPages pages = new CredentialSetupPages(context);
        EventBuilder event = context.getEvent()
                .event(EventType.UPDATE_CREDENTIAL)
                .user(context.getUser())
                // Usernames are contacts, and those have no place in events; the user's id says enough.
                .removeDetail(Details.USERNAME)
                .detail(Details.CREDENTIAL_TYPE, PasswordCredentialModel.TYPE);
        Optional<OutstandingSetup> found = setup(context);
        if (found.isEmpty()) {
            event.error(Errors.EXPIRED_CODE);
            context.challenge(pages.refused(Refusal.LINK_SPENT));
            return;
        }
        OutstandingSetup setup = found.get();
        event.detail(PURPOSE_DETAIL, setup.purpose().code());
        MultivaluedMap<String, String> form = context.getHttpRequest().getDecodedFormParameters();
        NewPassword password = new NewPassword(form.getFirst(NewPassword.FIELD), form.getFirst(NewPassword.CONFIRM_FIELD));
        List<FormMessage> errors = password.errors(context.getSession(), context.getRealm(), context.getUser(), setup.contact());
        if (!errors.isEmpty()) {
            event.clone().error(Errors.PASSWORD_REJECTED);
            context.challenge(pages.form(setup, errors));
            return;
        }
        Optional<Refusal> refusal =
                new CredentialSetupSaver(context.getSession(), setup).save(context.getUser().getId(), password.value());
        if (refusal.isPresent()) {
            event.detail(Details.REASON, refusal.get().name().toLowerCase(Locale.ROOT)).error(Errors.NOT_ALLOWED);
            context.challenge(
                    refusal.get() == Refusal.BUSY
                            ? pages.form(setup, List.of(new FormMessage(NewPassword.FIELD, CredentialSetupPages.BUSY)))
                            : pages.refused(refusal.get()));
            return;
        }
        event.success();
        String locale = context.getSession().getContext().resolveLocale(context.getUser()).getLanguage();
        finish(context, setup, locale);
        context.challenge(pages.done(setup));
    }

    @Override
    public void close() {
        // Holds nothing.
    }

    /** What follows a saved set-up; none of it can undo it. */
    private static void finish(RequiredActionContext context, OutstandingSetup setup, String locale) {
        KeycloakSession session = context.getSession();
        RealmModel realm = context.getRealm();
        UserModel customer = session.users().getUserById(realm, context.getUser().getId());
        SessionEnding sessions = new SessionEnding(session, realm);
        try {
            sessions.endAll(customer);
            sessions.endInThisBrowser();
        } catch (RuntimeException failed) {
            // Tokens issued before are void already: saving set the user's not-before.
            LOG.errorf("Sessions could not be ended after a credential set-up: %s", failed.getClass().getSimpleName());
        }
        NoticeSender.of(session).send(CompletionNotices.messages(realm, customer, setup, locale));
    }

    /** The set-up this session was opened for, while it is still the customer's open one. */
    private static Optional<OutstandingSetup> setup(RequiredActionContext context) {
        return OutstandingSetup.find(
                context.getSession(), context.getRealm(), context.getUser().getId(), setupId(context));
    }

    private static String setupId(RequiredActionContext context) {
        return context.getAuthenticationSession().getAuthNote(CredentialSetupTokenHandler.SETUP_NOTE);
    }
}
