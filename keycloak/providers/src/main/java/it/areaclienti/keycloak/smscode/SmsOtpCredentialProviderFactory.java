package it.areaclienti.keycloak.smscode;

import org.keycloak.credential.CredentialProvider;
import org.keycloak.credential.CredentialProviderFactory;
import org.keycloak.models.KeycloakSession;

/** Credential provider {@code sms-otp}. */
public final class SmsOtpCredentialProviderFactory
        implements CredentialProviderFactory<CredentialProvider<SmsOtpCredentialModel>> {

    @Override
    public String getId() {
        return SmsOtpCredentialModel.TYPE;
    }

    @Override
    public CredentialProvider<SmsOtpCredentialModel> create(KeycloakSession session) {
        return new SmsOtpCredentialProvider(session);
    }
}
