package it.areaclienti.keycloak.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import it.areaclienti.keycloak.admin.AdminRights.Right;
import it.areaclienti.keycloak.contacts.Contacts;
import it.areaclienti.keycloak.credentials.CredentialSetupIssuer;
import it.areaclienti.keycloak.credentials.CredentialSetupIssuer.SetupLink;
import it.areaclienti.keycloak.customers.CustomerBulk;
import it.areaclienti.keycloak.customers.CustomerBulk.Outcome;
import it.areaclienti.keycloak.customers.CustomerDirectory;
import it.areaclienti.keycloak.notices.WaitingMobileNotice;
import it.areaclienti.keycloak.problems.Problem;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import java.util.function.Supplier;
import org.keycloak.events.admin.OperationType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.resources.admin.AdminEventBuilder;
import org.keycloak.util.JsonSerialization;

/**
 * {@code /admin/realms/{realm}/area-clienti}: the customers resources of docs/contracts.md. Each method checks its right,
 * parses, makes one call and answers; refusals are problems.
 */
public class CustomersResource {
    private static final String EVENT_BULK = "AREA_CLIENTI_CUSTOMERS";
    private static final String EVENT_SETUP = "AREA_CLIENTI_CREDENTIAL_SETUP";
    /** A full request of 500 records with every field at its longest is below this. */
    private static final int MAX_BODY = 8 * 1024 * 1024;

    private static final ObjectReader STRICT_JSON = new ObjectMapper()
            .reader()
            .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final KeycloakSession session;
    private final RealmModel realm;
    private final AdminRights rights;
    private final AdminEventBuilder events;

    CustomersResource(KeycloakSession session, RealmModel realm, AdminRights rights, AdminEventBuilder events) {
        this.session = session;
        this.realm = realm;
        this.rights = rights;
        this.events = events;
    }

    /** Creates and updates customers from the agencies' records. */
    @POST
    @Path("customers/bulk")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response bulk(String body) {
        return answer(() -> {
            rights.require(Right.CUSTOMERS_WRITE);
            CustomerBulk bulk = new CustomerBulk(session, records(body), WaitingMobileNotice.of(session));
            Map<Outcome, Integer> counts = bulk.run();
            recordBulk(counts);
            return bulk.answer(counts);
        });
    }

    /** The customers who hold a contact, or whose username it is. */
    @GET
    @Path("customers")
    @Produces(MediaType.APPLICATION_JSON)
    public Response byContact(@QueryParam("contact") String raw) {
        return answer(() -> {
            rights.require(Right.CUSTOMERS_READ);
            String contact = Contacts.canonicalUsername(raw)
                    .or(() -> Contacts.landline(raw))
                    .orElseThrow(() -> Problem.unprocessable("contact_malformed", "Neither an email nor a telephone number."));
            ObjectNode answer = JsonSerialization.mapper.createObjectNode();
            ArrayNode customers = answer.putArray("customers");
            for (UserModel customer : new CustomerDirectory(session, realm).byContact(contact)) {
                customers.add(CustomerView.brief(realm, customer, contact));
            }
            return answer;
        });
    }

    /** One customer. */
    @GET
    @Path("customers/{code}")
    @Produces(MediaType.APPLICATION_JSON)
    public Response byCode(@PathParam("code") String code) {
        return answer(() -> {
            rights.require(Right.CUSTOMERS_READ);
            return CustomerView.whole(realm, customer(code));
        });
    }

    /** A link to the page where the customer whose contact was proved chooses a password. */
    @POST
    @Path("customers/{code}/credential-setup")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response credentialSetup(@PathParam("code") String code, String body) {
        return answer(() -> {
            rights.require(Right.CREDENTIAL_SETUP);
            UserModel customer = customer(code);
            SetupLink link = new CredentialSetupIssuer(session, realm).issue(customer, json(body));
            events.operation(OperationType.ACTION)
                    .resource(EVENT_SETUP)
                    .resourcePath("area-clienti", "customers", customer.getId(), "credential-setup")
                    .detail("purpose", link.purpose())
                    .success();
            return JsonSerialization.mapper.createObjectNode().put("link", link.link()).put("expires_in", link.expiresIn());
        });
    }

    /** Blocks an account, lifts its block, or cancels it. */
    @POST
    @Path("customers/{code}/state")
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Response state(@PathParam("code") String code, String body) {
        return answer(() -> {
            rights.requireOneOf(Right.CUSTOMERS_BLOCK, Right.CUSTOMERS_CANCEL, Right.ACCOUNT_CANCELLATION);
            StateRequest request = StateRequest.read(json(body));
            rights.require(request.right());
            new StateChange(session, realm, events).carryOut(request, customer(code));
            return CustomerView.state(customer(code));
        });
    }

    /** Who can administer the whole server: after set-up, nobody. */
    @GET
    @Path("installation")
    @Produces(MediaType.APPLICATION_JSON)
    public Response installation() {
        return answer(() -> {
            rights.require(Right.INSTALLATION_READ);
            return InstallationView.of(session);
        });
    }

    private UserModel customer(String code) {
        return new CustomerDirectory(session, realm).byCode(code).orElseThrow(Problem::customerUnknown);
    }

    /** One event a request, with counts only; a rerun that wrote nothing leaves none. */
    private void recordBulk(Map<Outcome, Integer> counts) {
        if (counts.get(Outcome.CREATED) + counts.get(Outcome.UPDATED) + counts.get(Outcome.REFUSED) == 0) {
            return;
        }
        events.operation(OperationType.UPDATE).resource(EVENT_BULK).resourcePath("area-clienti", "customers", "bulk");
        counts.forEach((outcome, count) -> events.detail(outcome.code(), count.toString()));
        events.success();
    }

    private static JsonNode records(String body) {
        JsonNode request = json(body);
        JsonNode records = request.path("records");
        if (!records.isArray() || request.size() != 1) {
            throw Problem.malformed("The body is {\"records\": [...]} and nothing else.");
        }
        if (records.size() > CustomerBulk.MAX_RECORDS) {
            throw Problem.unprocessable("too_many_records", "At most " + CustomerBulk.MAX_RECORDS + " records a request.");
        }
        return records;
    }

    private static JsonNode json(String body) {
        if (body == null || body.length() > MAX_BODY) {
            throw Problem.malformed("The body is missing or too large.");
        }
        try {
            JsonNode node = STRICT_JSON.readTree(body);
            if (!node.isObject()) {
                throw Problem.malformed("The body is a JSON object.");
            }
            return node;
        } catch (JsonProcessingException unreadable) {
            throw Problem.malformed("The body is not JSON, or names a key twice.");
        }
    }

    private static Response answer(Supplier<JsonNode> call) {
        try {
            return Response.ok(call.get().toString(), MediaType.APPLICATION_JSON_TYPE).build();
        } catch (Problem problem) {
            return problem.toResponse();
        }
    }
}
