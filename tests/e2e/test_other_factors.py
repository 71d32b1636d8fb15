"""The pages for passkeys and backup codes are ready: they work in a realm that asks for them, without inline scripts.

The brands' realms ask for neither, so the realm is one of the test's own, with a brand's theme and a policy that
forbids inline scripts.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Page, expect

from tests.support.axe import problems
from tests.support.fake_http import FakeServer, Told
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]

PASSWORD = "Sicura2026"
_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def _step(**values: Any) -> dict[str, Any]:
    return {"authenticatorFlow": "flowAlias" in values, "userSetupAllowed": False} | values


def _realm(name: str, frontend: str, client: str) -> dict[str, Any]:
    flow = {"providerId": "basic-flow", "builtIn": False}
    return {
        "realm": name,
        "enabled": True,
        "loginTheme": "alleanza",
        "internationalizationEnabled": True,
        "supportedLocales": ["it", "en"],
        "defaultLocale": "it",
        "browserSecurityHeaders": {
            "contentSecurityPolicy": "default-src 'self'; img-src 'self' data:; base-uri 'self'"
        },
        # A passkey belongs to a domain; an address made of numbers has none.
        "attributes": {"frontendUrl": frontend},
        "webAuthnPolicyPasswordlessPasskeysEnabled": True,
        "webAuthnPolicyPasswordlessMediation": "none",
        "browserFlow": "door",
        "authenticationFlows": [
            {
                "alias": "door",
                "topLevel": True,
                "authenticationExecutions": [
                    _step(authenticator="auth-username-password-form", requirement="REQUIRED", priority=10),
                    _step(flowAlias="second", requirement="CONDITIONAL", priority=20),
                ],
            }
            | flow,
            {
                "alias": "second",
                "topLevel": False,
                "authenticationExecutions": [
                    _step(authenticator="conditional-user-configured", requirement="REQUIRED", priority=5),
                    _step(authenticator="webauthn-authenticator", requirement="ALTERNATIVE", priority=10),
                    _step(authenticator="auth-recovery-authn-code-form", requirement="ALTERNATIVE", priority=20),
                ],
            }
            | flow,
        ],
        "clients": [{"clientId": "door", "publicClient": True, "redirectUris": [client], "standardFlowEnabled": True}],
    }


class Door:
    """The test's own realm and client, and a browser with an authenticator built in."""

    def __init__(self, stack: Stack, browser: Browser) -> None:
        # A server rather than an intercepted address: a browser follows a redirect past what intercepts requests.
        inside = Told(HTTPStatus.OK, b"<!doctype html><title>dentro</title>", {"content-type": "text/html"})
        self._client = FakeServer(lambda _: inside)
        self.back = f"{self._client.url}/"
        self.name = f"prova-{secrets.token_hex(4)}"
        self._base = f"http://localhost:{urlsplit(stack.keycloak).port}"
        self._admin = stack.admin("master")
        self._admin.create_realm(_realm(self.name, self._base, self.back))
        self._users = stack.admin(self.name)
        self._context = browser.new_context(locale="it-IT", viewport={"width": 390, "height": 844})
        self._context.set_default_timeout(20_000)
        self.page: Page = self._context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.authenticator: CDPSession = self._context.new_cdp_session(self.page)
        self.authenticator.send("WebAuthn.enable")
        made = self.authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
        self.authenticator_id = made["authenticatorId"]

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith("Executing inline script"):
            self.errors.append(f"{said.text} ({said.location['url']})")

    def problems(self) -> list[str]:
        """What is hard to use on the page, and scripts in it other than Keycloak's one for the address."""
        heard = len(self.errors)
        found = problems(self.page)
        # What axe itself does against the page's policy is not the page's error.
        del self.errors[heard:]
        inline = self.page.locator("script:not([src])").all_text_contents()
        return found + [text for text in inline if "history.replaceState" not in text]

    def close(self) -> None:
        """Leave nothing behind."""
        self._context.close()
        self._admin.delete_realm(self.name)
        self._client.close()

    def user(self, *actions: str) -> str:
        """A user who must do these things at the next sign-in; returns the username."""
        username = f"prova-{secrets.token_hex(4)}"
        self._users.create_user(
            {
                "username": username,
                "email": f"{username}@esempio.it",
                "firstName": "Prova",
                "lastName": "Rossi",
                "enabled": True,
                "requiredActions": list(actions),
                "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
            }
        )
        return username

    def open(self) -> None:
        """The sign-in page, in a browser that is signed in nowhere."""
        self._context.clear_cookies()
        query = {"client_id": "door", "response_type": "code", "scope": "openid", "redirect_uri": self.back}
        self.page.goto(f"{self._base}/realms/{self.name}/protocol/openid-connect/auth?{urlencode(query)}")

    def sign_in(self, username: str) -> None:
        """Password."""
        self.open()
        self.page.locator("#username").fill(username)
        self.page.locator("#password").fill(PASSWORD)
        self.page.locator("#kc-login").click()

    def is_inside(self) -> None:
        """Wait until the sign-in has ended well."""
        self.page.wait_for_url(f"{self.back}?**code=*")


@pytest.fixture(scope="module")
def door(stack: Stack, browser: Browser) -> Iterator[Door]:
    made = Door(stack, browser)
    yield made
    made.close()


def test_a_passkey_is_created_and_then_confirms_who_signs_in(door: Door) -> None:
    page, username = door.page, door.user("webauthn-register")
    door.sign_in(username)
    expect(page.get_by_role("heading", level=1)).to_have_text("Crea una passkey")
    assert door.problems() == []
    page.locator("#authenticatorLabel").fill("Il mio telefono")
    page.locator("#registerWebAuthn").click()
    door.is_inside()

    door.sign_in(username)
    expect(page.get_by_role("heading", level=1)).to_have_text("Accedi con la passkey")
    expect(page.locator(".ac-passkeys")).to_contain_text("Il mio telefono")
    assert door.problems() == []
    page.locator("#authenticateWebAuthnButton").click()
    door.is_inside()
    assert door.errors == []


def test_who_refuses_the_passkey_may_try_again(door: Door) -> None:
    page, username = door.page, door.user("webauthn-register")
    door.sign_in(username)
    page.locator("#registerWebAuthn").click()
    door.is_inside()
    door.sign_in(username)
    known = {"authenticatorId": door.authenticator_id}
    kept = door.authenticator.send("WebAuthn.getCredentials", known)["credentials"]
    door.authenticator.send("WebAuthn.clearCredentials", known)
    page.locator("#authenticateWebAuthnButton").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("La passkey non ha funzionato")
    assert door.problems() == []
    for each in kept:
        door.authenticator.send("WebAuthn.addCredential", known | {"credential": each})
    page.locator("#kc-try-again").click()
    page.locator("#authenticateWebAuthnButton").click()
    door.is_inside()


def test_a_passkey_can_stand_for_name_and_password(door: Door) -> None:
    page, username = door.page, door.user("webauthn-register-passwordless")
    door.sign_in(username)
    page.locator("#registerWebAuthn").click()
    door.is_inside()
    door.open()
    assert door.problems() == []
    assert "webauthn" in (page.locator("#username").get_attribute("autocomplete") or "")
    page.locator("#authenticateWebAuthnButton").click()
    door.is_inside()
    assert door.errors == []


def test_backup_codes_are_shown_kept_and_one_of_them_opens(door: Door) -> None:
    page, username = door.page, door.user("CONFIGURE_RECOVERY_AUTHN_CODES")
    door.sign_in(username)
    assert door.problems() == []
    codes = page.locator("#kc-recovery-codes-list li").all_inner_texts()
    assert len(set(codes)) == 12
    page.locator("#saveRecoveryAuthnCodesBtn").click()
    # Not before the box is ticked that says they are kept.
    expect(page.locator("#kc-recovery-codes-list")).to_be_visible()
    page.locator("#kcRecoveryCodesConfirmationCheck").check()
    page.locator("#saveRecoveryAuthnCodesBtn").click()
    door.is_inside()
    door.sign_in(username)
    page.locator("#recoveryCodeInput").fill("AAAA-AAAA-AAAA")
    page.locator("#kc-login").click()
    expect(page.locator("#recoveryCodeInput")).to_have_attribute("aria-invalid", "true")
    assert door.problems() == []
    page.locator("#recoveryCodeInput").fill(codes[0])
    page.locator("#kc-login").click()
    door.is_inside()
    assert door.errors == []
