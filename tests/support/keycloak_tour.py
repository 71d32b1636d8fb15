"""Walks a browser past every page of Keycloak that a customer or a colleague can meet, each in its states.

A stop is shown before the walk goes on, so whoever walks may look at it, measure it, or take its picture.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, Response, ViewportSize

from tests.support.customers import PASSWORD, TestCustomer, ask_setup, proof, provision, register
from tests.support.inactivity import make_inactive
from tests.support.keycloak_pages import PortalClient
from tests.support.outbox import Outbox
from tests.support.stack import Stack

_LOCALES = {"it": "it-IT", "en": "en-GB"}
_OPERATION = {"id": "op-1", "text": "Cambio domicilio: Via Roma 1, 10121 Torino", "amount": "1250.50"}
STAFF_PASSWORD = "Ufficio2026"


@dataclass(frozen=True)
class Stop:
    """A page in one of its states."""

    state: str
    page: Page

    def __post_init__(self) -> None:
        # A press returns when the answer begins; what is looked at must be whole.
        self.page.wait_for_load_state()

    @property
    def template(self) -> str:
        """The template's file, as Keycloak names the page."""
        return (self.page.locator("body").get_attribute("data-page-id") or "").removeprefix("login-") + ".ftl"


def totp(secret: str, at: float | None = None) -> str:
    """The code an authenticator app shows (RFC 6238, SHA-1, 30 s, six digits) for a secret in base32."""
    key = base64.b32decode(secret.replace(" ", "").upper() + "=" * (-len(secret.replace(" ", "")) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def wrong(code: str) -> str:
    """Six digits other than these."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@dataclass(frozen=True)
class Tour:
    """One brand's pages in one language, in a window of one size."""

    stack: Stack
    browser: Browser
    brand: str
    language: str = "it"
    viewport: ViewportSize | None = None

    def stops(self) -> Iterator[Stop]:
        """Every page, in an order in which a person could meet them."""
        for part in (
            self.customer,
            self.no_number,
            self.inactive,
            self.bridge_down,
            self.set_up,
            self.leaving,
            self.staff,
        ):
            yield from part()

    @contextmanager
    def window(self, *, scripts: bool = True) -> Iterator[Page]:
        """A browser without a past."""
        context = self.browser.new_context(
            locale=_LOCALES[self.language],
            viewport=self.viewport or ViewportSize(width=390, height=844),
            java_script_enabled=scripts,
        )
        context.set_default_timeout(20_000)
        self._stay_in_keycloak(context)
        try:
            yield context.new_page()
        finally:
            context.close()

    def _stay_in_keycloak(self, context: BrowserContext) -> None:
        # Where Keycloak sends the browser afterwards is the portal's own concern.
        context.route(f"{self.stack.portal}/**", lambda route: route.fulfill(body="<title>portal</title>"))

    def registered(self, **changes: object) -> TestCustomer:
        """A customer with an account."""
        customer = provision(self.stack, self.brand, **changes)
        register(self.stack, customer)
        return customer

    def open_sign_in(self, page: Page, acr: str | None = None) -> None:
        """Keycloak's answer to the portal's request."""
        operation = _OPERATION if acr == "3" else None
        page.goto(PortalClient(self.stack, self.brand).push(acr, operation, ui_locales=self.language).url)

    @staticmethod
    def type_password(page: Page, username: str, password: str = PASSWORD) -> None:
        """The sign-in page."""
        page.locator("#username").fill(username)
        page.locator("#password").fill(password)
        page.locator("#kc-login").click()

    @staticmethod
    def type_code(page: Page, code: str) -> None:
        """The code page."""
        page.locator("#code").fill(code)
        page.locator("#continue").click()

    def code(self, customer: TestCustomer, purpose: str = "access", seen: int = 0) -> str:
        """The newest code on the customer's phone."""
        return str(Outbox(self.stack.bridge).wait_for(customer.mobile, purpose=purpose, seen=seen)["code"])

    def customer(self) -> Iterator[Stop]:
        """Sign-in, its code, an operation, and what comes too late."""
        customer = self.registered()
        with self.window() as page:
            self.open_sign_in(page)
            yield Stop("sign-in", page)
            stale = page.locator("#kc-form-login").get_attribute("action") or ""
            self.type_password(page, customer.email, "Sbagliata1")
            yield Stop("sign-in refused", page)
            self.type_password(page, customer.email)
            yield Stop("access code", page)
            code = self.code(customer)
            self.type_code(page, wrong(code))
            yield Stop("access code wrong", page)
            code_page = page.url
            page.goto(stale)
            yield Stop("page expired", page)
            page.goto(code_page)
            self.ask_another_way(page)
            yield Stop("another way", page)
            page.locator("button.ac-choice").click()
            self.type_code(page, code)
            page.wait_for_url(f"{self.stack.portal}/**")
            yield from self._operation(page, customer)

    @staticmethod
    def ask_another_way(page: Page) -> None:
        """A request no button of ours makes, but any browser can."""
        page.locator("#sms-code-form").evaluate(
            """form => {
              const asked = {type: "hidden", name: "tryAnotherWay", value: "on"};
              form.append(Object.assign(document.createElement("input"), asked));
              form.submit();
            }"""
        )
        page.wait_for_selector("#kc-select-credential-form")

    def _operation(self, page: Page, customer: TestCustomer) -> Iterator[Stop]:
        self.open_sign_in(page, "3")
        yield Stop("operation code", page)
        code = self.code(customer, "operation")
        for _ in range(3):
            self.type_code(page, wrong(code))
        yield Stop("operation code spent", page)

    def no_number(self) -> Iterator[Stop]:
        """A customer whom no code can reach."""
        customer = self.registered(mobiles=[], access_mobile="")
        with self.window() as page:
            self.open_sign_in(page)
            self.type_password(page, customer.email)
            yield Stop("no number", page)

    def inactive(self) -> Iterator[Stop]:
        """The owner of an account that a year without access has closed."""
        customer = self.registered()
        make_inactive(self.stack, customer)
        with self.window() as page:
            self.open_sign_in(page)
            self.type_password(page, customer.email)
            yield Stop("a year without access", page)

    def bridge_down(self) -> Iterator[Stop]:
        """The code can neither be sent nor checked."""
        customer = self.registered()
        with self.window() as page:
            self.open_sign_in(page)
            with self.stack.stopped("bridge"):
                self.type_password(page, customer.email)
            yield Stop("codes unavailable", page)

    def set_up_link(self, customer: TestCustomer, purpose: str = "registration") -> str:
        """What the portal leads to once a contact is proved."""
        answer = ask_setup(
            self.stack, customer, proof(self.stack, customer, customer.email, purpose), purpose, locale=self.language
        )
        return str(answer.json()["link"])

    def set_up(self) -> Iterator[Stop]:
        """The first password, a password that will not do, and the link once more."""
        customer = provision(self.stack, self.brand)
        with self.window() as page:
            link = self.set_up_link(customer)
            page.goto(link)
            yield Stop("first password", page)
            self._choose(page, "abc", "abcd")
            yield Stop("first password refused", page)
            self._choose(page, PASSWORD, PASSWORD)
            page.goto(link)
            yield Stop("link used before", page)
        with self.window() as page:
            page.goto(self.set_up_link(customer, "recovery"))
            yield Stop("new password", page)

    @staticmethod
    def _choose(page: Page, password: str, again: str) -> None:
        page.locator("#password-new").fill(password)
        page.locator("#password-confirm").fill(again)
        page.locator("#kc-submit").click()

    def leaving(self) -> Iterator[Stop]:
        """Signing out at Keycloak itself, and an address that leads nowhere."""
        realm = f"{self.stack.keycloak}/realms/{self.brand}"
        with self.window() as page:
            page.goto(f"{realm}/protocol/openid-connect/logout")
            yield Stop("sign out", page)
            page.locator("#kc-logout").click()
            yield Stop("signed out", page)
            page.goto(f"{realm}/protocol/openid-connect/auth?client_id=nobody")
            yield Stop("no such client", page)
            page.goto(f"{realm}/not/there")
            yield Stop("no such page", page)

    def staff(self) -> Iterator[Stop]:
        """A colleague's first sign-in, with password and app to set up, and the next."""
        username = self.new_colleague()
        with self.window() as page:
            self.open_staff_door(page)
            yield Stop("staff sign-in", page)
            self.type_password(page, username, STAFF_PASSWORD)
            secret, stops = "", self.first_staff_sign_in(page)
            for stop in stops:
                secret = secret or self.shown_secret(page)
                yield stop
        with self.window() as page:
            self.open_staff_door(page)
            self.type_password(page, username, STAFF_PASSWORD + "a")
            yield Stop("app code", page)
            page.locator("#otp").fill(wrong(totp(secret)))
            page.locator("#kc-login").click()
            yield Stop("app code wrong", page)

    def new_colleague(self) -> str:
        """A colleague whose first password was given by an administrator; returns the username."""
        admin = self.stack.admin(self.brand)
        username = f"collega-{secrets.token_hex(4)}"
        user_id = admin.create_user(
            {
                "username": username,
                "enabled": True,
                "requiredActions": ["UPDATE_PASSWORD", "CONFIGURE_TOTP"],
                "credentials": [{"type": "password", "value": STAFF_PASSWORD, "temporary": True}],
            }
        )
        admin.assign_realm_roles(user_id, [admin.get_realm_role("staff")])
        return username

    def open_staff_door(self, page: Page) -> Response | None:
        """The sign-in page of the back office."""
        query = {
            "client_id": "operators",
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": f"{self.stack.portal}/{self.brand}/operatori/callback",
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
            "ui_locales": self.language,
        }
        return page.goto(f"{self.stack.keycloak}/realms/{self.brand}/protocol/openid-connect/auth?{urlencode(query)}")

    def first_staff_sign_in(self, page: Page) -> Iterator[Stop]:
        """From the first password to the door of the back office: app and password, in the order Keycloak asks."""
        while not page.url.startswith(self.stack.portal):
            if page.locator("#totp").count():
                yield Stop("set up the app", page)
                page.locator("#mode-manual").click()
                yield Stop("set up the app by hand", page)
                secret = self.shown_secret(page)
                page.locator("#totp").fill(wrong(totp(secret)))
                page.locator("#saveTOTPBtn").click()
                yield Stop("set up the app, wrong code", page)
                page.locator("#totp").fill(totp(secret))
                page.locator("#saveTOTPBtn").click()
            else:
                yield Stop("change the password", page)
                self._choose(page, "abc", "abcd")
                yield Stop("change the password, refused", page)
                self._choose(page, STAFF_PASSWORD + "a", STAFF_PASSWORD + "a")
            page.wait_for_load_state()

    @staticmethod
    def shown_secret(page: Page) -> str:
        """The app's secret in base32 where the page shows it, or nothing."""
        shown = page.locator("#kc-totp-secret-key")
        return (shown.text_content() or "").replace(" ", "").strip() if shown.count() else ""
