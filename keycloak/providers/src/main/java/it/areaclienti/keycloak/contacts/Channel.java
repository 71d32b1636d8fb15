package it.areaclienti.keycloak.contacts;

/** How a contact is reached; the names are those of the agency feed and of the bridge. */
public enum Channel {
    EMAIL("email"),
    MOBILE("mobile"),
    LANDLINE("landline");

    private final String code;

    Channel(String code) {
        this.code = code;
    }

    /** The name on the wire. */
    public String code() {
        return code;
    }

    /** The channel of a canonical contact: an address has an at sign, a number never. */
    public static Channel ofUsername(String canonical) {
        return canonical.indexOf('@') >= 0 ? EMAIL : MOBILE;
    }
}
