package it.areaclienti.keycloak.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import it.areaclienti.keycloak.problems.Problem;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.keycloak.common.util.Time;
import org.keycloak.models.ClientModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.protocol.oidc.utils.RedirectUtils;
import org.keycloak.services.resources.LoginActionsService;

/**
 * Answers the portal's request for a set-up link. The portal cannot vouch for anything itself: the proof is the bridge's,
 * and the contact must be one the portal cannot write.
 */
public final class CredentialSetupIssuer {
    /** How long a link works, and a proof is good for at most. */
    static final int LIFESPAN_S = 600;
    /** The client whose redirect addresses the page may lead back to. */
    static final String PORTAL_CLIENT = "portal";

    private static final Set<String> FIELDS = Set.of("purpose", "proof", "redirect_uri", "locale");
    private static final int MAX_TEXT = 4096;

    private final KeycloakSession session;
    private final RealmModel realm;

    public CredentialSetupIssuer(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realm = realm;
    }

    /**
     * A link that was given out.
     *
     * @param expiresIn seconds
     */
    public record SetupLink(String link, int expiresIn, String purpose) {}

    /**
     * Gives out a link for the customer; an older one stops working.
     *
     * @param request the body: {@code purpose}, {@code proof}, {@code redirect_uri}, {@code locale}
     * @throws Problem with the codes of docs/contracts.md; the proof is spent only when nothing else is wrong
     */
    public SetupLink issue(UserModel customer, JsonNode request) {
        refuseUnknownFields(request);
        SetupPurpose purpose = SetupPurpose.of(text(request, "purpose"))
                .orElseThrow(() -> Problem.malformed("purpose is registration or recovery."));
        String redirectUri = text(request, "redirect_uri");
        ClientModel portal = portal(redirectUri);
        ContactProofs proofs = new ContactProofs(session, realm);
        ContactProof proof = proofs.verified(customer, purpose.code(), text(request, "proof"));
        SetupRules.obstacle(session, realm, customer, purpose, proof.contact()).ifPresent(obstacle -> {
            throw Problem.conflict(obstacle.name().toLowerCase(Locale.ROOT), "What stands for this customer does not allow it.");
        });
        proofs.spend(proof);
        return link(customer, portal, purpose, proof.contact(), redirectUri, locale(request));
    }

    private ClientModel portal(String redirectUri) {
        ClientModel portal = realm.getClientByClientId(PORTAL_CLIENT);
        // Compared whole: an address with a wildcard admits none.
        if (portal == null
                || redirectUri == null
                || redirectUri.indexOf('*') >= 0
                || !RedirectUtils.resolveValidRedirects(session, portal.getRootUrl(), portal.getRedirectUris())
                        .contains(redirectUri)) {
            throw Problem.unprocessable("redirect_uri_invalid", "Not one of the portal's redirect addresses.");
        }
        return portal;
    }

    private SetupLink link(
            UserModel customer,
            ClientModel portal,
            SetupPurpose purpose,
            String contact,
            String redirectUri,
            String locale) {
        CredentialSetupToken token =
                new CredentialSetupToken(customer.getId(), Time.currentTimeSeconds() + LIFESPAN_S, portal.getClientId());
        token.id(UUID.randomUUID().toString());
        String key = token.serialize(session, realm, session.getContext().getUri());
        new OutstandingSetup(token.getId(), purpose, contact, redirectUri, locale)
                .open(session, realm, customer.getId(), LIFESPAN_S);
        String link = LoginActionsService.actionTokenProcessor(session.getContext().getUri())
                .queryParam("key", key)
                .build(realm.getName())
                .toString();
        return new SetupLink(link, LIFESPAN_S, purpose.code());
    }

    /** A language the realm does not speak is not worth a refusal: the page falls back to the realm's. */
    private String locale(JsonNode request) {
        String locale = text(request, "locale");
        return realm.getSupportedLocalesStream().anyMatch(supported -> supported.equals(locale)) ? locale : null;
    }

    private static void refuseUnknownFields(JsonNode request) {
        for (Iterator<String> names = request.fieldNames(); names.hasNext(); ) {
            if (!FIELDS.contains(names.next())) {
                throw Problem.malformed("The body has a field we do not know.");
            }
        }
    }

    private static String text(JsonNode request, String field) {
        JsonNode value = request.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual() || value.textValue().length() > MAX_TEXT) {
            throw Problem.malformed(field + " is a text of at most " + MAX_TEXT + " characters.");
        }
        return value.textValue();
    }
}
