"""Ways back to an account, and into one from another app, as customers walk them in a browser."""

from __future__ import annotations

import csv
import secrets
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from provisioning.demo import DEMO_DELIVERY
from tests.support.journey import DESKTOP, PHONE, Journey
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


def policy_of(customer: dict[str, str]) -> str:
    """The number of a policy the customer holds."""
    with (DEMO_DELIVERY / "policies.csv").open(encoding="utf-8", newline="") as file:
        return next(
            row["policy_number"] for row in csv.DictReader(file) if row["customer_code"] == customer["customer_code"]
        )


def test_whoever_recovers_by_the_number_of_the_access_codes_also_answers_questions_and_may_leave_for_good(
    stack: Stack, browser: Browser
) -> None:
    customer = stack.take_customer("generali", with_policy=True)
    journey, context = Journey.begin(stack, browser, customer | {"email": ""}, PHONE)
    page = journey.page
    journey.register()
    page.goto(f"{journey.home}/recupero")
    page.locator("#username").fill(journey.contact)
    page.get_by_role("button", name="Continua").click()
    journey.type_code("recovery")
    page.wait_for_url(f"{journey.home}/recupero/conferma")
    page.locator("#tax_id").fill(customer["tax_code"])
    page.locator("#policy_number").fill("NON E MIA")
    page.get_by_role("button", name="Continua").click()
    expect(page.get_by_role("alert")).to_contain_text("non corrisponde")
    page.locator("#policy_number").fill(policy_of(customer).lower())
    page.get_by_role("button", name="Continua").click()
    journey.choose_password("Ritrovata26")
    journey.open_sign_in()
    journey.type_password(password="Ritrovata26")
    journey.type_code("access", customer["mobile"])
    page.wait_for_url(f"{journey.home}/polizze")

    page.goto(f"{journey.home}/profilo")
    page.get_by_role("link", name="Cancella il tuo profilo").click()
    page.get_by_role("button", name="Inviami il codice").click()
    journey.type_code("cancellation", button="Cancella il mio profilo")
    expect(page.get_by_role("heading", name="Il tuo profilo è stato cancellato")).to_be_visible()
    Outbox(stack.bridge).wait_for(customer["mobile"], purpose="account-cancelled")
    journey.open_sign_in()
    journey.type_password(password="Ritrovata26")
    expect(page.locator("#password")).to_be_visible()
    context.close()


def test_a_forgotten_user_name_comes_back_by_tax_code_and_help_can_be_asked_for(stack: Stack, browser: Browser) -> None:
    customer = stack.take_customer("alleanza", with_policy=True)
    journey, context = Journey.begin(stack, browser, customer, DESKTOP)
    page = journey.page
    journey.register()
    page.goto(f"{journey.home}/recupero")
    page.get_by_role("link", name="Continua con il codice fiscale").click()
    page.locator("#tax_id").fill(customer["tax_code"])
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{journey.home}/recupero/codice")
    expect(page.locator("main")).not_to_contain_text("*****")
    journey.type_code("recovery")
    expect(page.locator("#username")).to_have_value(customer["email"])
    journey.choose_password("Ritrovata26")
    page.get_by_role("link", name="Accedi").click()
    journey.type_password(password="Ritrovata26")
    expect(page.locator("#code")).to_be_visible()

    page.goto(f"{journey.home}/assistenza/richiesta?motivo=accesso")
    page.locator("#name").fill("Prova")
    page.locator("#email").fill(customer["email"])
    page.locator("#text").fill("Non ricordavo il nome utente.")
    page.get_by_role("button", name="Invia la richiesta").click()
    page.wait_for_url(f"{journey.home}/assistenza/ricevuta")
    reference = page.locator(".ac-operation dd").inner_text()
    message = Outbox(stack.bridge).wait_for(customer["email"], purpose="assistance-received")
    assert reference in message["text"]
    assert "Non ricordavo" not in message["text"]
    context.close()


def test_registering_inside_another_app_leads_back_to_it(stack: Stack, browser: Browser) -> None:
    customer = stack.take_customer("generali", with_policy=True)
    journey, context = Journey.begin(stack, browser, customer, PHONE)
    page = journey.page
    asked = {
        "client_id": "immagina-casa",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": "it.generali.immaginacasa:/accesso",
        "state": secrets.token_urlsafe(16),
        "code_challenge": secrets.token_urlsafe(32),
        "code_challenge_method": "S256",
        "ui_locales": "it",
    }
    page.goto(f"{stack.keycloak}/realms/generali/protocol/openid-connect/auth?{urlencode(asked)}")
    page.get_by_role("link", name="Registrati").click()
    page.wait_for_url(f"{journey.home}/registrazione?app=immagina-casa")
    for _page in journey.filling_registration():
        pass
    journey.type_code("registration")
    journey.choose_password()
    back = page.get_by_role("link", name="Torna a Immagina Casa")
    assert back.get_attribute("href") == "it.generali.immaginacasa:/accedi"
    context.close()
