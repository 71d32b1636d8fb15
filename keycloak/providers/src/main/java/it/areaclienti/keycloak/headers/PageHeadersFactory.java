package it.areaclienti.keycloak.headers;

import org.keycloak.headers.DefaultSecurityHeadersProvider;
import org.keycloak.headers.DefaultSecurityHeadersProviderFactory;
import org.keycloak.headers.SecurityHeadersProvider;
import org.keycloak.models.KeycloakSession;

/** Takes the place of Keycloak's own security headers, under the same name. */
public final class PageHeadersFactory extends DefaultSecurityHeadersProviderFactory {
    @Override
    public SecurityHeadersProvider create(KeycloakSession session) {
        return new PageHeaders(new DefaultSecurityHeadersProvider(session));
    }

    /** Above Keycloak's own, which is 0. */
    public int order() {
        return 1;
    }
}
