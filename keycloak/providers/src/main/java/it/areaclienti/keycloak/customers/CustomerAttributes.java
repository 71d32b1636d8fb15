package it.areaclienti.keycloak.customers;

import java.util.List;

/** Names of the user attributes of a customer, as the realm's user profile declares them. */
public final class CustomerAttributes {
    public static final String CUSTOMER_CODE = "customer_code";
    public static final String CUSTOMER_KIND = "customer_kind";
    public static final String COMPANY_NAME = "company_name";
    public static final String TAX_CODE = "tax_code";
    public static final String VAT_NUMBER = "vat_number";
    public static final String AGENCY_CODE = "agency_code";
    public static final String SCHEME = "scheme";
    public static final String EMAIL_AGENCY = "email_agency";
    public static final String MOBILE_AGENCY = "mobile_agency";
    public static final String LANDLINE_AGENCY = "landline_agency";
    public static final String EMAIL_CUSTOMER = "email_customer";
    public static final String MOBILE_CUSTOMER = "mobile_customer";
    public static final String ACCESS_MOBILE = "access_mobile";
    public static final String ACCOUNT_STATE = "account_state";
    /** What the account was when the agency closed it: what it becomes again if the agency reopens it. */
    public static final String STATE_BEFORE_CEASED = "state_before_ceased";
    /** What the account was when an administrator blocked it: what it becomes again when the block is lifted. */
    public static final String STATE_BEFORE_BLOCKED = "state_before_blocked";
    /** {@code true} from a credential set-up until the first SMS step after it succeeds. */
    public static final String STEP_UP_DUE = "step_up_due";
    /** Numbers, masked, that an administrator took away: they receive codes no more until the administrator allows it. */
    public static final String WITHDRAWN_MOBILES = "withdrawn_mobiles";
    /** The number that waits to become the access mobile of a registered customer, whose other contacts were told of it. */
    public static final String WAITING_MOBILE = "waiting_mobile";
    public static final String RECORD_HASH = "record_hash";

    /** Where the agency's contacts are, and the customer's own, that can receive a code. */
    public static final List<String> AGENCY_REACHABLE = List.of(EMAIL_AGENCY, MOBILE_AGENCY);
    public static final List<String> CUSTOMER_REACHABLE = List.of(EMAIL_CUSTOMER, MOBILE_CUSTOMER);

    /** Realm role of customers with an online account. */
    public static final String REGISTERED_ROLE = "registered";

    private CustomerAttributes() {}
}
