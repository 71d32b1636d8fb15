package it.areaclienti.keycloak.customers;

import com.fasterxml.jackson.databind.JsonNode;
import it.areaclienti.keycloak.contacts.Channel;
import it.areaclienti.keycloak.contacts.Contacts;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads one record of a bulk request, whole or not at all. Empty text and a missing key both mean "not given". */
final class CustomerRecordReader {
    private static final Set<String> FIELDS = Set.of(
            "customer_code", "kind", "first_name", "last_name", "company_name", "tax_code", "vat_number", "agency_code",
            "scheme", "status", "emails", "mobiles", "landlines", "access_mobile",
            "access_mobile_released", "record_hash");
    private static final Set<String> KINDS = Set.of("person", "professional", "company");
    private static final Set<String> STATUSES = Set.of("active", "ceased");
    private static final int MAX_NAME = 255;
    private static final int MAX_CODE = 32;
    private static final int MAX_SCHEME = 64;
    private static final int MAX_HASH = 64;
    private static final int MAX_CONTACTS = 20;

    private static final Pattern CUSTOMER_CODE = Pattern.compile("[A-Z0-9][A-Z0-9._-]{2,31}");
    /** A person's code (its digits may be letters where two people share it) or a company's eleven digits. */
    private static final Pattern TAX_CODE = Pattern.compile(
            "[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]|[0-9]{11}");
    private static final Pattern VAT_NUMBER = Pattern.compile("[0-9]{11}");
    private static final Pattern PLAIN_CODE = Pattern.compile("[A-Za-z0-9._-]+");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final JsonNode node;

    private CustomerRecordReader(JsonNode node) {
        this.node = node;
    }

    /** @throws RecordRefused naming the first field at fault */
    static CustomerRecord read(JsonNode node) throws RecordRefused {
        if (!node.isObject()) {
            throw new RecordRefused(RecordRefused.MALFORMED, null, "A record is a JSON object.");
        }
        return new CustomerRecordReader(node).read();
    }

    private CustomerRecord read() throws RecordRefused {
        refuseUnknownFields();
        String kind = among("kind", KINDS);
        String companyName = text("company_name", MAX_NAME);
        String lastName = text("last_name", MAX_NAME);
        required(kind.equals("company") ? "company_name" : "last_name", kind.equals("company") ? companyName : lastName);
        List<String> mobiles = contacts("mobiles", Channel.MOBILE);
        return new CustomerRecord(
                required("customer_code", shaped("customer_code", MAX_CODE, CUSTOMER_CODE)),
                kind,
                text("first_name", MAX_NAME),
                lastName,
                companyName,
                shaped("tax_code", MAX_CODE, TAX_CODE),
                shaped("vat_number", MAX_CODE, VAT_NUMBER),
                shaped("agency_code", MAX_CODE, PLAIN_CODE),
                shaped("scheme", MAX_SCHEME, PLAIN_CODE),
                among("status", STATUSES).equals("ceased"),
                contacts("emails", Channel.EMAIL),
                mobiles,
                contacts("landlines", Channel.LANDLINE),
                accessMobile(mobiles),
                flag("access_mobile_released"),
                required("record_hash", shaped("record_hash", MAX_HASH, PLAIN_CODE)));
    }

    private void refuseUnknownFields() throws RecordRefused {
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            if (!FIELDS.contains(names.next())) {
                // The name itself is not repeated: it is the sender's text.
                throw new RecordRefused(RecordRefused.UNKNOWN_FIELD, null, "The record has a field we do not know.");
            }
        }
    }

    private String accessMobile(List<String> mobiles) throws RecordRefused {
        String value = text("access_mobile", MAX_CODE);
        if (value != null && !mobiles.contains(value)) {
            throw new RecordRefused(
                    RecordRefused.ACCESS_MOBILE_NOT_ON_FILE, "access_mobile", "The access mobile is none of the mobiles.");
        }
        return value;
    }

    private List<String> contacts(String field, Channel channel) throws RecordRefused {
        JsonNode values = node.path(field);
        if (values.isMissingNode() || values.isNull()) {
            return List.of();
        }
        if (!values.isArray()) {
            throw new RecordRefused(RecordRefused.VALUE_MALFORMED, field, "Contacts are a list.");
        }
        if (values.size() > MAX_CONTACTS) {
            throw new RecordRefused(RecordRefused.TOO_LONG, field, "At most " + MAX_CONTACTS + " contacts a channel.");
        }
        Set<String> contacts = new LinkedHashSet<>();
        for (int i = 0; i < values.size(); i++) {
            JsonNode value = values.get(i);
            String raw = value.isTextual() ? value.textValue() : "";
            if (!Contacts.canonical(channel, raw).filter(raw::equals).isPresent()) {
                throw new RecordRefused(
                        RecordRefused.NOT_CANONICAL, field + "[" + i + "]", "Not a canonical " + channel.code() + ".");
            }
            contacts.add(raw);
        }
        return new ArrayList<>(contacts);
    }

    private String among(String field, Set<String> allowed) throws RecordRefused {
        String value = required(field, text(field, MAX_CODE));
        if (!allowed.contains(value)) {
            throw new RecordRefused(RecordRefused.VALUE_MALFORMED, field, "Not one of the known values.");
        }
        return value;
    }

    private String shaped(String field, int maxLength, Pattern shape) throws RecordRefused {
        String value = text(field, maxLength);
        if (value != null && !shape.matcher(value).matches()) {
            throw new RecordRefused(RecordRefused.VALUE_MALFORMED, field, "Not the shape of such a value.");
        }
        return value;
    }

    private boolean flag(String field) throws RecordRefused {
        JsonNode value = node.path(field);
        if (!value.isMissingNode() && !value.isNull() && !value.isBoolean()) {
            throw new RecordRefused(RecordRefused.VALUE_MALFORMED, field, "True or false was expected.");
        }
        return value.asBoolean(false);
    }

    private String text(String field, int maxLength) throws RecordRefused {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw new RecordRefused(RecordRefused.VALUE_MALFORMED, field, "Text was expected.");
        }
        String text = value.textValue().strip();
        if (text.length() > maxLength) {
            throw new RecordRefused(RecordRefused.TOO_LONG, field, "Longer than " + maxLength + " characters.");
        }
        if (CONTROL.matcher(text).find()) {
            throw new RecordRefused(RecordRefused.VALUE_MALFORMED, field, "Control characters are not text.");
        }
        return text.isEmpty() ? null : text;
    }

    private static String required(String field, String value) throws RecordRefused {
        if (value == null) {
            throw new RecordRefused(RecordRefused.MISSING, field, "The field is required.");
        }
        return value;
    }
}
