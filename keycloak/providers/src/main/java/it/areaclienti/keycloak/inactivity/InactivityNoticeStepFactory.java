package it.areaclienti.keycloak.inactivity;

import java.util.Set;
import org.keycloak.component.ComponentModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.workflow.ResourceType;
import org.keycloak.models.workflow.WorkflowStepProviderFactory;

/** Workflow step {@code area-clienti-inactivity-notice}. */
public final class InactivityNoticeStepFactory implements WorkflowStepProviderFactory<InactivityNoticeStep> {
    @Override
    public InactivityNoticeStep create(KeycloakSession session, ComponentModel model) {
        return new InactivityNoticeStep(session);
    }

    @Override
    public String getId() {
        return "area-clienti-inactivity-notice";
    }

    @Override
    public Set<ResourceType> getSupportedResourceTypes() {
        return Set.of(ResourceType.USERS);
    }

    @Override
    public String getHelpText() {
        return "Tells the customer, through the bridge, that the account will be closed for want of use";
    }
}
