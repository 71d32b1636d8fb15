package it.areaclienti.keycloak.customers;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One customer as the agency knows them, validated: contacts canonical and without repetition, text trimmed, absent text
 * null. Build it with {@link CustomerRecordReader}.
 */
record CustomerRecord(
        String customerCode,
        String kind,
        String firstName,
        String lastName,
        String companyName,
        String taxCode,
        String vatNumber,
        String agencyCode,
        String scheme,
        boolean ceased,
        List<String> emails,
        List<String> mobiles,
        List<String> landlines,
        String accessMobile,
        boolean accessMobileReleased,
        String recordHash) {

    /** Username before registration. */
    String provisionalUsername() {
        return customerCode.toLowerCase(Locale.ROOT);
    }

    /** The attributes that belong to the agency; an empty list means that the attribute goes. */
    Map<String, List<String>> agencyAttributes() {
        return Map.ofEntries(
                Map.entry(CustomerAttributes.CUSTOMER_CODE, List.of(customerCode)),
                Map.entry(CustomerAttributes.CUSTOMER_KIND, List.of(kind)),
                one(CustomerAttributes.COMPANY_NAME, companyName),
                one(CustomerAttributes.TAX_CODE, taxCode),
                one(CustomerAttributes.VAT_NUMBER, vatNumber),
                one(CustomerAttributes.AGENCY_CODE, agencyCode),
                one(CustomerAttributes.SCHEME, scheme),
                Map.entry(CustomerAttributes.EMAIL_AGENCY, emails),
                Map.entry(CustomerAttributes.MOBILE_AGENCY, mobiles),
                Map.entry(CustomerAttributes.LANDLINE_AGENCY, landlines),
                one(CustomerAttributes.ACCESS_MOBILE, accessMobile),
                one(CustomerAttributes.WAITING_MOBILE, null),
                Map.entry(CustomerAttributes.RECORD_HASH, List.of(recordHash)));
    }

    private static Map.Entry<String, List<String>> one(String name, String value) {
        return Map.entry(name, value == null ? List.of() : List.of(value));
    }
}
