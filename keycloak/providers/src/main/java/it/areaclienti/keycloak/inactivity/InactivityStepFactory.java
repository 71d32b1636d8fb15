package it.areaclienti.keycloak.inactivity;

import java.util.Set;
import org.keycloak.component.ComponentModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.workflow.ResourceType;
import org.keycloak.models.workflow.WorkflowStepProviderFactory;

/** Workflow step {@code area-clienti-inactive}. */
public final class InactivityStepFactory implements WorkflowStepProviderFactory<InactivityStep> {
    @Override
    public InactivityStep create(KeycloakSession session, ComponentModel model) {
        return new InactivityStep(session);
    }

    @Override
    public String getId() {
        return "area-clienti-inactive";
    }

    @Override
    public Set<ResourceType> getSupportedResourceTypes() {
        return Set.of(ResourceType.USERS);
    }

    @Override
    public String getHelpText() {
        return "Closes the account of a customer who has not signed in for long: only a recovery reopens it";
    }
}
