"""No page breaks the policy it is sent with (SECURITY S4): a real browser says so on its console."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ConsoleMessage

from tests.support.keycloak_pages import PortalClient
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]
_BRAND = "generali"


def test_no_page_of_a_sign_in_breaks_its_own_policy(stack: Stack, browser: Browser) -> None:
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            said.append(message.text)

    context = browser.new_context(locale="it-IT")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.on("console", hear)
    page.goto(PortalClient(stack, _BRAND).push().url)
    page.fill("#username", "nessuno@esempio.it")
    page.fill("#password", "Sbagliata1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login-actions/authenticate**")
    page.wait_for_selector("#password")
    # The console runs its own scripts, finds nobody signed in and leads to the staff's sign-in.
    page.goto(f"{stack.keycloak}/admin/{_BRAND}/console/")
    page.wait_for_selector("#password")
    assert f"/realms/{_BRAND}/protocol/openid-connect/auth" in page.url
    context.close()
    assert said == []
