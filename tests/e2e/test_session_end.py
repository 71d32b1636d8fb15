"""A session that ends in Keycloak ends in the portal (SECURITY S1, S2)."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.support.journey import Journey
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


def test_an_administrator_ends_a_session_and_the_portal_is_told(stack: Stack, browser: Browser) -> None:
    journey, context = Journey.begin(stack, browser, stack.take_customer("generali"))
    journey.register()
    journey.first_sign_in()
    # Only the portal's cookie is left: what follows is not Keycloak's doing.
    portal_cookies = [cookie for cookie in context.cookies() if "KEYCLOAK" not in cookie["name"]]
    context.clear_cookies()
    context.add_cookies(portal_cookies)
    page = journey.page
    page.goto(f"{journey.home}/polizze")
    assert page.url == f"{journey.home}/polizze"

    admin = stack.admin("generali")
    admin.user_logout(admin.get_user_id(journey.contact))
    deadline = time.monotonic() + 10
    while page.url == f"{journey.home}/polizze" and time.monotonic() < deadline:
        page.goto(f"{journey.home}/polizze")
    expect(page.locator("#password")).to_be_visible()
    context.close()


def test_the_session_id_changes_at_sign_in(stack: Stack, browser: Browser) -> None:
    journey, context = Journey.begin(stack, browser, stack.take_customer("generali"))
    journey.register()

    def session_id() -> str:
        names = [cookie for cookie in context.cookies(stack.portal) if cookie["name"].endswith("area-clienti")]
        assert len(names) == 1, [cookie["name"] for cookie in context.cookies(stack.portal)]
        assert names[0]["httpOnly"]
        assert names[0]["sameSite"] == "Lax"
        return names[0]["value"]

    before = session_id()
    journey.first_sign_in()
    assert session_id() != before
    context.close()
