"""Each brand has its own look, words and rules from its data alone, and knows nobody of another brand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.brands import EVERY_BRAND, THIRD_BRAND
from tests.support.customers import KeycloakApi
from tests.support.journey import PASSWORD, Journey
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.outbox import Outbox
from tests.support.signing_in import sign_in
from tests.support.stack import Stack
from tests.unit.themes.theme_files import own_tokens, shared_tokens

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]


def _tokens(page: Page) -> dict[str, str]:
    """The tokens as the browser has them, once the page's style sheets are in."""
    page.wait_for_load_state("load")
    script = "names => names.map(name => getComputedStyle(document.documentElement).getPropertyValue(name))"
    names = sorted(shared_tokens())
    return {name: value.strip() for name, value in zip(names, page.evaluate(script, names), strict=True)}


def _as_served(theme: str) -> dict[str, str]:
    """What `_tokens` finds for values that refer to no other token."""
    plain = {name: value for name, value in (shared_tokens() | own_tokens(theme)).items() if "var(" not in value}
    return {name: " ".join(value.split()) for name, value in plain.items()}


@pytest.mark.parametrize("brand", EVERY_BRAND, indirect=True)
def test_portal_and_keycloak_wear_the_brands_tokens_over_the_shared_ones(
    stack: Stack, browser: Browser, brand: str
) -> None:
    page = browser.new_page(locale="it-IT")
    for address in (f"{stack.portal}/{brand}/", f"{stack.portal}/{brand}/accesso"):
        page.goto(address)
        found = _tokens(page)
        assert {name: found[name] for name in _as_served(brand)} == _as_served(brand), address
    assert page.url.startswith(f"{stack.keycloak}/realms/{brand}/")
    page.close()


@pytest.mark.parametrize("brand", EVERY_BRAND, indirect=True)
def test_the_first_page_offers_every_brand(stack: Stack, browser: Browser, brand: str) -> None:
    page = browser.new_page(locale="it-IT")
    page.goto(f"{stack.portal}/")
    page.get_by_role("link", name=EVERY_BRAND[brand].display_name, exact=True).click()
    page.wait_for_url(f"{stack.portal}/{brand}/")
    expect(page.locator("footer")).to_contain_text(EVERY_BRAND[brand].legal_line)
    page.close()


@pytest.mark.parametrize("brand", EVERY_BRAND, indirect=True)
def test_registration_offers_the_brands_kinds_in_its_words(stack: Stack, browser: Browser, brand: str) -> None:
    page = browser.new_page(locale="it-IT")
    for language in ("it", "en"):
        page.goto(f"{stack.portal}/{brand}/registrazione?lingua={language}")
        for kind in EVERY_BRAND[brand].kinds:
            expect(page.get_by_role("button", name=kind.label.in_language(language))).to_be_visible()
        expect(page.locator("main form button")).to_have_count(len(EVERY_BRAND[brand].kinds))
    page.close()


@pytest.mark.parametrize("brand", [THIRD_BRAND.id], indirect=True)
def test_the_third_brands_rules_and_words_apply_on_every_step(stack: Stack, browser: Browser, brand: str) -> None:
    """Its kinds, contact screen, validity, masks, identifiers and section names: a mixture no shipped brand has."""
    customer = stack.take_customer(brand)
    journey, context = Journey.begin(stack, browser, customer)
    page, main = journey.page, journey.page.locator("main")
    journey.ask_registration()
    local = customer["email"].partition("@")[0]
    expect(main).to_contain_text(f"{local[:3]}*****@s***.example")
    expect(main).to_contain_text("24 ore")
    message = Outbox(stack.bridge).wait_for(customer["email"], purpose="registration")
    assert (message["brand"], bool(message["link"])) == (brand, True)
    assert "Nuova Meridiana" in message["subject"]
    assert "il tuo Referente" in message["text"]
    assert "24 ore" in message["text"]
    journey.type_code("registration")
    expect(page.locator("header")).to_contain_text("Nuova Meridiana")
    journey.choose_password()

    journey.open_sign_in()
    expect(page.get_by_label("Email, cellulare o codice socio")).to_be_visible()
    journey.type_password(username=customer["customer_code"].lower())
    national = customer["mobile"].removeprefix("+39")
    expect(page.locator("main")).to_contain_text(f"{national[:3]}*****{national[-2:]}")
    journey.type_code("access", customer["mobile"])
    page.wait_for_url(f"{journey.home}/polizze")
    journey.open_menu()
    expect(page.get_by_role("link", name="I miei dati")).to_be_visible()
    context.close()


@pytest.mark.parametrize("brand", [THIRD_BRAND.id], indirect=True)
def test_a_password_easily_guessed_from_the_brands_name_is_refused(stack: Stack, browser: Browser, brand: str) -> None:
    journey, context = Journey.begin(stack, browser, stack.take_customer(brand))
    journey.ask_registration()
    journey.type_code("registration")
    for weak in ("Meridiana123", "NuovaMeridiana1"):
        journey.page.locator("#password-new").fill(weak)
        journey.page.locator("#password-confirm").fill(weak)
        journey.page.locator("#kc-submit").click()
        expect(journey.page.locator("main")).to_contain_text("password", ignore_case=True)
        expect(journey.page.locator("#password-new")).to_have_value("")
    journey.choose_password()
    context.close()


@pytest.mark.parametrize("brand", [THIRD_BRAND.id], indirect=True)
def test_customers_of_one_brand_are_unknown_to_the_others(stack: Stack, browser: Browser, brand: str) -> None:
    customer = stack.take_customer(brand)
    journey, context = Journey.begin(stack, browser, customer)
    journey.register()
    journey.first_sign_in()
    outbox = Outbox(stack.bridge)
    sent = len(outbox.messages(customer["email"]))
    for other in sorted(set(EVERY_BRAND) - {brand}):
        # The customer's session opens nothing there, and Keycloak asks for the password afresh.
        journey.page.goto(f"{stack.portal}/{other}/polizze")
        journey.page.wait_for_url(f"{stack.keycloak}/realms/{other}/**")
        expect(journey.page.locator("#password")).to_be_visible()
        assert sign_in(KeycloakPages(stack), PortalClient(stack, other).push().url, customer["email"], PASSWORD).shows(
            "password"
        )
        code = customer["customer_code"]
        assert KeycloakApi(stack, other, "portal").request("GET", f"customers/{code}").status_code == 404
        stranger, strangers_browser = Journey.begin(stack, browser, customer | {"brand": other})
        stranger.ask_registration()
        stranger.page.wait_for_url(f"{stranger.home}/registrazione/esito/*")
        strangers_browser.close()
    assert len(outbox.messages(customer["email"])) == sent
    context.close()
