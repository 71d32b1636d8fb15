package it.areaclienti.keycloak.customers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import it.areaclienti.keycloak.customers.AccessMobileChange.Verdict;
import it.areaclienti.keycloak.customers.CustomerWriter.Written;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;
import org.keycloak.connections.jpa.support.EntityManagers;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.util.JsonSerialization;

/**
 * Writes many records of the agencies into the realm, each on its own merit: one that is refused never sinks the others.
 *
 * <p>All records go in one transaction, batched. Should that transaction fail as a whole (another request created one of
 * the same customers a moment before), each record is tried again in a transaction of its own.
 */
public final class CustomerBulk {
    /** Larger requests make the persistence context, and with it every flush, slow. */
    public static final int MAX_RECORDS = 500;

    private static final Logger LOG = Logger.getLogger(CustomerBulk.class);
    private static final String TASK = "area-clienti customers bulk";

    /** What became of a record. */
    public enum Outcome {
        CREATED,
        UPDATED,
        UNCHANGED,
        REFUSED;

        /** The name on the wire. */
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final KeycloakSession session;
    private final JsonNode records;
    private final WaitingMobileNotices notices;
    private final List<CustomerRecord> readable = new ArrayList<>();
    private final List<Integer> positions = new ArrayList<>();
    private final Written[] written;
    private final RecordRefused[] refusals;

    public CustomerBulk(KeycloakSession session, JsonNode records, WaitingMobileNotices notices) {
        this.session = session;
        this.records = records;
        this.notices = notices;
        this.written = new Written[records.size()];
        this.refusals = new RecordRefused[records.size()];
    }

    /** Writes the records; returns how many met each outcome. */
    public Map<Outcome, Integer> run() {
        read();
        if (!readable.isEmpty() && !writeTogether()) {
            writeOneByOne();
        }
        Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            counts.put(outcome, 0);
        }
        for (Written one : written) {
            counts.merge(one.outcome(), 1, Integer::sum);
        }
        return counts;
    }

    /** The answer's body, results in the order of the records; call after {@link #run()}. */
    public ObjectNode answer(Map<Outcome, Integer> counts) {
        ObjectNode body = JsonSerialization.mapper.createObjectNode();
        ArrayNode results = body.putArray("results");
        for (int i = 0; i < written.length; i++) {
            ObjectNode result = results.addObject();
            JsonNode code = records.get(i).path("customer_code");
            result.put("customer_code", code.isTextual() ? code.textValue() : null);
            result.put("outcome", written[i].outcome().code());
            if (written[i].mobile() != Verdict.APPLIES) {
                result.put("mobile_waits", true);
                result.put("contacts_told", written[i].mobile() == Verdict.WAITS_TOLD);
            }
            if (refusals[i] != null) {
                result.put("code", refusals[i].code());
                result.put("field", refusals[i].field());
                result.put("detail", refusals[i].getMessage());
            }
        }
        counts.forEach((outcome, count) -> body.put(outcome.code(), count));
        return body;
    }

    private void read() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < records.size(); i++) {
            try {
                CustomerRecord record = CustomerRecordReader.read(records.get(i));
                if (!seen.add(record.customerCode())) {
                    throw new RecordRefused(
                            RecordRefused.DUPLICATE, "customer_code", "The request holds this customer already.");
                }
                readable.add(record);
                positions.add(i);
            } catch (RecordRefused refused) {
                refuse(i, refused);
            }
        }
    }

    private boolean writeTogether() {
        try {
            inTransaction(readable, positions);
            return true;
        } catch (RuntimeException failed) {
            LOG.debugf("A batch of %d records failed as a whole, each is tried alone", readable.size());
            return false;
        }
    }

    private void writeOneByOne() {
        for (int i = 0; i < readable.size(); i++) {
            int position = positions.get(i);
            refusals[position] = null;
            try {
                inTransaction(List.of(readable.get(i)), List.of(position));
            } catch (RuntimeException failed) {
                // The message of a constraint violation may hold the values.
                LOG.warnf("A customer record could not be written: %s", failed.getClass().getSimpleName());
                refuse(position, new RecordRefused(
                        RecordRefused.CONFLICT, null, "The record is at odds with what another request wrote."));
            }
        }
    }

    private void inTransaction(List<CustomerRecord> batch, List<Integer> batchPositions) {
        KeycloakModelUtils.runJobInTransactionWithResult(
                session.getKeycloakSessionFactory(),
                session.getContext(),
                inner -> {
                    RealmModel realm = inner.getContext().getRealm();
                    EntityManagers.runInBatch(inner, () -> write(inner, realm, batch, batchPositions), true);
                    return null;
                },
                TASK);
    }

    private void write(KeycloakSession inner, RealmModel realm, List<CustomerRecord> batch, List<Integer> batchPositions) {
        CustomerWriter writer = new CustomerWriter(inner, realm, notices);
        CustomerDirectory directory = new CustomerDirectory(inner, realm);
        Map<String, CustomerDirectory.Entry> entries = directory.entries(codes(batch));
        directory.load(changing(batch, entries));
        Set<String> taken = directory.usernames(newUsernames(batch, entries));
        for (int i = 0; i < batch.size(); i++) {
            CustomerRecord record = batch.get(i);
            int position = batchPositions.get(i);
            try {
                CustomerDirectory.Entry entry = entries.get(record.customerCode());
                if (entry == null && taken.contains(record.provisionalUsername())) {
                    throw new RecordRefused(
                            RecordRefused.CONFLICT, "customer_code", "Another user has the username of this code.");
                }
                written[position] = writer.write(record, entry);
            } catch (RecordRefused refused) {
                refuse(position, refused);
            }
        }
        writer.finish();
    }

    private static List<String> codes(List<CustomerRecord> batch) {
        return batch.stream().map(CustomerRecord::customerCode).toList();
    }

    private static List<String> changing(List<CustomerRecord> batch, Map<String, CustomerDirectory.Entry> entries) {
        return batch.stream()
                .filter(record -> entries.containsKey(record.customerCode()))
                .filter(record -> !entries.get(record.customerCode()).holds(record))
                .map(record -> entries.get(record.customerCode()).userId())
                .toList();
    }

    private static List<String> newUsernames(List<CustomerRecord> batch, Map<String, CustomerDirectory.Entry> entries) {
        return batch.stream()
                .filter(record -> !entries.containsKey(record.customerCode()))
                .map(CustomerRecord::provisionalUsername)
                .toList();
    }

    private void refuse(int position, RecordRefused refused) {
        written[position] = new Written(Outcome.REFUSED, Verdict.APPLIES);
        refusals[position] = refused;
    }
}
