package it.areaclienti.keycloak.smscode;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import org.keycloak.credential.CredentialModel;
import org.keycloak.util.JsonSerialization;

/** The mobile that receives a user's codes: credential type {@code sms-otp}, data {@code {"mobile": "+39…"}}, no secret. */
public final class SmsOtpCredentialModel extends CredentialModel {

    public static final String TYPE = "sms-otp";

    private final String mobile;

    private record Data(@JsonProperty("mobile") String mobile) {}

    private SmsOtpCredentialModel(String mobile) {
        this.mobile = mobile;
    }

    /**
     * A credential not yet stored.
     *
     * @param mobile E.164
     * @param label  the number masked by the brand's rule, as the account and admin consoles show it
     */
    public static SmsOtpCredentialModel create(String mobile, String label) {
        SmsOtpCredentialModel model = new SmsOtpCredentialModel(mobile);
        model.setType(TYPE);
        model.setUserLabel(label);
        model.setSecretData("{}");
        try {
            model.setCredentialData(JsonSerialization.writeValueAsString(new Data(mobile)));
        } catch (IOException e) {
            throw new IllegalStateException("a string could not be written as JSON", e);
        }
        return model;
    }

    /**
     * Reads a stored credential.
     *
     * @throws IllegalArgumentException when its data is not ours
     */
    public static SmsOtpCredentialModel from(CredentialModel stored) {
        try {
            Data data = JsonSerialization.readValue(stored.getCredentialData(), Data.class);
            SmsOtpCredentialModel model = new SmsOtpCredentialModel(data.mobile());
            model.setId(stored.getId());
            model.setType(TYPE);
            model.setUserLabel(stored.getUserLabel());
            model.setCreatedDate(stored.getCreatedDate());
            model.setCredentialData(stored.getCredentialData());
            model.setSecretData(stored.getSecretData());
            return model;
        } catch (IOException e) {
            throw new IllegalArgumentException("credential " + stored.getId() + " holds no mobile", e);
        }
    }

    /** E.164. */
    public String mobile() {
        return mobile;
    }
}
