"""The first whole path, as a customer walks it: from an agency's delivery to a confirmed operation."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.support.brands import EVERY_BRAND, THIRD_BRAND
from tests.support.journey import DESKTOP, PASSWORD, Journey
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


@pytest.mark.parametrize("kind", ["person", "company"])
@pytest.mark.parametrize("brand", EVERY_BRAND, indirect=True)
def test_a_customer_registers_signs_in_sees_policies_and_confirms_an_operation(
    stack: Stack, browser: Browser, brand: str, kind: str
) -> None:
    journey, context = Journey.begin(stack, browser, stack.take_customer(brand, kind, with_policy=True))
    page = journey.page
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    journey.register()
    assert page.get_by_role("link", name="Accedi").count()

    journey.first_sign_in()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.locator("main a[href*='/polizze/']:not([href$='archivio'])").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert re.search(r"/polizze/[^/]+$", page.url)

    journey.change_domicile("Via Po 18")
    expect(page.locator("main")).to_contain_text("Via Po 18")
    message = Outbox(stack.bridge).wait_for(journey.customer["mobile"], purpose="operation")
    assert "Via Po 18" in message["text"]
    journey.type_code("operation", journey.customer["mobile"])
    page.wait_for_url(f"{journey.home}/profilo/domicilio/*")
    expect(page.locator(".ac-outcome--success")).to_have_count(1)
    page.goto(f"{journey.home}/profilo")
    expect(page.locator("main")).to_contain_text("Via Po 18")

    page.goto(f"{journey.home}/polizze")
    journey.sign_out()
    page.goto(f"{journey.home}/polizze")
    expect(page.locator("#password")).to_be_visible()
    assert errors == []
    context.close()


@pytest.mark.parametrize("brand", ["generali", THIRD_BRAND.id], indirect=True)
def test_the_link_proves_the_contact_in_another_browser(stack: Stack, browser: Browser, brand: str) -> None:
    customer = stack.take_customer(brand, "professional")
    first, first_context = Journey.begin(stack, browser, customer)
    first.ask_registration()
    link = str(Outbox(stack.bridge).wait_for(first.contact, purpose="registration")["link"])
    assert link.startswith(f"{stack.portal}/{brand}/registrazione/link/")
    for _ in range(10):
        assert requests.get(link, timeout=10).status_code == 200
        assert requests.head(link, timeout=10).status_code in (200, 405)

    second, second_context = Journey.begin(stack, browser, customer, DESKTOP)
    second.page.goto(link)
    second.page.locator("main form button").first.click()
    second.choose_password()
    # The browser that only asked can go no further.
    first.page.locator("#code").fill("123456")
    first.page.get_by_role("button", name="Continua").click()
    assert urlsplit(first.page.url).netloc == urlsplit(stack.portal).netloc
    expect(first.page.locator("#password-new")).to_have_count(0)
    second.first_sign_in()
    first_context.close()
    second_context.close()


def test_who_registers_a_victims_contact_first_gains_nothing(stack: Stack, browser: Browser) -> None:
    """The pre-registration attack: the stranger starts, the owner of the contact presses the link."""
    victim = stack.take_customer("alleanza")
    attacker, attackers_browser = Journey.begin(stack, browser, victim)
    attacker.ask_registration()
    # No password was asked of the stranger, so there is none to lie in wait.
    expect(attacker.page.locator("input[type=password]")).to_have_count(0)
    link = str(Outbox(stack.bridge).wait_for(attacker.contact, purpose="registration")["link"])
    owner, owners_browser = Journey.begin(stack, browser, victim)
    owner.page.goto(link)
    owner.page.locator("main form button").first.click()
    owner.choose_password("Padrona2026")
    for path in ("registrazione/codice", "registrazione/fatto", "polizze"):
        attacker.page.goto(f"{attacker.home}/{path}")
        expect(attacker.page.locator("#password-new")).to_have_count(0)
    attacker.open_sign_in()
    attacker.type_password(password=PASSWORD)
    expect(attacker.page.locator("#password")).to_be_visible()
    owner.open_sign_in()
    owner.type_password(password="Padrona2026")
    owner.type_code("access", victim["mobile"])
    owner.page.wait_for_url(f"{owner.home}/polizze")
    attackers_browser.close()
    owners_browser.close()


def test_recovery_sets_a_new_password_ends_sessions_and_asks_the_code_again(stack: Stack, browser: Browser) -> None:
    customer = stack.take_customer("generali")
    journey, context = Journey.begin(stack, browser, customer)
    journey.register()
    journey.first_sign_in()

    other, other_context = Journey.begin(stack, browser, customer, DESKTOP)
    page = other.page
    page.goto(f"{other.home}/recupero")
    page.locator("#username").fill(customer["email"])
    page.get_by_role("button", name="Continua").click()
    other.type_code("recovery")
    other.choose_password("Ritrovata26")
    page.goto(f"{other.home}/polizze")
    expect(page.locator("#password")).to_be_visible()

    # The session that was open in the first browser is over.
    journey.page.goto(f"{journey.home}/polizze")
    expect(journey.page.locator("#password")).to_be_visible()
    other.type_password(password="Ritrovata26")
    other.type_code("access", customer["mobile"], seen=1)
    page.wait_for_url(f"{other.home}/polizze")
    assert Outbox(stack.bridge).wait_for(customer["mobile"], purpose="recovery-completed")
    context.close()
    other_context.close()


def test_the_language_follows_the_customer_from_portal_to_keycloak(stack: Stack, browser: Browser) -> None:
    journey, context = Journey.begin(stack, browser, stack.endpoints["demo_customers"][0])
    page = journey.page
    page.goto(f"{journey.home}/accesso")
    assert page.locator("html").get_attribute("lang") == "it"
    page.goto(f"{journey.home}/?lingua=en")
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(f"{journey.home}/accesso")
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator("#username").fill("nobody@example.it")
    page.locator("#password").fill("Sbagliata1")
    page.get_by_role("button", name="Sign in").click()
    assert page.locator("html").get_attribute("lang") == "en"
    context.close()


def test_the_password_checks_tick_live_and_the_page_works_without_javascript(stack: Stack, browser: Browser) -> None:
    customer = stack.take_customer("generali")
    journey, context = Journey.begin(stack, browser, customer)
    journey.ask_registration()
    journey.type_code("registration")
    checks = journey.page.locator(".ac-checks li")
    expect(checks).to_have_count(4)
    journey.page.locator("#password-new").fill("abc")
    expect(journey.page.locator(".ac-checks [data-met=true]")).to_have_count(1)
    journey.page.locator("#password-new").fill(PASSWORD)
    expect(journey.page.locator(".ac-checks [data-met=true]")).to_have_count(4)
    address = journey.page.url
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state(), locale="it-IT")
    page = plain.new_page()
    page.goto(address)
    expect(page.locator(".ac-checks li")).to_have_count(4)
    page.locator("#password-new").fill(PASSWORD)
    page.locator("#password-confirm").fill(PASSWORD)
    page.locator("#kc-submit").click()
    page.wait_for_url(f"{journey.home}/**/fatto*")
    plain.close()
    context.close()
