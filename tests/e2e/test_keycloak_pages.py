"""Keycloak's pages without scripts, in the other language, and at a door that is not the customers'."""

from __future__ import annotations

import re
import time
from itertools import chain

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.customers import PASSWORD
from tests.support.keycloak_tour import STAFF_PASSWORD, Tour, totp, wrong
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text().replace("\n", " ")


@pytest.mark.parametrize("brand", ["generali", "alleanza"])
def test_a_customer_signs_in_with_a_code_without_javascript(stack: Stack, browser: Browser, brand: str) -> None:
    tour = Tour(stack, browser, brand)
    customer = tour.registered()
    with tour.window(scripts=False) as page:
        tour.open_sign_in(page)
        # What only scripts can do is not offered.
        expect(page.locator("#password-show-password")).to_be_hidden()
        tour.type_password(page, customer.email)
        expect(page.locator("#code-validity")).to_have_text(
            re.compile(r"Il codice vale ancora (2 minuti|1?\d?\d secondi)")
        )
        code = tour.code(customer)
        tour.type_code(page, wrong(code))
        expect(page.locator("#input-error-code")).to_contain_text("Tentativi rimasti: 2")
        page.locator("#resend").click()
        expect(page.locator(".ac-alert--error")).to_contain_text("Abbiamo appena inviato un codice")
        tour.type_code(page, code)
        page.wait_for_url(f"{stack.portal}/**")
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1


def test_a_colleague_sets_up_the_app_and_signs_in_without_javascript(stack: Stack, browser: Browser) -> None:
    tour = Tour(stack, browser, "generali")
    username = tour.new_colleague()
    with tour.window(scripts=False) as page:
        tour.open_staff_door(page)
        tour.type_password(page, username, STAFF_PASSWORD)
        secrets = [tour.shown_secret(stop.page) for stop in tour.first_staff_sign_in(page)]
        assert "code=" in page.url
    with tour.window(scripts=False) as page:
        tour.open_staff_door(page)
        tour.type_password(page, username, STAFF_PASSWORD + "a")
        # The code of this half minute may have confirmed the app, and none is good twice: the next one is.
        page.locator("#otp").fill(totp(max(secrets), time.time() + 30))
        page.locator("#kc-login").click()
        page.wait_for_url(f"{stack.portal}/**code=*")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_language_changes_on_the_step_where_the_customer_is_and_sends_no_other_code(
    stack: Stack, browser: Browser, scripts: bool
) -> None:
    tour = Tour(stack, browser, "alleanza")
    customer = tour.registered()
    with tour.window(scripts=scripts) as page:
        tour.open_sign_in(page)
        page.get_by_role("link", name="English").click()
        assert heading(page) == "Sign in"
        tour.type_password(page, customer.email)
        code = tour.code(customer)
        for link, words, language in (("Italiano", "Conferma che sei tu", "it"), ("English", "Confirm it’s you", "en")):
            page.get_by_role("link", name=link).click()
            expect(page.locator("html")).to_have_attribute("lang", language)
            assert heading(page) == words
        tour.type_code(page, code)
        page.wait_for_url(f"{stack.portal}/**")
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1


def test_every_page_offers_the_other_language(stack: Stack, browser: Browser) -> None:
    tour = Tour(stack, browser, "generali", "en")
    for stop in chain(tour.leaving(), tour.no_number()):
        offered = stop.page.get_by_role("navigation", name="Language").get_by_role("link", name="Italiano")
        expect(offered).to_have_attribute("hreflang", "it")


def test_the_account_console_is_no_customers_page_and_says_where_theirs_is(stack: Stack, browser: Browser) -> None:
    tour = Tour(stack, browser, "generali")
    customer = tour.registered()
    with tour.window() as page:
        tour.open_sign_in(page)
        tour.type_password(page, customer.email)
        tour.type_code(page, tour.code(customer))
        page.wait_for_url(f"{stack.portal}/**")
        page.goto(f"{stack.keycloak}/realms/generali/account/")
        # Signed in as a customer, they are asked again: their session counts for nothing here.
        expect(page.locator("main")).to_contain_text("riservata agli operatori")
        expect(page.locator("#customers")).to_have_attribute("href", f"{stack.portal}/generali/")
        expect(page.locator("#rememberMe")).to_have_count(0)
        page.locator("#password").fill(PASSWORD)
        page.locator("#kc-login").click()
        expect(page.locator("#kc-error-message")).to_contain_text("non puoi accedere a questa pagina")
        expect(page.get_by_role("link", name="Torna all’Area Clienti")).to_have_attribute(
            "href", f"{stack.portal}/generali/"
        )
