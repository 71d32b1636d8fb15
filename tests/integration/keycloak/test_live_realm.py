"""The realm as it runs: what a stranger can try at the door, and an auditor's opinion (SECURITY S1, C1)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from domain.brands import variable_suffix
from tests.support.brands import EVERY_BRAND
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.parametrize("brand", EVERY_BRAND, indirect=True)]

# What the auditor reports and why it stands: the first two clients are made by Keycloak itself, nobody signs in to them;
# the version check asks the network for the newest release, the pin is in area_clienti/keycloak_distribution.py.
_ACCEPTED = {
    ("ClientWithOptionalOfflineAccessScope", "broker"),
    ("ClientWithOptionalOfflineAccessScope", "realm-management"),
    *(("KeycloakVersionShouldBeUpToDate", brand) for brand in EVERY_BRAND),
}


def _export(stack: Stack, brand: str) -> dict[str, object]:
    path = f"/admin/realms/{brand}/partial-export?exportClients=true&exportGroupsAndRoles=true"
    answer = stack.admin(brand).connection.raw_post(path, data="")
    assert answer.status_code == 200, answer.text
    return {"identityProviderMappers": []} | dict(answer.json())


def test_kcwarden_has_nothing_of_weight_to_say(stack: Stack, brand: str, tmp_path: Path) -> None:
    dump, report = tmp_path / "realm.json", tmp_path / "report.json"
    dump.write_text(json.dumps(_export(stack, brand)), encoding="utf-8")
    kcwarden = Path(sys.executable).with_name("kcwarden")
    command = [kcwarden, "audit", "--format", "json", "--min-severity", "MEDIUM", "--output", report, dump]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    findings = json.loads(report.read_text(encoding="utf-8"))
    assert {(finding["reporting_auditor"], finding["entity"]) for finding in findings} <= _ACCEPTED


def test_the_password_grant_is_off(stack: Stack, brand: str) -> None:
    token = f"{stack.keycloak}/realms/{brand}/protocol/openid-connect/token"
    secret = stack.secrets[f"PORTAL_CLIENT_SECRET_{variable_suffix(brand)}"]
    data = {"grant_type": "password", "username": "a", "password": "b", "scope": "openid"}
    portal = requests.post(token, data=data, auth=("portal", secret), timeout=10)
    cli = requests.post(token, data=data | {"client_id": "admin-cli"}, timeout=10)
    assert portal.json()["error"] == "unauthorized_client"
    assert cli.json()["error"] in ("unauthorized_client", "invalid_client")


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "{portal}/{brand}/accesso/callback/../../x"},
        {"redirect_uri": "{portal}/{brand}/accesso/callback?next=//evil.example"},
        {"response_type": "token"},
        {"response_type": "id_token", "nonce": "n"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
    ids=lambda changed: "-".join(f"{name}={value[:24]}" for name, value in changed.items()),
)
def test_an_altered_request_cannot_be_pushed(stack: Stack, brand: str, changed: dict[str, str]) -> None:
    filled = {name: value.format(portal=stack.portal, brand=brand) for name, value in changed.items()}
    with pytest.raises(AssertionError, match="error"):
        PortalClient(stack, brand).push(**filled)


def test_a_request_that_was_not_pushed_is_refused(stack: Stack, brand: str) -> None:
    client = PortalClient(stack, brand)
    page = KeycloakPages(stack).open(
        f"{stack.keycloak}/realms/{brand}/protocol/openid-connect/auth?client_id=portal&response_type=code&scope=openid"
        f"&redirect_uri={client.redirect_uri}&state=s&nonce=n&code_challenge={'x' * 43}&code_challenge_method=S256"
    )
    if page.left_to:
        assert "error" in parse_qs(urlsplit(page.left_to).query)
    else:
        assert page.status == 400
        assert not page.shows("password")


def test_registration_and_reset_of_keycloak_are_closed(stack: Stack, brand: str) -> None:
    client = PortalClient(stack, brand)
    pages = KeycloakPages(stack)
    login = pages.open(client.push().url)
    assert login.shows("password")
    query = urlsplit(login.form("password").action).query
    for path in ("registration", "reset-credentials"):
        page = pages.open(f"{stack.keycloak}/realms/{brand}/login-actions/{path}?{query}")
        assert not page.shows("password-new")
        assert not page.shows("firstName")
        assert page.status in (400, 403, 404) or page.shows("password") or "error" in page.html.lower()


def test_the_sign_in_page_is_italian_first(stack: Stack, brand: str) -> None:
    pages = KeycloakPages(stack)
    pages.session.headers.pop("Accept-Language")
    assert '<html lang="it"' in pages.open(PortalClient(stack, brand).push().url).html.replace("  ", " ")


def test_no_bootstrap_administrator_is_in_the_realm(stack: Stack, brand: str) -> None:
    assert [user["username"] for user in stack.admin(brand).get_users({"search": "admin-"})] == [f"admin-{brand}"]
