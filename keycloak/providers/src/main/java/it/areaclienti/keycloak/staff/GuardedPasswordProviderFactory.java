package it.areaclienti.keycloak.staff;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Metrics;
import it.areaclienti.keycloak.staff.GuardedPasswordProvider.MetricTags;
import java.util.List;
import org.keycloak.Config;
import org.keycloak.config.MetricsOptions;
import org.keycloak.credential.PasswordCredentialProvider;
import org.keycloak.credential.PasswordCredentialProviderFactory;
import org.keycloak.models.KeycloakSession;

/** Takes the place of Keycloak's {@code keycloak-password} under the same name, with the same options and the same counter. */
public final class GuardedPasswordProviderFactory extends PasswordCredentialProviderFactory {
    private static final String TAGS = "validations-counter-tags";
    private static final String COUNTER = "keycloak.credentials.password.hashing";

    private Meter.MeterProvider<Counter> meter;
    private MetricTags tags = new MetricTags(false, false, false, false);

    @Override
    public void init(Config.Scope config) {
        super.init(config);
        // Keycloak keeps what it has read to itself; the registry hands out the same counter for the same name and tags.
        if (config.root().getBoolean(MetricsOptions.METRICS_ENABLED.getKey(), false)) {
            meter = Counter.builder(COUNTER)
                    .description("Password validations")
                    .baseUnit("validations")
                    .withRegistry(Metrics.globalRegistry);
            String all = String.join(
                    ",", METER_REALM_TAG, METER_ALGORITHM_TAG, METER_HASHING_STRENGTH_TAG, METER_VALIDATION_OUTCOME_TAG);
            List<String> chosen = List.of(config.get(TAGS, all).split(","));
            tags = new MetricTags(
                    chosen.contains(METER_REALM_TAG),
                    chosen.contains(METER_ALGORITHM_TAG),
                    chosen.contains(METER_HASHING_STRENGTH_TAG),
                    chosen.contains(METER_VALIDATION_OUTCOME_TAG));
        }
    }

    @Override
    public PasswordCredentialProvider create(KeycloakSession session) {
        return new GuardedPasswordProvider(session, meter, tags);
    }

    /** Above Keycloak's own, which is 0. */
    @Override
    public int order() {
        return 1;
    }
}
