package it.areaclienti.keycloak.operation;

import org.keycloak.models.Constants;
import org.keycloak.protocol.oidc.OIDCLoginProtocol;
import org.keycloak.sessions.AuthenticationSessionModel;

/** Finds the operation of the authorization request that a sign-in began with. */
public final class PushedOperation {

    private static final String PARAMETER_NOTE = "client_request_param_operation";
    private static final String PAR_URN = "urn:ietf:params:oauth:request_uri:";

    private PushedOperation() {}

    /**
     * The operation pushed with this sign-in's request.
     *
     * <p>Keycloak keeps the request's {@code request_uri} in an authentication note, and only that of a pushed request begins
     * with the URN of RFC 9126. Restarting the sign-in clears the note: the portal then has to push the operation anew.
     */
    public static OperationRequest of(AuthenticationSessionModel signIn) throws OperationRefusedException {
        String requestUri = signIn.getAuthNote(Constants.AUTHORIZATION_REQUEST_URI);
        if (requestUri == null || !requestUri.startsWith(PAR_URN)) {
            throw new OperationRefusedException(OperationRefusedException.Reason.NOT_PUSHED);
        }
        return OperationRequest.read(
                signIn.getClientNote(PARAMETER_NOTE), signIn.getClientNote(OIDCLoginProtocol.NONCE_PARAM));
    }
}
