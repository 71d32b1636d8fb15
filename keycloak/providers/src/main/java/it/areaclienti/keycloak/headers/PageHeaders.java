package it.areaclienti.keycloak.headers;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.regex.Pattern;
import org.keycloak.headers.DefaultSecurityHeadersProvider;
import org.keycloak.headers.SecurityHeadersOptions;
import org.keycloak.headers.SecurityHeadersProvider;

/**
 * The realm's headers, which allow no inline script, and what they cannot say: headers Keycloak has no setting for, and
 * other policies for the pages Keycloak ships with inline scripts. Those are the consoles, whose scripts are allowed by
 * their hashes, and the two frames its JavaScript library looks at sessions through.
 */
final class PageHeaders implements SecurityHeadersProvider {
    private static final String POLICY = "Content-Security-Policy";
    private static final String OUR_SCRIPTS = "script-src 'self'";
    private static final Pattern CONSOLE = Pattern.compile("/(admin/[^/]+/console|realms/[^/]+/account)(/.*)?");
    private static final Pattern SESSION_FRAME = Pattern.compile(
            "/realms/[^/]+/protocol/openid-connect/(login-status-iframe\\.html|3p-cookies/step[12]\\.html)");
    /** Styles: the consoles' components write style attributes, which no hash can allow. */
    private static final String CONSOLE_POLICY = "default-src 'none'; script-src 'self'%s; style-src 'self' 'unsafe-inline'; "
            + "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
            + "frame-ancestors 'none'; object-src 'none'; base-uri 'none'";
    private static final String FRAME_POLICY = "default-src 'none'; script-src 'self' 'unsafe-inline'; connect-src 'self'; "
            + "form-action 'none'; frame-ancestors 'self'; object-src 'none'; base-uri 'none'";

    private final DefaultSecurityHeadersProvider realms;

    PageHeaders(DefaultSecurityHeadersProvider realms) {
        this.realms = realms;
    }

    @Override
    public SecurityHeadersOptions options() {
        return realms.options();
    }

    @Override
    public void addHeaders(ContainerRequestContext request, ContainerResponseContext response) {
        realms.addHeaders(request, response);
        MultivaluedMap<String, Object> headers = response.getHeaders();
        headers.putSingle("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
        headers.putSingle("Cross-Origin-Opener-Policy", "same-origin");
        headers.putSingle("Cross-Origin-Resource-Policy", "same-origin");
        if (headers.containsKey(POLICY) && isHtml(response.getMediaType())) {
            String path = request.getUriInfo().getRequestUri().getPath();
            if (SESSION_FRAME.matcher(path).matches()) {
                headers.putSingle(POLICY, FRAME_POLICY);
            } else if (CONSOLE.matcher(path).matches()) {
                headers.putSingle(POLICY, CONSOLE_POLICY.formatted(InlineScripts.sources(response.getEntity())));
            } else {
                String hashes = InlineScripts.sourcesOfForm(response.getEntity());
                headers.putSingle(POLICY, headers.getFirst(POLICY).toString().replace(OUR_SCRIPTS, OUR_SCRIPTS + hashes));
            }
        }
    }

    private static boolean isHtml(MediaType type) {
        return type != null && MediaType.TEXT_HTML_TYPE.isCompatible(type);
    }
}
