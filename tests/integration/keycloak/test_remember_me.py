"""«Ricordami» and «Rimani collegato»: how long a sign-in lasts with the box ticked, and without."""

from __future__ import annotations

import time

import pytest

from tests.support.customers import PASSWORD
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.signing_in import code_of, registered
from tests.support.stack import Stack
from tests.unit.themes.theme_files import messages

pytestmark = pytest.mark.keycloak

DAYS_30 = 30 * 86_400


def _browser_closed(pages: KeycloakPages) -> None:
    """What closing a browser does: cookies without an expiry are gone."""
    for cookie in list(pages.session.cookies):
        if cookie.expires is None:
            pages.session.cookies.clear(cookie.domain, cookie.path, cookie.name)


def _signed_in(stack: Stack, **ticked: str) -> KeycloakPages:
    customer = registered(stack)
    pages, client = KeycloakPages(stack), PortalClient(stack, "generali")
    pushed = client.push()
    page = pages.open(pushed.url)
    page = pages.submit(page.form("password"), username=customer.email, password=PASSWORD, **ticked)
    page = pages.submit(page.form("code"), code=code_of(stack, customer, "access"))
    client.redeem(pushed, page)
    return pages


@pytest.mark.parametrize(("brand", "label"), [("generali", "Rimani collegato"), ("alleanza", "Ricordami")])
def test_each_brand_asks_in_its_own_words(stack: Stack, brand: str, label: str) -> None:
    pages = KeycloakPages(stack)
    pages.session.headers["Accept-Language"] = "it"
    assert label in pages.open(PortalClient(stack, brand).push().url).text
    own = messages(brand, "login", "it").get("rememberMe", messages("area-clienti", "login", "it")["rememberMe"])
    assert own == label


def test_with_the_box_ticked_the_sign_in_outlives_the_browser_by_a_month(stack: Stack) -> None:
    pages = _signed_in(stack, rememberMe="on")
    identity = next(cookie for cookie in pages.session.cookies if cookie.name == "KEYCLOAK_IDENTITY")
    assert identity.expires is not None
    assert abs(identity.expires - time.time() - DAYS_30) < 600
    _browser_closed(pages)
    client = PortalClient(stack, "generali")
    pushed = client.push("1")
    assert client.redeem(pushed, pages.open(pushed.url))["acr"] == "1"


def test_without_it_the_sign_in_ends_with_the_browser(stack: Stack) -> None:
    pages = _signed_in(stack)
    _browser_closed(pages)
    assert pages.open(PortalClient(stack, "generali").push().url).shows("password")
