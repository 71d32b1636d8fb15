"""Where Keycloak's pages lead who cannot go on there: another number, no number, a year without access."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.brands import EVERY_BRAND
from tests.support.customers import PASSWORD, provision, register
from tests.support.inactivity import make_inactive
from tests.support.journey import DESKTOP, PHONE, Journey
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


@pytest.mark.parametrize(
    ("brand", "viewport", "link"),
    [("generali", PHONE, "Aggiungi recapito"), ("alleanza", DESKTOP, "Richiedi assistenza")],
)
def test_who_does_not_know_the_number_or_comes_back_after_a_year_is_led_on(
    stack: Stack, browser: Browser, brand: str, viewport: dict[str, int], link: str
) -> None:
    customer = provision(stack, brand)
    register(stack, customer)
    demo = {"brand": brand, "email": customer.email, "mobile": customer.mobile, "customer_code": customer.code}
    journey, context = Journey.begin(stack, browser, demo, viewport)
    page = journey.page
    journey.open_sign_in()
    expect(page.locator("footer")).to_contain_text(EVERY_BRAND[brand].legal_line)
    journey.type_password(password=PASSWORD)
    Outbox(stack.bridge).wait_for(customer.mobile, purpose="access")
    page.get_by_text("Non riconosci il numero?").click()
    page.get_by_role("link", name=link).last.click()
    # The code page takes no number: it leads to people, and the customer's number is what it was.
    expect(page).to_have_url(f"{journey.home}/assistenza" + ("#cellulare" if brand == "generali" else ""))
    expect(page.get_by_role("heading", name="Se il tuo cellulare è cambiato")).to_be_visible()

    make_inactive(stack, customer)
    journey.open_sign_in()
    journey.type_password(password=PASSWORD)
    expect(page.get_by_role("heading", name="È passato più di un anno")).to_be_visible()
    page.get_by_role("link", name="Recupera le credenziali").click()
    expect(page).to_have_url(f"{journey.home}/recupero")
    context.close()
