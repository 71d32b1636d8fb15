package it.areaclienti.keycloak.credentials;

import org.keycloak.Config;
import org.keycloak.authentication.RequiredActionFactory;
import org.keycloak.authentication.RequiredActionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/** Makes the required action that a set-up link leads to. */
public final class CredentialSetupActionFactory implements RequiredActionFactory {
    private static final RequiredActionProvider ACTION = new CredentialSetupAction();

    @Override
    public String getId() {
        return CredentialSetupToken.TYPE;
    }

    @Override
    public String getDisplayText() {
        return "Credential set-up after a proved contact";
    }

    @Override
    public RequiredActionProvider create(KeycloakSession session) {
        return ACTION;
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
