package it.areaclienti.keycloak.customers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CustomerRecordReaderTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode record() {
        ObjectNode record = JSON.createObjectNode()
                .put("customer_code", "G0001")
                .put("kind", "person")
                .put("first_name", "Ada")
                .put("last_name", "D'Angelo")
                .put("company_name", "")
                .put("tax_code", "RSSMRA85T10A562S")
                .put("status", "active")
                .put("access_mobile", "+393201234567")
                .put("record_hash", "00ff");
        record.putArray("emails").add("ada@example.com").add("ada@example.com");
        record.putArray("mobiles").add("+393201234567");
        return record;
    }

    @Test
    void aWholeRecordIsReadAndEmptyTextMeansNotGiven() throws RecordRefused {
        CustomerRecord read = CustomerRecordReader.read(record());
        assertEquals("g0001", read.provisionalUsername());
        assertEquals(List.of("ada@example.com"), read.emails());
        assertEquals(List.of(), read.landlines());
        assertNull(read.companyName());
        assertFalse(read.ceased());
        assertEquals(List.of(), read.agencyAttributes().get(CustomerAttributes.COMPANY_NAME));
    }

    @ParameterizedTest
    @CsvSource({
        "customer_code, g0001, value_malformed",
        "customer_code, '', field_missing",
        "kind, robot, value_malformed",
        "status, deleted, value_malformed",
        "last_name, '', field_missing",
        "tax_code, RSSMRA85T10A562, value_malformed",
        "vat_number, 1234567890, value_malformed",
        "access_mobile, +393201234568, access_mobile_not_on_file",
        "access_mobile_released, true, value_malformed",
        "record_hash, '', field_missing",
    })
    void aFieldAtFaultIsNamed(String field, String value, String code) {
        RecordRefused refused =
                assertThrows(RecordRefused.class, () -> CustomerRecordReader.read(record().put(field, value)));
        assertEquals(code, refused.code());
        assertEquals(field, refused.field());
        assertFalse(!value.isEmpty() && refused.getMessage().contains(value), "the value is not repeated");
    }

    @Test
    void contactsMustComeCanonical() {
        ObjectNode record = record();
        record.putArray("emails").add("ada@example.com").add("Ada@example.com");
        RecordRefused refused = assertThrows(RecordRefused.class, () -> CustomerRecordReader.read(record));
        assertEquals(RecordRefused.NOT_CANONICAL, refused.code());
        assertEquals("emails[1]", refused.field());
    }

    @Test
    void anUnknownFieldAndTextTooLongAreRefused() {
        assertEquals(
                RecordRefused.UNKNOWN_FIELD,
                assertThrows(RecordRefused.class, () -> CustomerRecordReader.read(record().put("username", "x"))).code());
        assertEquals(
                RecordRefused.TOO_LONG,
                assertThrows(
                                RecordRefused.class,
                                () -> CustomerRecordReader.read(record().put("first_name", "a".repeat(256))))
                        .code());
        assertEquals(
                RecordRefused.MALFORMED,
                assertThrows(RecordRefused.class, () -> CustomerRecordReader.read(JSON.getNodeFactory().textNode("x")))
                        .code());
    }

    @Test
    void aCompanyNeedsItsNameAndNoSurname() throws RecordRefused {
        ObjectNode company = record().put("kind", "company").put("company_name", "Rossi & C.");
        company.remove(List.of("first_name", "last_name"));
        assertEquals("Rossi & C.", CustomerRecordReader.read(company).companyName());
        assertEquals(
                "company_name",
                assertThrows(RecordRefused.class, () -> CustomerRecordReader.read(company.put("company_name", " "))).field());
    }
}
