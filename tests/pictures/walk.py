"""The walk of the guide for customers through the running product: parts that yield the names of stations.

A station is named when its page is as it should be seen.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Page, expect

from provisioning.demo import DEMO_DELIVERY
from tests.pictures.customers import take_unregistered
from tests.support.journey import Journey
from tests.support.keycloak_tour import Tour
from tests.support.outbox import Outbox
from tests.support.stack import Stack

_PATIENCE_MS = 120_000
_NEW_PASSWORD = "Ritrovata26"
# Of the demo delivery: a landline alone, and no mobile where the brand wants one.
_NO_CONTACTS = ("Greco", "Bruno")


@dataclass
class Scene:
    """One brand's tour: a customer with policies in a browser of one size, and the page to be seen."""

    stack: Stack
    browser: Browser
    journey: Journey
    page: Page
    size: dict[str, int]

    @property
    def home(self) -> str:
        return self.journey.home


def registering(scene: Scene) -> Iterator[str]:
    """With a contact on file."""
    yield from scene.journey.asking_registration()
    expect(scene.page.locator("#code")).to_be_visible(timeout=_PATIENCE_MS)
    yield "code"
    scene.journey.type_code("registration")
    expect(scene.page.locator("#password-new")).to_be_visible()
    yield "password"
    scene.journey.choose_password()
    yield "registered"


def expired(scene: Scene) -> Iterator[str]:
    """A code that nobody typed in time."""
    late, context = begin(scene.stack, scene.browser, _unregistered(scene), scene.size)
    scene.page = late.page
    late.ask_registration()
    expect(late.page.locator("#code")).to_be_visible(timeout=_PATIENCE_MS)
    late.let_the_code_end_in(-5)
    late.page.reload()
    yield "code-expired"
    context.close()


def by_link(scene: Scene) -> Iterator[str]:
    """The link of the message, opened in another browser."""
    customer = take_unregistered(scene.stack, scene.journey.customer["brand"], "company")
    asking, first = begin(scene.stack, scene.browser, customer, scene.size)
    asking.ask_registration()
    link = str(Outbox(scene.stack.bridge).wait_for(asking.contact, purpose="registration")["link"])
    scene.page.goto(link)
    yield "link"
    first.close()


def not_recognised(scene: Scene) -> Iterator[str]:
    """With a contact the agency does not know: check, tax code, choice, none of these."""
    customer = _unregistered(scene)
    stranger, context = begin(scene.stack, scene.browser, customer | _unknown_email(), scene.size)
    page, home = stranger.page, stranger.home
    scene.page = page
    stranger.ask_registration()
    page.wait_for_url(f"{home}/registrazione/esito/*")
    yield "check-data"
    stranger.ask_registration()
    page.wait_for_url(f"{home}/registrazione/codice-fiscale")
    page.locator("#tax_id").fill(customer["tax_code"])
    yield "tax-code"
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{home}/registrazione/scelta")
    yield "choice"
    page.get_by_role("radio", name="Nessuno di questi").check()
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{home}/registrazione/nessuno")
    yield "none-of-these"
    page.goto(f"{home}/registrazione/codice-fiscale")
    page.locator("#tax_id").fill("RSSMRA80A01H501U")
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{home}/registrazione/non-riconosciuto/*")
    yield "not-recognised"
    context.close()


def no_contacts(scene: Scene) -> Iterator[str]:
    """Recognised by the tax code, with nothing on file that can be a user name."""
    customer = _on_file(scene.journey.customer["brand"])
    stranger, context = begin(scene.stack, scene.browser, customer | _unknown_email(), scene.size)
    page, home = stranger.page, stranger.home
    scene.page = page
    for waiting in ("esito/*", "codice-fiscale"):
        stranger.ask_registration()
        page.wait_for_url(f"{home}/registrazione/{waiting}")
    page.locator("#tax_id").fill(customer["tax_code"])
    page.get_by_role("button", name="Continua").click()
    page.wait_for_url(f"{home}/registrazione/nessun-recapito")
    yield "no-contacts"
    context.close()


def first_access(scene: Scene) -> Iterator[str]:
    """Password, and the code that confirms who it is."""
    scene.journey.open_sign_in()
    yield "sign-in"
    scene.journey.type_password()
    expect(scene.page.locator("#code")).to_be_visible()
    yield "access-code"
    scene.page.get_by_text("Non riconosci il numero?").click()
    yield "unknown-number"
    scene.journey.type_code("access", scene.journey.customer["mobile"])
    scene.page.wait_for_url(f"{scene.home}/polizze")


def no_number(scene: Scene) -> Iterator[str]:
    """Whom no code can reach."""
    for stop in Tour(scene.stack, scene.browser, scene.journey.customer["brand"]).no_number():
        scene.page = stop.page
        yield "no-number"


def inactive(scene: Scene) -> Iterator[str]:
    """Who comes back after a year."""
    for stop in Tour(scene.stack, scene.browser, scene.journey.customer["brand"]).inactive():
        scene.page = stop.page
        yield "inactive"


def inside(scene: Scene) -> Iterator[str]:
    """The pages of a signed-in customer, and an operation confirmed by code."""
    page, home = scene.page, scene.home
    for name, path in (("policies", "polizze"), ("archive", "polizze/archivio"), ("documents", "documenti")):
        page.goto(f"{home}/{path}")
        yield name
    page.goto(f"{home}/polizze")
    page.locator(".ac-policy a").first.click()
    page.wait_for_url(f"{home}/polizze/*")
    yield "policy"
    scene.journey.open_menu()
    yield "menu"
    page.goto(f"{home}/profilo")
    yield "profile"
    already = Outbox(scene.stack.bridge).count(scene.journey.customer["mobile"], purpose="operation")
    page.goto(f"{home}/profilo/domicilio")
    yield "domicile"
    scene.journey.change_domicile("Via Po 18")
    expect(page.locator("#code")).to_be_visible()
    yield "operation-code"
    scene.journey.type_code("operation", scene.journey.customer["mobile"], seen=already)
    page.wait_for_url(f"{home}/profilo/domicilio/*")
    yield "domicile-changed"
    page.goto(f"{home}/assistenza")
    yield "help"
    page.goto(f"{home}/assistenza/richiesta?motivo=altro")
    customer = scene.journey.customer
    page.locator("#name").fill(f"{customer['first_name']} {customer['last_name']}")
    page.locator("#email").fill(customer["email"])
    page.locator("#text").fill("Vorrei sapere dove trovo l'attestato di rischio dell'anno scorso.")
    yield "assistance-form"
    page.get_by_role("button", name="Invia la richiesta").click()
    page.wait_for_url(f"{home}/assistenza/ricevuta")
    yield "assistance-received"
    page.goto(f"{home}/polizze")
    scene.journey.sign_out()


def recovering(scene: Scene) -> Iterator[str]:
    """A new password for whoever has lost the old one."""
    page, customer = scene.page, scene.journey.customer
    page.goto(f"{scene.home}/recupero")
    page.locator("#username").fill(scene.journey.contact)
    if page.locator("#tax_id").count():
        page.locator("#tax_id").fill(customer["tax_code"])
    yield "recovery"
    page.get_by_role("button", name="Continua").click()
    expect(page.locator("#code")).to_be_visible()
    yield "recovery-code"
    scene.journey.type_code("recovery")
    expect(page.locator("#password-new")).to_be_visible()
    yield "new-password"
    scene.journey.choose_password(_NEW_PASSWORD)
    yield "recovered"


def forgotten(scene: Scene) -> Iterator[str]:
    """The user name is lost; and what is asked for besides where one number would be enough for all."""
    scene.page.goto(f"{scene.home}/recupero/codice-fiscale")
    yield "user-name-forgotten"
    customer = _unregistered(scene) | {"email": ""}
    caller, context = begin(scene.stack, scene.browser, customer, scene.size)
    page = scene.page = caller.page
    caller.register()
    page.goto(f"{caller.home}/recupero")
    page.locator("#username").fill(caller.contact)
    if page.locator("#tax_id").count():
        page.locator("#tax_id").fill(customer["tax_code"])
    page.get_by_role("button", name="Continua").click()
    caller.type_code("recovery")
    page.wait_for_url(f"{caller.home}/recupero/conferma")
    yield "questions"
    context.close()


def leaving(scene: Scene) -> Iterator[str]:
    """The profile is cancelled."""
    page, mobile = scene.page, scene.journey.customer["mobile"]
    already = Outbox(scene.stack.bridge).count(mobile, purpose="access")
    scene.journey.open_sign_in()
    scene.journey.type_password(password=_NEW_PASSWORD)
    scene.journey.type_code("access", mobile, seen=already)
    page.wait_for_url(f"{scene.home}/polizze")
    page.goto(f"{scene.home}/profilo/cancellazione")
    yield "cancellation"
    page.get_by_role("button", name="Inviami il codice").click()
    expect(page.locator("#code")).to_be_visible()
    yield "cancellation-code"
    scene.journey.type_code("cancellation", button="Cancella il mio profilo")
    page.wait_for_url(f"{scene.home}/profilo/cancellazione/fatto")
    yield "cancelled"


def stations(stack: Stack, browser: Browser, brand: str, size: dict[str, int]) -> Iterator[tuple[str, Page]]:
    """The whole walk of one brand: each station's name, and its page."""
    journey, context = begin(stack, browser, take_unregistered(stack, brand, with_policy=True), size)
    for part in PARTS:
        scene = Scene(stack, browser, journey, journey.page, size)
        for name in part(scene):
            yield name, scene.page
    context.close()


def _unregistered(scene: Scene) -> dict[str, str]:
    return take_unregistered(scene.stack, scene.journey.customer["brand"], with_policy=True)


def _unknown_email() -> dict[str, str]:
    return {"email": f"nuovo.{uuid4().hex[:6]}@example.it"}


def _on_file(brand: str) -> dict[str, str]:
    """A demo customer without a contact that the brand lets register."""
    with (DEMO_DELIVERY / "customers.csv").open(encoding="utf-8", newline="") as file:
        found = next(row for row in csv.DictReader(file) if row["brand"] == brand and row["last_name"] in _NO_CONTACTS)
    return dict(found) | {"mobile": ""}


def begin(
    stack: Stack, browser: Browser, customer: dict[str, str], size: dict[str, int]
) -> tuple[Journey, BrowserContext]:
    """A browser of a customer's; pictures may take their time on a busy machine."""
    journey, context = Journey.begin(stack, browser, customer, size)
    context.set_default_timeout(_PATIENCE_MS)
    return journey, context


Part = Callable[[Scene], Iterator[str]]
PARTS: tuple[Part, ...] = (
    registering,
    expired,
    by_link,
    not_recognised,
    no_contacts,
    first_access,
    no_number,
    inactive,
    inside,
    recovering,
    forgotten,
    leaving,
)
