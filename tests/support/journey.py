"""What a customer does, page by page, in a real browser. Each step returns when the next page is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from adapters.flask_portal.repository.engine import open_engine
from adapters.flask_portal.repository.tables import registration_flows
from domain.customers import CustomerKind
from tests.support.brands import EVERY_BRAND
from tests.support.outbox import Outbox
from tests.support.stack import Stack

PASSWORD = "Sicura2026"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@dataclass
class Journey:
    """One browser of one demo customer."""

    stack: Stack
    page: Page
    customer: dict[str, str]

    @classmethod
    def begin(
        cls, stack: Stack, browser: Browser, customer: dict[str, str], viewport: dict[str, int] | None = None
    ) -> tuple[Journey, BrowserContext]:
        """A new browser profile."""
        context = browser.new_context(viewport=viewport or PHONE, locale="it-IT")  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        return cls(stack, context.new_page(), customer), context

    @property
    def home(self) -> str:
        return f"{self.stack.portal}/{self.customer['brand']}"

    @property
    def contact(self) -> str:
        """The contact used as user name: the email where there is one."""
        return self.customer["email"] or self.customer["mobile"]

    def ask_registration(self) -> None:
        """From the landing page to the code page."""
        for _page in self.asking_registration():
            pass

    def asking_registration(self) -> Iterator[str]:
        """The same page by page: each is named when it is filled in, before its button is pressed."""
        self.page.goto(f"{self.home}/")
        yield "home"
        self.page.get_by_role("link", name="Registrati").first.click()
        yield from self.filling_registration()

    def filling_registration(self) -> Iterator[str]:
        """From the first screen of the registration, page by page, to the code page."""
        page, customer = self.page, self.customer
        kind = EVERY_BRAND[customer["brand"]].kind_of(CustomerKind(customer["kind"]))
        chosen = page.get_by_role("button", name=kind.label.it)
        expect(chosen).to_be_visible()
        yield "kind"
        chosen.click()
        page.wait_for_url("**/registrazione/nome")
        if page.locator("#company_name").count():
            page.locator("#company_name").fill(customer["company_name"])
        else:
            page.locator("#first_name").fill(customer["first_name"])
            page.locator("#last_name").fill(customer["last_name"])
        yield "name"
        page.get_by_role("button", name="Continua").click()
        self._fill_contact()
        page.locator("#privacy").check()
        yield "contact"
        page.get_by_role("button", name="Registrati").click()

    def _fill_contact(self) -> None:
        page, customer = self.page, self.customer
        two_fields = page.get_by_role("radio").count() > 0
        if customer["email"]:
            page.locator("#email").fill(customer["email"])
            if two_fields:
                page.get_by_role("radio", name="Email").check()
            return
        if two_fields:
            page.get_by_role("radio", name="Numero di cellulare").check()
        else:
            page.get_by_role("link", name="Numero di cellulare").click()
        page.locator("#number").fill(customer["mobile"].removeprefix("+39"))

    def type_code(self, purpose: str, to: str | None = None, seen: int = 0, *, button: str = "Continua") -> str:
        """Read the newest code of a purpose, type it, go on; returns the code."""
        code = str(Outbox(self.stack.bridge).wait_for(to or self.contact, purpose=purpose, seen=seen)["code"])
        self.page.locator("#code").fill(code)
        self.page.get_by_role("button", name=button).click()
        return code

    def choose_password(self, password: str = PASSWORD) -> None:
        """Keycloak's page after the contact is proved; ends back on the portal."""
        self.page.locator("#password-new").fill(password)
        self.page.locator("#password-confirm").fill(password)
        self.page.locator("#kc-submit").click()
        self.page.wait_for_url(f"{self.home}/**/fatto*")

    def let_the_code_end_in(self, seconds: int) -> None:
        """As if the code's validity were over so soon, or already (negative); nobody waits 48 hours."""
        engine = open_engine(self.stack.directory_url)
        over = datetime.now(UTC) + timedelta(seconds=seconds)
        with engine.begin() as connection:
            connection.execute(
                update(registration_flows)
                .where(registration_flows.c.contact == self.contact, registration_flows.c.status == "waiting")
                .values(code_expires_at=over)
            )
        engine.dispose()

    def register(self) -> None:
        """The whole registration."""
        self.ask_registration()
        self.type_code("registration")
        self.choose_password()

    def open_sign_in(self) -> None:
        """Keycloak's sign-in page."""
        self.page.goto(f"{self.home}/accesso")
        expect(self.page.locator("#password")).to_be_visible()

    def type_password(self, username: str | None = None, password: str = PASSWORD) -> None:
        """User name and password."""
        self.page.locator("#username").fill(username or self.contact)
        self.page.locator("#password").fill(password)
        self.page.get_by_role("button", name="Accedi").click()

    def first_sign_in(self) -> str:
        """Password and the first access's code; ends on the policies. Returns the code."""
        self.open_sign_in()
        self.type_password()
        code = self.type_code("access", self.customer["mobile"])
        self.page.wait_for_url(f"{self.home}/polizze")
        return code

    def change_domicile(self, street: str) -> None:
        """Fill the form and go on to the confirmation page."""
        page = self.page
        page.goto(f"{self.home}/profilo/domicilio")
        page.locator("#street").fill(street)
        page.locator("#postal_code").fill("10121")
        page.locator("#city").fill("Torino")
        page.locator("#province").fill("TO")
        page.locator("#country").select_option("IT")
        page.get_by_role("button", name="Continua").click()

    def open_menu(self) -> None:
        """The sections; on a phone they stand behind «Menu»."""
        menu = self.page.get_by_role("button", name="Menu")
        if menu.is_visible():
            menu.click()

    def sign_out(self) -> None:
        """«Esci»; ends on the brand's home."""
        self.open_menu()
        self.page.get_by_role("button", name="Esci").click()
        self.page.wait_for_url(f"{self.home}/")
