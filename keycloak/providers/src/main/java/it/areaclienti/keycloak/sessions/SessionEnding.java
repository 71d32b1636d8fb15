package it.areaclienti.keycloak.sessions;

import java.util.List;
import java.util.stream.Stream;
import org.keycloak.common.util.Time;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.services.managers.AuthenticationManager.AuthResult;

/** Ends sessions on the server and tells the clients: after credentials were replaced, or an account was closed. */
public final class SessionEnding {
    private final KeycloakSession session;
    private final RealmModel realm;

    public SessionEnding(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realm = realm;
    }

    /** Ends every session, and no token given out before this moment is good any more. */
    public void signOut(UserModel user) {
        session.users().setNotBeforeForUser(realm, user, Math.toIntExact(Time.currentTimeSeconds()));
        endAll(user);
    }

    /** Every session of the user, the offline ones too. */
    public void endAll(UserModel user) {
        List<UserSessionModel> all = Stream.concat(
                        session.sessions().getUserSessionsStream(realm, user),
                        session.sessions().getOfflineUserSessionsStream(realm, user))
                .toList();
        all.forEach(this::end);
    }

    /** Whatever session this browser has, whoever's it is: the next sign-in starts from the password. */
    public void endInThisBrowser() {
        AuthResult signedIn = AuthenticationManager.authenticateIdentityCookie(session, realm, true);
        if (signedIn != null && signedIn.session() != null) {
            end(signedIn.session());
        }
        AuthenticationManager.expireIdentityCookie(session);
    }

    private void end(UserSessionModel userSession) {
        AuthenticationManager.backchannelLogout(
                session,
                realm,
                userSession,
                session.getContext().getUri(),
                session.getContext().getConnection(),
                session.getContext().getHttpRequest().getHttpHeaders(),
                true);
    }
}
