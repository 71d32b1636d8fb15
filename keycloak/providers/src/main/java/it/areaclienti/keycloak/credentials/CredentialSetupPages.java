package it.areaclienti.keycloak.credentials;

import it.areaclienti.keycloak.contacts.Channel;
import it.areaclienti.keycloak.contacts.ReadableContact;
import it.areaclienti.keycloak.credentials.CredentialSetupSaver.Refusal;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.keycloak.authentication.RequiredActionContext;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.forms.login.freemarker.model.PasswordPoliciesBean;
import org.keycloak.models.utils.FormMessage;
import org.keycloak.services.managers.AuthenticationSessionManager;
import org.keycloak.services.messages.Messages;

/** The answers of a credential set-up: the form, the way back, and why not. */
final class CredentialSetupPages {
    /** Message beside the form when saving has to be tried again. */
    static final String BUSY = "credentialSetupBusy";

    private static final String FORM = "credential-setup.ftl";
    private static final Map<Refusal, String> REFUSALS = Map.of(
            Refusal.LINK_SPENT, Messages.EXPIRED_ACTION,
            Refusal.STATE_FORBIDS, "credentialSetupStateForbids",
            Refusal.CONTACT_NOT_ON_FILE, "credentialSetupContactNotOnFile",
            Refusal.USERNAME_TAKEN, "credentialSetupUsernameTaken");

    private final RequiredActionContext context;

    CredentialSetupPages(RequiredActionContext context) {
        this.context = context;
    }

    /** The form, with what was wrong beside the field it concerns. */
    Response form(OutstandingSetup setup, List<FormMessage> errors) {
        LoginFormsProvider form = context.form()
                .setAttribute("setupPurpose", setup.purpose().code())
                .setAttribute("setupContact", ReadableContact.of(setup.contact()))
                .setAttribute("setupChannel", Channel.ofUsername(setup.contact()).code())
                .setAttribute("passwordPolicies", new PasswordPoliciesBean(context.getRealm().getPasswordPolicy()));
        errors.forEach(form::addError);
        return form.createForm(FORM);
    }

    /**
     * Done: straight back to the portal's page, which says so. The authentication session ends here; nobody is signed in.
     * A link is given out only with an address to come back to.
     */
    Response done(OutstandingSetup setup) {
        end();
        return Response.seeOther(URI.create(setup.redirectUri())).build();
    }

    /** Nothing was saved, and trying again on this page would not help. */
    Response refused(Refusal refusal) {
        Response page = context.getSession()
                .getProvider(LoginFormsProvider.class)
                .setAuthenticationSession(context.getAuthenticationSession())
                .setError(REFUSALS.get(refusal))
                .setDetachedAuthSession()
                .createErrorPage(refusal == Refusal.LINK_SPENT ? Response.Status.BAD_REQUEST : Response.Status.CONFLICT);
        end();
        return page;
    }

    private void end() {
        new AuthenticationSessionManager(context.getSession())
                .removeAuthenticationSession(context.getRealm(), context.getAuthenticationSession(), true);
    }
}
