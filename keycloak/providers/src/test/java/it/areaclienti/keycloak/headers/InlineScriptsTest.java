package it.areaclienti.keycloak.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class InlineScriptsTest {
    @Test
    void aScriptIsAllowedByTheHashOfExactlyItsText() {
        // The example of CSP level 3, section 8.4: echo -n "alert('Hello, world.');" | openssl sha256 -binary | base64
        assertEquals(
                " 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='",
                InlineScripts.sources("<p><script type=\"module\">alert('Hello, world.');</script>"));
    }

    @Test
    void aScriptFromAFileNeedsNoHashAndAPageThatIsNoTextHasNone() {
        assertEquals("", InlineScripts.sources("<script type=\"module\" src=\"/a.js\"></script>"));
        assertEquals("", InlineScripts.sources(null));
        assertEquals("", InlineScripts.sources(new byte[] {1}));
    }

    @Test
    void everyScriptOfThePageCounts() {
        assertEquals(3, InlineScripts.sources("<script>a</script><SCRIPT>b\n</SCRIPT><script>c</script>").split("sha256").length - 1);
    }

    @Test
    void ofAFormsPageOnlyKeycloaksOwnScriptIsAllowedAndNoneThatLooksLikeIt() {
        String own = "<SCRIPT> if (typeof history.replaceState === 'function') {"
                + "  history.replaceState({}, \"some title\", \"http://127.0.0.1:8080/realms/a/login-actions/authenticate?x=1&y\"); }</SCRIPT>";
        assertEquals(1, InlineScripts.sourcesOfForm(own).split("sha256").length - 1);
        for (String other : new String[] {
            "<script>alert(1)</script>",
            own.replace("</SCRIPT>", "alert(1)</SCRIPT>"),
            own.replace("authenticate", "\");alert(1);(\""),
            own.replace("authenticate", "\\u0022"),
            own.replace("{}", "{a: alert(1)}")
        }) {
            assertEquals("", InlineScripts.sourcesOfForm(other));
        }
    }
}
