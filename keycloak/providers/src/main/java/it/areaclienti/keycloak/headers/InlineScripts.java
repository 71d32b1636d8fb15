package it.areaclienti.keycloak.headers;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The hashes by which a policy allows a page's own inline scripts, and none that is put in later (CSP level 3, 2.3.1). */
final class InlineScripts {
    private static final Pattern SCRIPT =
            Pattern.compile("<script(?![^>]*\\bsrc=)[^>]*>(.*?)</script>", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    /** What Keycloak itself puts into the page that answers a form, so that reloading it does not post again; no more. */
    private static final Pattern ADDRESS_OF_PAGE = Pattern.compile("\\s*if \\(typeof history\\.replaceState === 'function'\\) \\{"
            + "\\s*history\\.replaceState\\(\\{}, \"[A-Za-z ]*\", \"[^\"'<>\\\\\\s]+\"\\);\\s*}\\s*");

    private InlineScripts() {}

    /** One source expression a script, each after a space; none for what is no text, whose scripts then do not run. */
    static String sources(Object page) {
        return sources(page, script -> true);
    }

    /** The same, of the script alone that gives the page of a form its own address. */
    static String sourcesOfForm(Object page) {
        return sources(page, script -> ADDRESS_OF_PAGE.matcher(script).matches());
    }

    private static String sources(Object page, Predicate<String> allowed) {
        StringBuilder sources = new StringBuilder();
        if (page instanceof String html) {
            // A browser reads line ends as one character before it hashes (HTML, preprocessing the input stream).
            Matcher script = SCRIPT.matcher(html.replace("\r\n", "\n"));
            while (script.find()) {
                if (allowed.test(script.group(1))) {
                    sources.append(" 'sha256-").append(hash(script.group(1))).append('\'');
                }
            }
        }
        return sources.toString();
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
