package it.areaclienti.keycloak.credentials;

import org.keycloak.authentication.actiontoken.DefaultActionToken;

/** The token in a set-up link: whose it is and until when. What it is for stands in {@link OutstandingSetup}. */
public final class CredentialSetupToken extends DefaultActionToken {
    /** Type of the action token, and of the required action it leads to. */
    public static final String TYPE = "area-clienti-credential-setup";

    /** For deserialisation. */
    public CredentialSetupToken() {}

    CredentialSetupToken(String userId, long expiresAt, String clientId) {
        super(userId, TYPE, Math.toIntExact(expiresAt), null);
        issuedFor = clientId;
    }
}
