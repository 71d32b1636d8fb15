package it.areaclienti.keycloak.smscode;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.keycloak.common.util.Time;
import org.keycloak.credential.CredentialModel;
import org.keycloak.models.UserModel;

/** Reads and writes the one {@code sms-otp} credential of a user. */
public final class SmsOtpCredentials {

    private SmsOtpCredentials() {}

    /** The user's credential, or empty when there is none (an administrator may have removed it). */
    public static Optional<SmsOtpCredentialModel> find(UserModel user) {
        try (Stream<CredentialModel> stored =
                user.credentialManager().getStoredCredentialsByTypeStream(SmsOtpCredentialModel.TYPE)) {
            return stored.findFirst().map(SmsOtpCredentialModel::from);
        }
    }

    /**
     * Makes {@code mobileE164} the only number that receives the user's codes. Codes already on their way to the former
     * number stop being good, because the step that sent them is bound to the credential's id.
     *
     * @param label the number masked by the brand's rule
     */
    public static SmsOtpCredentialModel replace(UserModel user, String mobileE164, String label) {
        List<String> former;
        try (Stream<CredentialModel> stored =
                user.credentialManager().getStoredCredentialsByTypeStream(SmsOtpCredentialModel.TYPE)) {
            former = stored.map(CredentialModel::getId).toList();
        }
        former.forEach(user.credentialManager()::removeStoredCredentialById);
        SmsOtpCredentialModel model = SmsOtpCredentialModel.create(mobileE164, label);
        model.setCreatedDate(Time.currentTimeMillis());
        return SmsOtpCredentialModel.from(user.credentialManager().createStoredCredential(model));
    }
}
