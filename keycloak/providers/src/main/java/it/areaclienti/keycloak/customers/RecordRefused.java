package it.areaclienti.keycloak.customers;

/** One record of a bulk request cannot be taken; the others can. Holds names of fields, never their values. */
final class RecordRefused extends Exception {
    static final String MALFORMED = "record_malformed";
    static final String UNKNOWN_FIELD = "unknown_field";
    static final String MISSING = "field_missing";
    static final String TOO_LONG = "too_long";
    static final String VALUE_MALFORMED = "value_malformed";
    static final String NOT_CANONICAL = "contact_not_canonical";
    static final String ACCESS_MOBILE_NOT_ON_FILE = "access_mobile_not_on_file";
    static final String DUPLICATE = "duplicate_in_request";
    static final String PROFILE = "profile_refused";
    static final String CONFLICT = "conflict";
    /** Passes: the same record is to be sent again. */
    static final String NOT_TOLD = "contacts_not_told";

    private final String code;
    private final String field;

    RecordRefused(String code, String field, String detail) {
        super(detail, null, false, false);
        this.code = code;
        this.field = field;
    }

    String code() {
        return code;
    }

    /** Name of the field at fault, or null when it is the whole record. */
    String field() {
        return field;
    }
}
