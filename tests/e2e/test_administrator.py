"""An administrator's path in the real console: first sign-in, a customer's data, removing a number, blocking."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.console import LIMIT_MS, Console
from tests.support.customers import PASSWORD, provision, register
from tests.support.journey import DESKTOP
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


def test_an_administrator_signs_in_sees_a_customer_removes_the_number_and_blocks(
    stack: Stack, browser: Browser
) -> None:
    customer = provision(stack)
    register(stack, customer)
    context = browser.new_context(viewport=DESKTOP, locale="it-IT")  # type: ignore[arg-type]
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    console = Console(stack, "generali", page)
    console.first_sign_in("admin-generali", stack.secrets["REALM_ADMIN_PASSWORD_GENERALI"], "Cambiata2026")

    console.open_users()
    console.find("Codice cliente", customer.code)
    user_id = page.url.split("/users/")[1].split("/")[0]
    for label in ("Codice cliente", "Tipo di cliente", "Codice agenzia", "Cellulari registrati in agenzia"):
        expect(page.get_by_text(label, exact=True).first).to_be_visible(timeout=LIMIT_MS)
    code = page.get_by_test_id("customer_code")
    expect(code).to_have_value(customer.code)
    expect(code).not_to_be_editable()
    expect(page.get_by_text("Registrato", exact=True).first).to_be_visible(timeout=LIMIT_MS)

    console.open_tab(user_id, "credentials")
    national = customer.mobile.removeprefix("+39")
    row = page.locator("tr", has_text=f"{national[:3]} *****{national[-2:]}")
    expect(row).to_be_visible(timeout=LIMIT_MS)
    row.get_by_role("button").last.click()
    page.get_by_role("menuitem").last.click()
    page.get_by_test_id("confirm").click()
    expect(row).to_have_count(0, timeout=LIMIT_MS)

    console.open_tab(user_id, "settings")
    expect(page.get_by_test_id("firstName")).to_be_visible(timeout=LIMIT_MS)
    console.switch_off(customer.email)
    expect(page.get_by_text("Bloccato da un amministratore", exact=True).first).to_be_visible(timeout=LIMIT_MS)
    context.close()

    pages = KeycloakPages(stack)
    form = pages.open(PortalClient(stack, "generali").push().url).form("password")
    assert pages.submit(form, username=customer.email, password=PASSWORD).shows("password")
