"""Registration and sign-in for who uses the keyboard alone, and for who has no scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.journey import DESKTOP, PHONE, Journey
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]

_MOST_TABS = 40
_FOCUSED = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const visible = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  return { text: (one.innerText || one.labels?.[0]?.innerText || "").trim(), id: one.id, tag: one.tagName, visible };
}"""


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the control with this label has the focus; every control on the way shows that it has it."""
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused["tag"] == "BODY":
            continue
        assert focused["visible"] or focused["text"].startswith(text), f"the focus on {focused} cannot be seen"
        if focused["text"].startswith(text):
            return
    raise AssertionError(f"Tab does not reach «{text}»")


def test_a_customer_registers_with_the_keyboard_alone(stack: Stack, browser: Browser) -> None:
    journey, context = Journey.begin(stack, browser, stack.take_customer("generali"), DESKTOP)
    page, customer = journey.page, journey.customer
    page.goto(f"{journey.home}/")
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUSED)["text"] == "Vai al contenuto"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenuto"
    tab_to(page, "Registrati")
    page.keyboard.press("Enter")

    page.wait_for_url(f"{journey.home}/registrazione")
    tab_to(page, "Persone")
    page.keyboard.press("Enter")

    page.wait_for_url(f"{journey.home}/registrazione/nome")
    tab_to(page, "Nome")
    page.keyboard.type(customer["first_name"])
    # The Enter key goes on, it does not change the language; and what is missing takes the focus.
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused(timeout=20_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Crea un account")
    tab_to(page, "Scrivi il tuo cognome")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "last_name"
    page.keyboard.type(customer["last_name"])
    page.keyboard.press("Enter")

    page.wait_for_url(f"{journey.home}/registrazione/contatto")
    tab_to(page, "Indirizzo email")
    page.keyboard.type(customer["email"])
    tab_to(page, "Dichiaro")
    page.keyboard.press("Space")
    tab_to(page, "Registrati")
    page.keyboard.press("Enter")

    page.wait_for_url(f"{journey.home}/registrazione/codice")
    code = str(Outbox(stack.bridge).wait_for(journey.contact, purpose="registration")["code"])
    expect(page.locator("#code")).to_be_focused(timeout=20_000)
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("#password-new")).to_be_visible(timeout=20_000)
    context.close()


def test_a_customer_without_scripts_registers_signs_in_and_signs_out(stack: Stack, browser: Browser) -> None:
    customer = stack.take_customer("alleanza")
    context = browser.new_context(viewport=PHONE, locale="it-IT", java_script_enabled=False)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    journey = Journey(stack, context.new_page(), customer)
    journey.register()
    journey.first_sign_in()
    expect(journey.page.locator(".ac-policy").first).to_be_visible()
    expect(journey.page.get_by_role("link", name="Documenti", exact=True)).to_be_hidden()
    journey.sign_out()
    expect(journey.page.get_by_role("status")).to_contain_text("Sei uscito")
    context.close()


def test_the_language_changes_on_the_spot_with_what_was_typed(stack: Stack, browser: Browser) -> None:
    customer = {"brand": "generali", "kind": "person"}
    journey, context = Journey.begin(stack, browser, customer)
    page = journey.page
    page.goto(f"{journey.home}/registrazione")
    page.get_by_role("button", name="Persone").click()
    page.locator("#first_name").fill("Nicolò")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("First name")).to_have_value("Nicolò")
    assert page.url == f"{journey.home}/registrazione/nome"
    context.close()
