package it.areaclienti.keycloak.signin;

import it.areaclienti.keycloak.customers.AccountState;
import it.areaclienti.keycloak.customers.CustomerAttributes;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.Optional;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.FlowStatus;
import org.keycloak.authentication.authenticators.browser.UsernamePasswordForm;
import org.keycloak.authentication.authenticators.util.AuthenticatorUtils;
import org.keycloak.events.Details;
import org.keycloak.events.Errors;
import org.keycloak.models.AuthenticatorConfigModel;
import org.keycloak.models.Constants;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.credential.PasswordCredentialModel;
import org.keycloak.representations.idm.CredentialRepresentation;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.services.messages.Messages;
import org.keycloak.services.validation.Validation;
import org.keycloak.sessions.AuthenticationSessionModel;

/**
 * The customers' sign-in page.
 *
 * <p>Until the password is right, every answer is the same, in words and in cost: for nobody's identifier, for a wrong
 * password, for a customer who has not registered, and for one locked out.
 */
final class CustomerSignIn extends UsernamePasswordForm {

    /** No username looks like this: usernames are emails, numbers with a plus, and customer codes. */
    private static final String NOBODY = "-";

    /** An email address has at most 254 characters (RFC 5321), typed with some spaces around. */
    private static final int LONGEST_IDENTIFIER = 300;

    private static final int SMS_LEVEL = 2;

    private static final String PAGE_INACTIVE = "account-inactive.ftl";
    private static final String DETAIL_STATE = "area_clienti_state";

    CustomerSignIn(KeycloakSession session) {
        super(session);
    }

    @Override
    public void action(AuthenticationFlowContext context) {
        super.action(context);
        if (context.getStatus() == FlowStatus.SUCCESS && stepUpDue(context.getUser())) {
            askAtLeast(SMS_LEVEL, context.getAuthenticationSession());
        }
    }

    @Override
    protected boolean validateForm(AuthenticationFlowContext context, MultivaluedMap<String, String> formData) {
        String typed = formData.getFirst(AuthenticationManager.FORM_USERNAME);
        if (typed == null || typed.isBlank()) {
            return super.validateForm(context, formData);
        }
        if (typed.length() > LONGEST_IDENTIFIER) {
            // Nobody's: not looked up, and not shown back whole.
            typed = NOBODY;
        }
        MultivaluedMap<String, String> normalised = new MultivaluedHashMap<>(formData);
        Optional<String> username =
                identifiers(context).username(typed, code -> usernameOfCode(context.getSession(), context.getRealm(), code));
        normalised.putSingle(AuthenticationManager.FORM_USERNAME, username.orElse(NOBODY));
        return super.validateForm(context, normalised);
    }

    /** Called with every user that was looked up, or null: the place to take the contact out of the event. */
    @Override
    public void testInvalidUser(AuthenticationFlowContext context, UserModel user) {
        context.getEvent().removeDetail(Details.USERNAME);
        super.testInvalidUser(context, user);
    }

    @Override
    public boolean validatePassword(
            AuthenticationFlowContext context,
            UserModel user,
            MultivaluedMap<String, String> formData,
            boolean clearUser) {
        String password = formData.getFirst(CredentialRepresentation.PASSWORD);
        boolean typed = password != null && !password.isEmpty();
        if (typed && !isHashed(context, user)) {
            // Keycloak hashes nothing for a user without a password or one locked out; the time must not tell.
            AuthenticatorUtils.dummyHash(context);
        }
        return super.validatePassword(context, user, formData, clearUser);
    }

    private static boolean isHashed(AuthenticationFlowContext context, UserModel user) {
        return user.credentialManager().isConfiguredFor(PasswordCredentialModel.TYPE)
                && AuthenticatorUtils.getDisabledByBruteForceEventError(context, user) == null;
    }

    /** Called once the password is right. A blocked customer reads what anybody reads whose password is wrong. */
    @Override
    public boolean enabledUser(AuthenticationFlowContext context, UserModel user) {
        if (AccountState.of(user).filter(AccountState.BLOCKED::equals).isPresent()) {
            context.getEvent().user(user).error(Errors.USER_DISABLED);
            context.forceChallenge(challenge(context, getDefaultChallengeMessage(context), Validation.FIELD_PASSWORD));
            return false;
        }
        if (AccountState.of(user).filter(AccountState.INACTIVE::equals).isPresent()) {
            tellTheWayBack(context, user);
            return false;
        }
        if (!super.enabledUser(context, user)) {
            return false;
        }
        if (AccountState.of(user).filter(AccountState::enabled).isPresent()) {
            return true;
        }
        context.getEvent().user(user).error(Errors.USER_DISABLED);
        context.forceChallenge(challenge(context, Messages.ACCOUNT_DISABLED));
        return false;
    }

    /** A year without access closed the account: its owner, known by the password, reads how to open it again. */
    private void tellTheWayBack(AuthenticationFlowContext context, UserModel user) {
        if (isDisabledByBruteForce(context, user)) {
            return;
        }
        context.getEvent()
                .user(user)
                .detail(DETAIL_STATE, AccountState.INACTIVE.code())
                .error(Errors.USER_DISABLED);
        context.forceChallenge(context.form().createForm(PAGE_INACTIVE));
    }

    /** The event says that the account is locked; the page says it no more than that it exists. */
    @Override
    protected String disabledByBruteForceError(String error) {
        return Messages.INVALID_USER;
    }

    private static Identifiers identifiers(AuthenticationFlowContext context) {
        AuthenticatorConfigModel config = context.getAuthenticatorConfig();
        return Identifiers.parse(config == null ? null : config.getConfig().get(CustomerSignInFactory.IDENTIFIERS));
    }

    private static Optional<String> usernameOfCode(KeycloakSession session, RealmModel realm, String customerCode) {
        return new CustomerDirectory(session, realm)
                .byCode(customerCode)
                .filter(CustomerSignIn::hasOnlineAccount)
                .map(UserModel::getUsername);
    }

    private static boolean hasOnlineAccount(UserModel user) {
        return AccountState.of(user)
                .filter(state -> state == AccountState.REGISTERED || state == AccountState.INACTIVE)
                .isPresent();
    }

    private static boolean stepUpDue(UserModel user) {
        return Boolean.parseBoolean(user.getFirstAttribute(CustomerAttributes.STEP_UP_DUE));
    }

    private static void askAtLeast(int level, AuthenticationSessionModel signIn) {
        String asked = signIn.getClientNote(Constants.REQUESTED_LEVEL_OF_AUTHENTICATION);
        if (asked == null || Integer.parseInt(asked) < level) {
            signIn.setClientNote(Constants.REQUESTED_LEVEL_OF_AUTHENTICATION, Integer.toString(level));
        }
    }
}
