"""The customers' guide: a walk through the running product, a picture at every station, and the pages around them.

What is told of each station stands in guide.toml. To add one: walk past it in a part below (`yield` its name when the
page is as it should be seen), and give it a title and a text there; a station without its text, or the other way
round, ends the tour.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Page, expect

from domain.brands import load_brands
from tests.pictures.customers import take_unregistered
from tests.support.journey import PHONE, Journey
from tests.support.keycloak_tour import Tour
from tests.support.outbox import Outbox
from tests.support.stack import Stack

_TEXTS = Path(__file__).with_name("guide.toml")
_FILES = {"en": "README.md", "it": "it.md"}
# Longer pages are cut: what a station is about stands at the top.
_TALLEST = 1500
_PATIENCE_MS = 120_000
BRANDS = ("generali", "alleanza")


@dataclass
class Scene:
    """One brand's tour: a customer with policies in a browser of a phone's width, and the page to be seen."""

    stack: Stack
    browser: Browser
    journey: Journey
    page: Page

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


def by_link(scene: Scene) -> Iterator[str]:
    """The link of the message, opened in another browser."""
    customer = take_unregistered(scene.stack, scene.journey.customer["brand"], "company")
    asking, first = _begin(scene.stack, scene.browser, customer)
    asking.ask_registration()
    link = str(Outbox(scene.stack.bridge).wait_for(asking.contact, purpose="registration")["link"])
    scene.page.goto(link)
    yield "link"
    first.close()


def not_recognised(scene: Scene) -> Iterator[str]:
    """With a contact the agency does not know: check, tax code, choice, none of these."""
    customer = take_unregistered(scene.stack, scene.journey.customer["brand"])
    unknown = {"email": f"nuovo.{uuid4().hex[:6]}@example.it"}
    stranger, context = _begin(scene.stack, scene.browser, customer | unknown)
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


def first_access(scene: Scene) -> Iterator[str]:
    """Password, and the code that confirms who it is."""
    scene.journey.open_sign_in()
    yield "sign-in"
    scene.journey.type_password()
    expect(scene.page.locator("#code")).to_be_visible()
    yield "access-code"
    scene.journey.type_code("access", scene.journey.customer["mobile"])
    scene.page.wait_for_url(f"{scene.home}/polizze")


def no_number(scene: Scene) -> Iterator[str]:
    """Whom no code can reach."""
    for stop in Tour(scene.stack, scene.browser, scene.journey.customer["brand"]).no_number():
        scene.page = stop.page
        yield "no-number"


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
    scene.journey.choose_password("Ritrovata26")
    yield "recovered"


def _begin(stack: Stack, browser: Browser, customer: dict[str, str]) -> tuple[Journey, BrowserContext]:
    """A phone in the hands of a customer; pictures may take their time on a busy machine."""
    journey, context = Journey.begin(stack, browser, customer, PHONE)
    context.set_default_timeout(_PATIENCE_MS)
    return journey, context


Part = Callable[[Scene], Iterator[str]]
PARTS: tuple[Part, ...] = (registering, by_link, not_recognised, first_access, no_number, inside, recovering)


def write_guide(stack: Stack, browser: Browser, docs: Path) -> None:
    """Take every picture and write the guide in both languages into the folder of the documents."""
    pictures = docs / "pictures" / "guide"
    taken = {brand: _walk(stack, browser, brand, pictures / brand) for brand in BRANDS}
    texts = tomllib.loads(_TEXTS.read_text(encoding="utf-8"))
    told = [station["name"] for chapter in texts["chapter"] for station in chapter["station"]]
    walked = set().union(*taken.values())
    if set(told) != walked:
        raise LookupError(f"stations without a text or texts without a station: {sorted(set(told) ^ walked)}")
    folder = docs / "guide"
    folder.mkdir(parents=True, exist_ok=True)
    for language, file in _FILES.items():
        (folder / file).write_text(_page(texts, language, taken), encoding="utf-8")


def _walk(stack: Stack, browser: Browser, brand: str, folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    journey, context = _begin(stack, browser, take_unregistered(stack, brand, with_policy=True))
    taken: list[str] = []
    for part in PARTS:
        scene = Scene(stack, browser, journey, journey.page)
        for name in part(scene):
            _take(scene.page, folder / f"{name}.png")
            taken.append(name)
    context.close()
    return taken


def _take(page: Page, path: Path) -> None:
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready.then(() => window.scrollTo(0, 0))")
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": PHONE["width"], "height": min(max(height, PHONE["height"]), _TALLEST)}
    page.screenshot(path=path, full_page=True, clip=clip, animations="disabled", caret="hide")  # type: ignore[arg-type]


def _page(texts: dict[str, Any], language: str, taken: dict[str, list[str]]) -> str:
    brands = load_brands()
    lines = [f"# {texts[language]['title']}", "", texts[language]["text"].strip(), ""]
    for chapter in texts["chapter"]:
        lines += [f"## {chapter[language]['title']}", "", chapter[language]["text"].strip(), ""]
        for station in chapter["station"]:
            title = station[language]["title"]
            shown = [brand for brand in taken if station["name"] in taken[brand]]
            names = [brands[brand].display_name for brand in shown]
            files = [f"../pictures/guide/{brand}/{station['name']}.png" for brand in shown]
            images = [
                f'<img src="{file}" width="300" alt="{title}, {name}">' for file, name in zip(files, names, strict=True)
            ]
            lines += [f"### {title}", "", station[language]["text"].strip(), ""]
            lines += [f"| {' | '.join(names)} |", "|" + "---|" * len(names), f"| {' | '.join(images)} |", ""]
    return "\n".join(lines).rstrip() + "\n"
