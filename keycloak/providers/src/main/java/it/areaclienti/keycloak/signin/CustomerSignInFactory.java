package it.areaclienti.keycloak.signin;

import java.util.List;
import org.keycloak.authentication.Authenticator;
import org.keycloak.authentication.authenticators.browser.UsernamePasswordFormFactory;
import org.keycloak.models.KeycloakSession;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;

/** Authenticator {@code area-clienti-sign-in}. */
public final class CustomerSignInFactory extends UsernamePasswordFormFactory {

    public static final String PROVIDER_ID = "area-clienti-sign-in";
    static final String IDENTIFIERS = "identifiers";

    @Override
    public String getId() {
        return PROVIDER_ID;
    }

    @Override
    public Authenticator create(KeycloakSession session) {
        return new CustomerSignIn(session);
    }

    @Override
    public String getDisplayType() {
        return "Area Clienti: sign-in";
    }

    @Override
    public String getHelpText() {
        return "Customer's email, mobile or customer code, and password; asks for the SMS code when one is due.";
    }

    @Override
    public boolean isConfigurable() {
        return true;
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return ProviderConfigurationBuilder.create()
                .property()
                .name(IDENTIFIERS)
                .label("Identifiers")
                .helpText("What customers may type: email, mobile, customer-code, separated by commas.")
                .type(ProviderConfigProperty.STRING_TYPE)
                .defaultValue("email,mobile")
                .add()
                .build();
    }
}
