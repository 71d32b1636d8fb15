package it.areaclienti.keycloak.bridge;

import java.net.http.HttpClient;
import java.time.InstantSource;
import org.keycloak.Config;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;

/** Provider {@code http}: one HTTP client and one set of proof keys for the whole server. */
public final class HttpBridgeClientFactory implements BridgeClientFactory {

    private BridgeHttp http;
    private ProofKeyCache proofKeys;

    @Override
    public String getId() {
        return "http";
    }

    @Override
    public void init(Config.Scope config) {
        BridgeSettings settings = BridgeSettings.read(config);
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.timeout())
                .build();
        http = new BridgeHttp(settings, client, InstantSource.system());
        proofKeys = new ProofKeyCache(InstantSource.system());
    }

    @Override
    public void postInit(KeycloakSessionFactory factory) {
        // Nothing depends on other factories.
    }

    @Override
    public BridgeClient create(KeycloakSession session) {
        return new HttpBridgeClient(http, proofKeys, session);
    }

    @Override
    public void close() {
        // The HTTP client ends with its last reference.
    }
}
