package it.areaclienti.keycloak.smscode;

import java.util.Arrays;
import java.util.Locale;

/** What the code of an SMS step is for. */
enum SmsPurpose {
    /** Level 2: first access and sensitive pages. */
    ACCESS,
    /** Level 3: one operation, named in the message. */
    OPERATION;

    /** The name in options, at the bridge and in templates. */
    String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    static SmsPurpose parse(String code) {
        return Arrays.stream(values())
                .filter(purpose -> purpose.code().equals(code))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("option purpose must be access or operation"));
    }
}
