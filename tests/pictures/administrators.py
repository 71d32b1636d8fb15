"""The pictures of docs/administrators.md."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.pictures.customers import take_unregistered
from tests.support.console import LIMIT_MS, Console
from tests.support.customers import PASSWORD, TestCustomer, register
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.keycloak_pages import Page as KeycloakPage
from tests.support.outbox import Outbox
from tests.support.signing_in import Failures
from tests.support.stack import Stack
from tests.support.staff import StaffMember, make_staff

_SIZE = {"width": 1280, "height": 800}
BRAND = "generali"


def take_pictures(stack: Stack, browser: Browser, docs: Path) -> None:
    """Take them all into the folder of the documents; each shows the product as it is."""
    folder = docs / "pictures" / "administrators"
    folder.mkdir(parents=True, exist_ok=True)
    customer = _demo_customer(stack)
    member = make_staff(stack, BRAND)
    _reads_english(stack, member)
    context = browser.new_context(viewport=_SIZE, locale="en-GB")  # type: ignore[arg-type]
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    console = Console(stack, BRAND, page)
    shots = _Shots(page, folder)

    _first_sign_in(stack, browser, folder)
    console.sign_in(member)
    console.open_users()
    console.ask_for_code("Customer code", customer.code)
    shots.take("find-by-code")
    page.get_by_test_id("search-user-attribute-btn").click()
    page.get_by_role("link", name=customer.email).click()
    expect(page.get_by_test_id("firstName")).to_be_visible()
    user_id = page.url.split("/users/")[1].split("/")[0]
    page.get_by_test_id("customer_code").scroll_into_view_if_needed()
    shots.take("details", height=1700)
    _credentials(console, shots, user_id)
    _activity(console, shots, user_id)
    _locked(stack, console, shots, user_id, customer)
    _blocked(console, shots, user_id, customer)
    console.open_tab(stack.admin(BRAND).get_user_id(member.username), "role-mapping")
    page.reload()
    # A menu that opens while the list is still loading closes again.
    expect(page.get_by_role("row", name="area-clienti-administrator")).to_be_visible()
    page.get_by_role("button", name="Assign role").first.click()
    page.get_by_role("menuitem", name="Realm roles").click()
    expect(page.get_by_text("area-clienti-helpdesk").first).to_be_visible()
    shots.take("assign-role")
    context.close()


class _Shots:
    """Takes pictures of one page into one folder."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page, self._folder = page, folder

    def take(self, name: str, height: int = 800) -> None:
        self._page.set_viewport_size({"width": 1280, "height": height})
        expect(self._page.get_by_role("progressbar")).to_have_count(0)
        self._page.screenshot(path=self._folder / f"{name}.png", animations="disabled")
        self._page.set_viewport_size({"width": 1280, "height": 800})


def _demo_customer(stack: Stack) -> TestCustomer:
    """A demo customer who has registered and is signed in on a phone."""
    told = take_unregistered(stack, BRAND)
    customer = TestCustomer(BRAND, told["customer_code"], told["email"], told["mobile"])
    register(stack, customer)
    pages = KeycloakPages(stack)
    page = _try(stack, pages, customer, PASSWORD)
    code = str(Outbox(stack.bridge).wait_for(customer.mobile, purpose="access")["code"])
    pages.submit(page.form("code"), code=code)
    return customer


def _try(stack: Stack, pages: KeycloakPages, customer: TestCustomer, password: str) -> KeycloakPage:
    page = pages.open(PortalClient(stack, BRAND).push().url)
    return pages.submit(page.form("password"), username=customer.email, password=password)


def _reads_english(stack: Stack, member: StaffMember) -> None:
    admin = stack.admin(BRAND)
    user = admin.get_user(admin.get_user_id(member.username))
    admin.update_user(user["id"], user | {"attributes": user.get("attributes", {}) | {"locale": ["en"]}})


def _first_sign_in(stack: Stack, browser: Browser, folder: Path) -> None:
    """The page that sets the authenticator app up; nothing is set up here, and the account stays as it was."""
    admin = stack.admin(BRAND)
    name, password = "anna.bianchi", "Provvisoria1"
    if not admin.get_users({"username": name, "exact": True}):
        credentials = [{"type": "password", "value": password, "temporary": True}]
        user_id = admin.create_user({"username": name, "enabled": True, "credentials": credentials})
        admin.assign_realm_roles(user_id, [admin.get_realm_role("area-clienti-administrator")])
    context = browser.new_context(viewport=_SIZE, locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(Console(stack, BRAND, page).home)
    page.locator("#username").fill(name)
    page.locator("#password").fill(password)
    page.locator("#kc-login").click()
    expect(page.locator("#totp")).to_be_visible()
    page.screenshot(path=folder / "first-sign-in.png", full_page=True)
    context.close()


def _credentials(console: Console, shots: _Shots, user_id: str) -> None:
    page = console.page
    console.open_tab(user_id, "credentials")
    row = page.locator("tr", has_text="*****")
    expect(row).to_be_visible()
    shots.take("credentials", height=520)
    row.get_by_role("button").last.click()
    expect(page.get_by_role("menuitem").last).to_be_visible()
    shots.take("remove-number", height=520)
    page.keyboard.press("Escape")


def _activity(console: Console, shots: _Shots, user_id: str) -> None:
    page = console.page
    console.open_tab(user_id, "sessions")
    expect(page.locator("table tbody tr").first).to_be_visible()
    shots.take("sessions", height=520)
    console.open_tab(user_id, "events")
    expect(page.locator("table tbody tr").first).to_be_visible()
    page.locator("table tbody tr button").first.click()
    shots.take("events")


def _locked(stack: Stack, console: Console, shots: _Shots, user_id: str, customer: TestCustomer) -> None:
    page, failures = console.page, Failures(stack, user_id)
    for count in range(1, 6):
        _try(stack, KeycloakPages(stack), customer, "Sbagliata1")
        assert failures.become(count)
    console.open_tab(user_id, "settings")
    # The console reads a user once and moves between the tabs with what it has.
    page.reload()
    switch = page.get_by_test_id("user-locked-switch")
    expect(switch).to_be_checked()
    switch.scroll_into_view_if_needed()
    shots.take("locked")
    failures.forget()


def _blocked(console: Console, shots: _Shots, user_id: str, customer: TestCustomer) -> None:
    page = console.page
    page.reload()
    console.is_in()
    console.open_tab(user_id, "settings")
    expect(page.get_by_test_id("firstName")).to_be_visible()
    console.switch_off(customer.email)
    state = page.get_by_text("Blocked by an administrator", exact=True).first
    expect(state).to_be_visible()
    state.scroll_into_view_if_needed()
    shots.take("blocked")
