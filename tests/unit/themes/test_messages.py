"""Every text a customer may meet is there in both languages and survives Keycloak's formatting."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.themes.theme_files import (
    BRANDS,
    ROOT,
    THEMES,
    keycloak_mail_templates,
    keycloak_messages,
    message_files,
    messages,
    parse_properties,
    templates,
    without_comments,
)

# The admin console describes a theme to whoever chooses one; nobody chooses here.
THEME_DESCRIPTION = re.compile(r"theme\..*\.description")
KINDS = ["login", "email", "account", "admin"]
# Keycloak's words for HTML and for invitations by name, which no mail of ours uses: a text is written once.
REPLACED = re.compile(r"(.*Body|event.*)(Code)?Html|orgInviteBodyPersonalized(Html)?")
PLACEHOLDER = re.compile(r"\{\d+[^}]*\}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_of_keycloak_has_italian_words(kind: str) -> None:
    italian = keycloak_messages(kind, "it") | messages("area-clienti", kind, "it")
    missing = set(keycloak_messages(kind, "en")) - set(italian)
    unneeded = THEME_DESCRIPTION if kind != "email" else REPLACED
    assert {key for key in missing if not unneeded.fullmatch(key)} == set()


# Every mail is a template of ours, which gives its texts parameters of ours.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "email"])
def test_italian_words_for_keycloaks_english_ones_take_no_other_parameters(kind: str) -> None:
    english = keycloak_messages(kind, "en")
    for key, text in messages("area-clienti", kind, "it").items():
        if key in english:
            numbers, known = (set(re.findall(r"\{(\d+)", each)) for each in (text, english[key]))
            assert numbers <= known, key


@pytest.mark.parametrize("theme", ["area-clienti", *BRANDS])
@pytest.mark.parametrize("kind", KINDS)
def test_every_message_of_ours_is_in_both_languages(theme: str, kind: str) -> None:
    italian, english = messages(theme, kind, "it"), messages(theme, kind, "en")
    assert set(english) - set(italian) == set()
    # Keycloak's own English stands where only its Italian was missing.
    assert set(italian) - set(english) <= set(keycloak_messages(kind, "en"))


def test_what_the_realms_can_ask_for_has_a_name_in_both_languages() -> None:
    for realm in json.loads((ROOT / "keycloak/realm-export.json").read_text()):
        steps = {
            step["authenticator"]
            for flow in realm["authenticationFlows"]
            for step in flow["authenticationExecutions"]
            if "authenticator" in step
            and not step["authenticator"].startswith(("conditional-", "auth-cookie", "deny-"))
        }
        named = {"auth-otp-form": "otp"}
        keys = {f"{named.get(step, step)}-{what}" for step in steps for what in ("display-name", "help-text")}
        keys |= {f"requiredAction.{action['alias']}" for action in realm["requiredActions"] if action["enabled"]}
        assert "area-clienti-sms-code-help-text" in keys
        for language in ("it", "en"):
            known = keycloak_messages("login", language) | messages("area-clienti", "login", language)
            assert keys - set(known) == set(), language


def test_errors_a_customer_can_cause_speak_of_no_client_realm_or_administrator() -> None:
    technical = re.compile(
        r"amministrator|administrator|\bclient\b|realm|\bURI\b|token|\baction\b|\bazion[ei]\b", re.IGNORECASE
    )
    told = re.compile(
        r"(invalid(Request|Parameter|RedirectUri|Requester|Code|AccessCode|Totp|User|Password)|missingParameter|stale"
        r"Code|expired(Action|Code)|accountDisabled|sessionNotActive|client(NotFound|Disabled)|bearerOnly|standardFlow"
        r"Disabled|unknownLoginRequester|loginRequesterNotEnabled|(registration|resetCredential)NotAllowed|realmNot"
        r"Enabled|cookieNotFound|alreadyLoggedIn|differentUser|loginTimeout|access-denied|acrNotFulfilled|sms|operation)"
    )
    for language in ("it", "en"):
        shown = keycloak_messages("login", language) | messages("area-clienti", "login", language)
        assert {key: text for key, text in shown.items() if told.match(key) and technical.search(text)} == {}, language


def test_brands_change_messages_of_the_shared_theme_and_add_none() -> None:
    for brand in BRANDS:
        assert set(messages(brand, "login", "it")) <= set(messages("area-clienti", "login", "it"))


def test_translations_take_the_same_parameters() -> None:
    for theme in ("area-clienti", *BRANDS):
        for kind in KINDS:
            english = messages(theme, kind, "en")
            for key, text in messages(theme, kind, "it").items():
                if key in english:
                    assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english[key])), key


@pytest.mark.parametrize("path", message_files(), ids=lambda path: "/".join(path.parts[-4:]))
def test_a_plain_apostrophe_is_doubled(path: Path) -> None:
    for key, text in parse_properties(path.read_text(encoding="utf-8")).items():
        assert "'" not in text.replace("''", ""), f"{key}: Keycloak formats every text and drops a single apostrophe"


@pytest.mark.parametrize("path", message_files(), ids=lambda path: "/".join(path.parts[-4:]))
def test_a_typographic_apostrophe_is_never_doubled(path: Path) -> None:
    assert "’’" not in path.read_text(encoding="utf-8")


def test_templates_ask_only_for_messages_that_exist() -> None:
    for template in templates():
        kind = "email" if "email" in template.parts else "login"
        known = set(messages("area-clienti", kind, "it")) | set(keycloak_messages(kind, "en"))
        asked = set(re.findall(r"""msg\(["']([\w.-]+)["'][,)]""", without_comments(template)))
        assert asked - known == set(), template.name


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("passwordCheckLength", "Tra gli 8 e i 16 caratteri"),
        ("passwordCheckLower", "Una lettera minuscola"),
        ("passwordCheckUpper", "Una lettera maiuscola"),
        ("passwordCheckDigit", "Almeno un numero"),
        ("smsCodeTitle", "Conferma che sei tu"),
        ("smsResend", "Richiedi nuovo codice"),
        ("continueAction", "Continua"),
        ("needHelp", "Hai bisogno di aiuto?"),
    ],
)
def test_short_labels_are_the_printed_guides_words(key: str, words: str) -> None:
    assert messages("area-clienti", "login", "it")[key] == words


def test_every_message_key_of_the_provider_has_words() -> None:
    sources = (Path(__file__).resolve().parents[3] / "keycloak/providers/src/main/java").rglob("*.java")
    keys = {
        key
        for path in sources
        for key in re.findall(r'"((?:sms|credentialSetup|operationRef)[A-Za-z]+)"', path.read_text())
    }
    assert "smsCodeWrong" in keys
    assert keys - set(messages("area-clienti", "login", "it")) == set()


@pytest.mark.parametrize("language", ["it", "en"])
def test_no_mail_keeps_keycloaks_wording(language: str) -> None:
    theirs = {key for key in keycloak_messages("email", "en") if not REPLACED.fullmatch(key)}
    units = {key for key in theirs if key.startswith("linkExpirationFormatter.")}
    assert theirs - units - set(messages("area-clienti", "email", language)) == set()


def test_every_mail_of_keycloak_is_written_anew_as_text_and_as_html() -> None:
    for form in ("html", "text"):
        own = {path.name for path in (THEMES / "area-clienti/email" / form).glob("*.ftl")}
        assert keycloak_mail_templates(form) - own == set()


def test_text_and_html_of_a_mail_are_one_call_with_the_same_arguments() -> None:
    for page in (THEMES / "area-clienti/email/html").glob("*.ftl"):
        if page.name != "template.ftl":
            plain = page.parent.parent / "text" / page.name
            assert page.read_text().replace("HTML", "plainText", 1) == plain.read_text(), page.name


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_text_of_a_mail_ends_with_what_to_do_and_whom_to_turn_to(language: str) -> None:
    for key, text in messages("area-clienti", "email", language).items():
        if key.endswith(("Body", "BodyCode")) and key != "emailTestBody":
            parts = text.split("\\n\\n")
            assert len(parts) > 1, key
            support = max(int(number) for number in re.findall(r"\{(\d+)\}", text))
            assert f"{{{support}}}" in parts[-1], key


def test_keycloaks_mails_and_the_bridges_have_one_frame() -> None:
    def styles(text: str) -> list[str]:
        bare = re.sub(r"\$\{properties\.mail\w+!\}|\$[a-z_]+", "*", text)
        return re.findall(r'<(?:body|table|td|h1|span|div)[^>]*style="[^"]*"', bare)

    ours = (ROOT / "sms_gateway_bridge/texts/email.html").read_text()
    theirs = (THEMES / "area-clienti/email/html/template.ftl").read_text().partition("<#macro letter")[0]
    assert len(styles(ours)) > 8
    assert styles(ours) == styles(theirs)
