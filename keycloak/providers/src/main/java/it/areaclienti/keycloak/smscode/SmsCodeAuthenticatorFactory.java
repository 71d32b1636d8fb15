package it.areaclienti.keycloak.smscode;

import java.util.List;
import org.keycloak.Config;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.AuthenticatorFactory;
import org.keycloak.models.AuthenticationExecutionModel.Requirement;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.credential.OTPCredentialModel;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;

/** Authenticator {@code area-clienti-sms-code}. */
public final class SmsCodeAuthenticatorFactory implements AuthenticatorFactory {

    public static final String PROVIDER_ID = "area-clienti-sms-code";

    private static final SmsCodeAuthenticator INSTANCE = new SmsCodeAuthenticator();

    @Override
    public String getId() {
        return PROVIDER_ID;
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return INSTANCE;
    }

    /** Not the credential's own type: the brute-force detector counts failures of the categories it knows, and no others. */
    @Override
    public String getReferenceCategory() {
        return OTPCredentialModel.TYPE;
    }

    @Override
    public String getDisplayType() {
        return "Area Clienti: SMS code";
    }

    @Override
    public String getHelpText() {
        return "Sends a code to the customer's access mobile through the SMS gateway bridge, and has it checked there.";
    }

    @Override
    public boolean isConfigurable() {
        return true;
    }

    @Override
    public boolean isUserSetupAllowed() {
        return false;
    }

    /** An alternative or conditional step could be avoided. */
    @Override
    public Requirement[] getRequirementChoices() {
        return new Requirement[] {Requirement.REQUIRED, Requirement.DISABLED};
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return ProviderConfigurationBuilder.create()
                .property(
                        SmsCodeSettings.PURPOSE,
                        "Purpose",
                        "access (level 2) or operation (level 3, names the pushed operation).",
                        ProviderConfigProperty.LIST_TYPE,
                        SmsPurpose.ACCESS.code(),
                        List.of(SmsPurpose.ACCESS.code(), SmsPurpose.OPERATION.code()))
                .property(number(
                        SmsCodeSettings.VALIDITY,
                        "Validity (seconds)",
                        "How long a code is good, within the bridge's own limits."))
                .property(number(
                        SmsCodeSettings.MAX_ATTEMPTS, "Attempts", "Wrong codes before a new one must be asked for."))
                .property(number(
                        SmsCodeSettings.RESEND_AFTER, "Pause (seconds)", "Time before a new code may be asked for."))
                .build();
    }

    private static ProviderConfigProperty number(String name, String label, String help) {
        return new ProviderConfigProperty(name, label, help, ProviderConfigProperty.INTEGER_TYPE, null);
    }

    @Override
    public void init(Config.Scope config) {
        // Options belong to each step in the flow.
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        // Nothing depends on other factories.
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
