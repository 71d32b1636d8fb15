package it.areaclienti.keycloak.credentials;

import java.util.List;
import java.util.stream.Stream;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.services.managers.AuthenticationManager;
import org.keycloak.services.managers.AuthenticationManager.AuthResult;

/** Ends sessions on the server and tells the clients; used after the credentials behind them were replaced. */
final class SessionEnding {
    private final KeycloakSession session;
    private final RealmModel realm;

    SessionEnding(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realm = realm;
    }

    /** Every session of the user, the offline ones too. */
    void endAll(UserModel user) {
        List<UserSessionModel> all = Stream.concat(
                        session.sessions().getUserSessionsStream(realm, user),
                        session.sessions().getOfflineUserSessionsStream(realm, user))
                .toList();
        all.forEach(this::end);
    }

    /** Whatever session this browser has, whoever's it is: the next sign-in starts from the password. */
    void endInThisBrowser() {
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
