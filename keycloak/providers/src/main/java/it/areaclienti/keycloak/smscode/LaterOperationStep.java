package it.areaclienti.keycloak.smscode;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.authentication.authenticators.conditional.ConditionalLoaAuthenticatorFactory;
import org.keycloak.authentication.authenticators.util.AcrStore;
import org.keycloak.authentication.authenticators.util.LoAUtil;
import org.keycloak.models.AuthenticationExecutionModel;
import org.keycloak.models.AuthenticatorConfigModel;
import org.keycloak.models.RealmModel;

/**
 * Whether the operation's SMS step will run later in the same sign-in.
 *
 * <p>It is read from the flow and not from the level asked for alone: anyone can ask for level 3, and in a flow whose level 3 was
 * taken out or switched off, leaving the access code to it would let a password pass for two factors.
 */
final class LaterOperationStep {

    private LaterOperationStep() {}

    static boolean isAhead(AuthenticationFlowContext context) {
        RealmModel realm = context.getRealm();
        int asked = new AcrStore(context.getSession(), context.getAuthenticationSession())
                .getRequestedLevelOfAuthentication(context.getTopLevelFlow());
        AuthenticationExecutionModel own =
                realm.getAuthenticationExecutionByFlowId(context.getExecution().getParentFlow());
        return own != null
                && realm.getAuthenticationExecutionsStream(own.getParentFlow())
                        .filter(sibling -> sibling.getPriority() > own.getPriority())
                        .filter(sibling -> sibling.isAuthenticatorFlow() && sibling.isConditional())
                        .anyMatch(sibling -> runsOperationStep(realm, sibling.getFlowId(), asked));
    }

    /** The subflow's only condition is a level that is asked for and never remembered, and it requires the step. */
    private static boolean runsOperationStep(RealmModel realm, String flowId, int asked) {
        List<AuthenticationExecutionModel> required = realm.getAuthenticationExecutionsStream(flowId)
                .filter(AuthenticationExecutionModel::isRequired)
                .toList();
        boolean entered = required.size() == 2
                && configs(realm, required, ConditionalLoaAuthenticatorFactory.PROVIDER_ID).anyMatch(config -> {
                    Integer level = LoAUtil.getLevelFromLoaConditionConfiguration(config);
                    return level != null && level <= asked && LoAUtil.getMaxAgeFromLoaConditionConfiguration(config) == 0;
                });
        return entered
                && configs(realm, required, SmsCodeAuthenticatorFactory.PROVIDER_ID)
                        .anyMatch(config -> SmsPurpose.OPERATION
                                .code()
                                .equals(config.getConfig().get(SmsCodeSettings.PURPOSE)));
    }

    private static Stream<AuthenticatorConfigModel> configs(
            RealmModel realm, List<AuthenticationExecutionModel> executions, String authenticator) {
        return executions.stream()
                .filter(execution -> authenticator.equals(execution.getAuthenticator()))
                .map(AuthenticationExecutionModel::getAuthenticatorConfig)
                .filter(Objects::nonNull)
                .map(realm::getAuthenticatorConfigById)
                .filter(Objects::nonNull);
    }
}
