package it.areaclienti.keycloak.smscode;

import it.areaclienti.keycloak.contacts.ReadableContact;
import it.areaclienti.keycloak.operation.OperationRequest;
import jakarta.ws.rs.core.Response;
import org.keycloak.authentication.AuthenticationFlowContext;
import org.keycloak.common.util.Time;
import org.keycloak.forms.login.LoginFormsProvider;
import org.keycloak.forms.login.freemarker.model.AuthenticationContextBean;
import org.keycloak.models.utils.FormMessage;

/** Renders the pages of the SMS step; their attributes and messages are listed in the module's README. */
final class SmsPages {

    private final AuthenticationFlowContext context;
    private final SmsPurpose purpose;
    private final OperationRequest operation;

    /** {@code operation} is null unless the purpose is one. */
    SmsPages(AuthenticationFlowContext context, SmsPurpose purpose, OperationRequest operation) {
        this.context = context;
        this.purpose = purpose;
        this.operation = operation;
    }

    /** The page where the code is typed; {@code message} may be null. */
    Response code(SmsCodeState state, PageMessage message) {
        long now = Time.currentTimeSeconds();
        LoginFormsProvider form = form()
                .setAttribute("maskedTo", state.maskedTo())
                .setAttribute("resendAfter", Math.max(0, state.resendAt() - now))
                .setAttribute("expiresIn", state.over() ? 0 : Math.max(0, state.expiresAt() - now))
                .setAttribute("attempts", state.attemptsLeft());
        return with(form, message).createForm("sms-code.ftl");
    }

    /** «Ops»: there is no number a code could go to. */
    Response noNumber() {
        return form().createForm("sms-no-number.ftl");
    }

    /** The code could not be sent or checked now; the page offers to try again. */
    Response unavailable(PageMessage message) {
        LoginFormsProvider form = form().setStatus(Response.Status.SERVICE_UNAVAILABLE);
        return with(form, message).createForm("sms-unavailable.ftl");
    }

    /** A page without a way on, other than back to the application. */
    Response error(PageMessage message) {
        return with(form(), message).createErrorPage(Response.Status.FORBIDDEN);
    }

    private LoginFormsProvider form() {
        String attempted = new AuthenticationContextBean(context, null).getAttemptedUsername();
        LoginFormsProvider form = context.form()
                .setAttribute("purpose", purpose.code())
                .setAttribute("shownUsername", attempted == null ? null : ReadableContact.of(attempted));
        if (operation != null) {
            form.setAttribute("operationText", operation.text());
            form.setAttribute("operationAmount", operation.amount());
        }
        return form;
    }

    private static LoginFormsProvider with(LoginFormsProvider form, PageMessage message) {
        if (message == null) {
            return form;
        }
        Object[] parameters = message.parameter() == null ? new Object[0] : new Object[] {message.parameter()};
        if (message.field() != null) {
            return form.addError(new FormMessage(message.field(), message.key(), parameters));
        }
        return message.good()
                ? form.setSuccess(message.key(), parameters)
                : form.setError(message.key(), parameters);
    }
}
