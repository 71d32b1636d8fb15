package it.areaclienti.keycloak.credentials;

import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.keycloak.Config;
import org.keycloak.authentication.actiontoken.ActionTokenContext;
import org.keycloak.authentication.actiontoken.ActionTokenHandler;
import org.keycloak.authentication.actiontoken.ActionTokenHandlerFactory;
import org.keycloak.authentication.actiontoken.ExplainedTokenVerificationException;
import org.keycloak.common.VerificationException;
import org.keycloak.events.Details;
import org.keycloak.events.Errors;
import org.keycloak.events.EventType;
import org.keycloak.locale.LocaleSelectorProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.services.messages.Messages;
import org.keycloak.services.resources.LoginActionsServiceException;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * Opens a set-up link: starts an authentication session that belongs to the customer and can do one thing, the required
 * action of {@link CredentialSetupAction}. Opening changes nothing and spends nothing; saving does.
 *
 * <p>Keycloak refuses action tokens of disabled users after the authentication session has been made, and customers who are
 * about to register are disabled. So the way to the page is taken where that session is made, by the exception Keycloak
 * provides for answering early; signature, expiry, issuer and realm have been verified by then.
 */
public final class CredentialSetupTokenHandler
        implements ActionTokenHandler<CredentialSetupToken>, ActionTokenHandlerFactory<CredentialSetupToken> {

    /** Note of the authentication session: id of the set-up it was opened for. */
    static final String SETUP_NOTE = "area-clienti.credential-setup";

    @Override
    public AuthenticationSessionModel startFreshAuthenticationSession(
            CredentialSetupToken token, ActionTokenContext<CredentialSetupToken> context) throws VerificationException {
        KeycloakSession session = context.getSession();
        RealmModel realm = context.getRealm();
        UserModel customer = session.users().getUserById(realm, token.getUserId());
        Optional<OutstandingSetup> setup = customer == null
                ? Optional.empty()
                : OutstandingSetup.find(session, realm, customer.getId(), token.getId());
        if (setup.isEmpty()) {
            throw new ExplainedTokenVerificationException(token, Errors.EXPIRED_CODE, Messages.EXPIRED_ACTION);
        }
        AuthenticationSessionModel authSession = open(context, token, customer, setup.get());
        context.getEvent().user(customer).detail(Details.ACTION, CredentialSetupToken.TYPE).success();
        throw new LoginActionsServiceException(AuthenticationManager.redirectToRequiredActions(
                session, realm, authSession, context.getUriInfo(), CredentialSetupToken.TYPE));
    }

    private static AuthenticationSessionModel open(
            ActionTokenContext<CredentialSetupToken> context,
            CredentialSetupToken token,
            UserModel customer,
            OutstandingSetup setup) {
        AuthenticationSessionModel authSession = context.createAuthenticationSessionForClient(token.getIssuedFor());
        authSession.setAuthenticatedUser(customer);
        authSession.setAuthNote(SETUP_NOTE, setup.id());
        // Should the session ever get past the action, it ends there: nobody is signed in by a link.
        authSession.setAuthNote(AuthenticationManager.END_AFTER_REQUIRED_ACTIONS, "true");
        authSession.setRedirectUri(setup.redirectUri());
        authSession.setClientNote(OIDCLoginProtocol.REDIRECT_URI_PARAM, setup.redirectUri());
        authSession.addRequiredAction(CredentialSetupToken.TYPE);
        if (setup.locale() != null) {
            authSession.setAuthNote(LocaleSelectorProvider.USER_REQUEST_LOCALE, setup.locale());
        }
        context.setAuthenticationSession(authSession, true);
        return authSession;
    }

    @Override
    public String getAuthenticationSessionIdFromToken(
            CredentialSetupToken token,
            ActionTokenContext<CredentialSetupToken> context,
            AuthenticationSessionModel currentAuthSession) {
        // Never joins a session that is under way: it may be somebody else's, or for another purpose.
        return null;
    }

    @Override
    public boolean canUseTokenRepeatedly(CredentialSetupToken token, ActionTokenContext<CredentialSetupToken> context) {
        return false;
    }

    @Override
    public Response handleToken(CredentialSetupToken token, ActionTokenContext<CredentialSetupToken> context) {
        throw new IllegalStateException("A set-up link is answered when its authentication session is made");
    }

    @Override
    public ActionTokenHandler<CredentialSetupToken> create(KeycloakSession session) {
        return this;
    }

    @Override
    public String getId() {
        return CredentialSetupToken.TYPE;
    }

    @Override
    public Class<CredentialSetupToken> getTokenClass() {
        return CredentialSetupToken.class;
    }

    @Override
    public EventType eventType() {
        return EventType.EXECUTE_ACTION_TOKEN;
    }

    @Override
    public String getDefaultEventError() {
        return Errors.INVALID_TOKEN;
    }

    @Override
    public String getDefaultErrorMessage() {
        return Messages.EXPIRED_ACTION;
    }

    @Override
    public void init(Config.Scope config) {
        // Nothing to configure.
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        // Nothing to prepare.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
