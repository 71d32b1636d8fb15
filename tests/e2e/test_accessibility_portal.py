"""Every page of the portal can be used with a screen reader, at 400 % and with a finger: one pass a template."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.axe import problems
from tests.support.journey import DESKTOP, Journey
from tests.support.outbox import Outbox
from tests.support.stack import PROJECT, Stack

pytestmark = [pytest.mark.keycloak, pytest.mark.browser]

TEMPLATES = PROJECT / "adapters" / "flask_portal" / "templates"
Seen = dict[str, list[str]]


def pages() -> list[str]:
    """Names of the templates that are pages: no other template extends, imports or includes them."""
    everything = {str(path.relative_to(TEMPLATES)): path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}
    tag = re.compile(r"{%-?\s*(?:extends|import|include|from)\s+[\"']([^\"']+)[\"']")
    parts = {name for text in everything.values() for name in tag.findall(text)}
    return sorted(name.removesuffix(".html") for name in everything.keys() - parts)


class Walk:
    """Looks at pages and keeps what is wrong with each, by the name the page carries."""

    def __init__(self) -> None:
        self.seen: Seen = {}

    def look(self, page: Page) -> None:
        name = str(page.locator("body").get_attribute("data-page"))
        self.seen.setdefault(name, []).extend(f"{page.url}: {each}" for each in problems(page))

    def open(self, page: Page, *addresses: str) -> None:
        for address in addresses:
            page.goto(address)
            self.look(page)


@pytest.fixture(scope="module")
def seen(stack: Stack, browser: Browser) -> Seen:
    """What was found on each page of the walk: as a stranger, registering, and signed in."""
    walk = Walk()
    for brand in ("generali", "alleanza"):
        _as_a_stranger(walk, stack, browser, brand)
    journey, context = Journey.begin(stack, browser, stack.take_customer("generali"))
    _registering(walk, journey)
    _signed_in(walk, journey)
    context.close()
    _without_contacts(walk, stack, browser)
    _recovering_by_mobile(walk, stack, browser)
    return walk.seen


def _without_contacts(walk: Walk, stack: Stack, browser: Browser) -> None:
    """Somebody on file of whom the agency has no contact."""
    ida = {
        "brand": "generali",
        "kind": "person",
        "first_name": "Ida",
        "last_name": "Villa",
        "company_name": "",
        "email": f"nessuno.{uuid4().hex}@example.it",
        "mobile": "",
        "tax_code": "VLLDIA80E57H501N",
    }
    journey, context = Journey.begin(stack, browser, ida)
    for _again in range(2):
        journey.ask_registration()
    journey.page.locator("#tax_id").fill(ida["tax_code"])
    journey.page.get_by_role("button", name="Continua").click()
    journey.page.wait_for_url(f"{journey.home}/registrazione/nessun-recapito")
    walk.look(journey.page)
    context.close()


def _recovering_by_mobile(walk: Walk, stack: Stack, browser: Browser) -> None:
    """The user name is the number of the access codes: questions follow the code."""
    journey, context = Journey.begin(stack, browser, stack.take_customer("generali") | {"email": ""})
    page = journey.page
    journey.register()
    page.goto(f"{journey.home}/recupero")
    page.locator("#username").fill(journey.contact)
    page.get_by_role("button", name="Continua").click()
    journey.type_code("recovery")
    page.wait_for_url(f"{journey.home}/recupero/conferma")
    page.get_by_role("button", name="Continua").click()
    walk.look(page)
    context.close()


def _as_a_stranger(walk: Walk, stack: Stack, browser: Browser, brand: str) -> None:
    nobody = {
        "brand": brand,
        "kind": "person",
        "first_name": "Massimiliano Federico",
        "last_name": "Della Rovere Castiglioni",
        "company_name": "",
        "email": f"nessuno.{uuid4().hex}@example.it",
        "mobile": "+393330000000",
    }
    journey, context = Journey.begin(stack, browser, nobody)
    page, home = journey.page, journey.home
    walk.open(page, f"{stack.portal}/", f"{stack.portal}/nessuna-compagnia/", f"{home}/", f"{home}/nulla")
    walk.open(page, f"{home}/privacy", f"{home}/assistenza", f"{home}/accesso/callback?state=x")
    walk.open(page, f"{home}/registrazione/link/{uuid4()}/gettone")
    page.locator("main form button").click()
    walk.look(page)
    walk.open(page, f"{home}/profilo/cancellazione/fatto", f"{home}/registrazione/fatto", f"{home}/registrazione")
    page.locator("main form button").first.click()
    page.get_by_role("button", name="Continua").click()
    walk.look(page)
    page.locator("#first_name").fill(nobody["first_name"])
    page.locator("#last_name").fill(nobody["last_name"])
    page.get_by_role("button", name="Continua").click()
    walk.look(page)
    page.get_by_role("button", name="Registrati").click()
    walk.look(page)
    for _again in range(2):
        # Not recognised once, then the tax code is asked for; then not recognised even so.
        page.goto(f"{home}/registrazione/contatto")
        page.locator("#email").fill(nobody["email"])
        page.locator("#privacy").check()
        page.get_by_role("button", name="Registrati").click()
        walk.look(page)
    page.locator("#tax_id").fill("RSSMRA80A01H501U")
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{home}/registrazione/non-riconosciuto/*")
    walk.look(page)
    walk.open(page, f"{home}/recupero?lingua=en")
    page.locator("#username").fill(nobody["email"])
    if page.locator("#tax_id").count():
        page.locator("#tax_id").fill("RSSMRA80E17H501U")
    page.get_by_role("button", name="Continue").click()
    walk.look(page)
    page.get_by_role("button", name="Continue").click()
    walk.look(page)
    walk.open(page, f"{home}/recupero/codice-fiscale?lingua=it")
    _asking_for_assistance(walk, journey)
    context.close()


def _asking_for_assistance(walk: Walk, journey: Journey) -> None:
    page = journey.page
    walk.open(page, f"{journey.home}/assistenza/richiesta?motivo=registrazione")
    page.get_by_role("button", name="Invia la richiesta").click()
    walk.look(page)
    page.locator("#name").fill("Massimiliano Federico Della Rovere Castiglioni")
    page.locator("#email").fill(journey.customer["email"])
    page.locator("#policy_number").fill("PR000000011")
    page.locator("#text").fill("Il codice non arriva.")
    page.get_by_role("button", name="Invia la richiesta").click()
    page.wait_for_url(f"{journey.home}/assistenza/ricevuta")
    walk.look(page)


def _registering(walk: Walk, journey: Journey) -> None:
    page = journey.page
    _choosing_a_contact(walk, journey)
    journey.ask_registration()
    journey.let_the_code_end_in(-1)
    walk.open(page, f"{journey.home}/registrazione/codice")
    journey.let_the_code_end_in(600)
    page.goto(f"{journey.home}/registrazione/codice")
    journey.type_code("registration")
    expect(page.locator("#password-new")).to_be_visible(timeout=20_000)
    # «Back», after the contact was proved and before the password was chosen.
    walk.open(page, f"{journey.home}/registrazione/codice")
    page.locator("main form button").click()
    journey.choose_password()
    journey.first_sign_in()


def _choosing_a_contact(walk: Walk, journey: Journey) -> None:
    """Recognised by the tax code instead of the contact, with a choice that does not fit."""
    page, home = journey.page, journey.home
    stranger = Journey(journey.stack, page, journey.customer | {"email": f"nessuno.{uuid4().hex}@example.it"})
    stranger.ask_registration()
    page.wait_for_url(f"{home}/registrazione/esito/*")
    stranger.ask_registration()
    page.wait_for_url(f"{home}/registrazione/codice-fiscale")
    page.get_by_role("button", name="Continua").click()
    # The form goes by itself once the browser has solved its proof of work.
    expect(page.get_by_role("alert")).to_be_visible()
    walk.look(page)
    page.locator("#tax_id").fill(journey.customer["tax_code"])
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{home}/registrazione/scelta")
    page.get_by_role("button", name="Continua").click()
    walk.look(page)
    page.get_by_role("radio", name="Nessuno di questi").check()
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{home}/registrazione/nessuno")
    walk.look(page)


def _signed_in(walk: Walk, journey: Journey) -> None:
    page, home = journey.page, journey.home
    walk.open(page, f"{home}/polizze", f"{home}/polizze/archivio", f"{home}/documenti", f"{home}/assistenza")
    journey.open_menu()
    walk.look(page)
    page.goto(f"{home}/polizze")
    page.locator(".ac-policy a").first.click()
    page.wait_for_url(f"{home}/polizze/*")
    walk.look(page)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    walk.look(page)
    walk.open(page, f"{home}/profilo", f"{home}/profilo/domicilio", f"{home}/polizze/NESSUNA")
    page.goto(f"{home}/profilo/domicilio")
    page.locator("#street").fill("")
    page.get_by_role("button", name="Continua").click()
    walk.look(page)
    already = Outbox(journey.stack.bridge).count(journey.customer["mobile"], purpose="operation")
    journey.change_domicile("Via Po 18")
    journey.type_code("operation", journey.customer["mobile"], seen=already)
    page.wait_for_url(f"{home}/profilo/domicilio/*")
    walk.look(page)
    walk.open(page, f"{home}/profilo/cancellazione")
    page.get_by_role("button", name="Inviami il codice").click()
    page.wait_for_url(f"{home}/profilo/cancellazione/codice")
    walk.look(page)


@pytest.mark.parametrize("template", pages())
def test_a_page_has_nothing_that_keeps_somebody_out(template: str, seen: Seen) -> None:
    assert template in seen, "no pass of this walk opens this page: add one"
    assert seen[template] == []


def test_the_walk_names_pages_that_exist(seen: Seen) -> None:
    assert set(seen) - set(pages()) == set()
    assert len(pages()) > 20
    assert all(Path(TEMPLATES / f"{name}.html").is_file() for name in seen)
