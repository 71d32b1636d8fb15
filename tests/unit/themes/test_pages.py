"""The table of Keycloak's pages in the themes' README is whole, and the pages somebody can meet are ours."""

import json
import re

from tests.unit.themes.theme_files import ROOT, THEMES, keycloak_templates, pages, templates, without_comments

OURS = THEMES / "area-clienti" / "login"


def is_a_page(text: str) -> bool:
    return "registrationLayout" in text and "<#macro registrationLayout" not in text


def test_the_table_names_every_page_of_the_distribution_and_ours() -> None:
    shell_less = {"cli_splash.ftl", "saml-post-form.ftl"}
    theirs = {name for name, text in keycloak_templates().items() if is_a_page(text)} | shell_less
    ours = {path.name for path in templates() if "login" in path.parts and is_a_page(path.read_text())}
    assert pages("yes", "ready", "no") == theirs | ours


def test_pages_somebody_can_meet_are_written_by_us() -> None:
    assert {name for name in pages("yes", "ready") if not (OURS / name).is_file()} == set()
    assert {name for name in pages("no") if (OURS / name).is_file()} == set()


def test_pages_say_which_template_made_them() -> None:
    for name in pages("yes", "ready"):
        assert f"<!-- template: {name} -->" in (OURS / name).read_text(), name


def test_what_the_table_says_of_the_realms_is_so() -> None:
    for realm in json.loads((ROOT / "keycloak/realm-export.json").read_text()):
        assert not any(realm[name] for name in ("registrationAllowed", "resetPasswordAllowed", "verifyEmail"))
        assert not realm.get("identityProviders")
        assert not realm.get("organizationsEnabled")
        assert not any(client.get("consentRequired") or client.get("frontchannelLogout") for client in realm["clients"])
        assert {client["protocol"] for client in realm["clients"]} == {"openid-connect"}
        on = {action["alias"] for action in realm["requiredActions"] if action["enabled"]}
        assert on == {"area-clienti-credential-setup", "CONFIGURE_TOTP", "UPDATE_PASSWORD"}
        steps = {
            step.get("authenticator")
            for flow in realm["authenticationFlows"]
            for step in flow["authenticationExecutions"]
        }
        assert not {step for step in steps if step and re.search("webauthn|recovery|organization|x509", step)}


def test_passkey_pages_carry_everything_the_script_reads() -> None:
    script = (OURS / "resources/js/passkeys.js").read_text()
    carried = "".join(without_comments(OURS / name) for name in ("webauthn.ftl", "webauthn-register.ftl"))
    for name in set(re.findall(r"\b(?:data|dataset|{) ?\.?(ac[A-Z]\w+)", script)):
        attribute = "data-" + re.sub("([A-Z])", lambda found: "-" + found[1].lower(), name)
        assert f"{attribute}=" in carried, attribute
