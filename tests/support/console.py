"""The administration console of a realm in a real browser, as a member of staff uses it."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.support.stack import Stack
from tests.support.staff import StaffMember, totp_code

# The console fetches page after page over its API; a busy machine takes its time.
LIMIT_MS = 45_000


@dataclass(frozen=True)
class Console:
    """One browser page at the console of one brand. Works in any language: it goes by the console's own test ids."""

    stack: Stack
    brand: str
    page: Page

    @property
    def home(self) -> str:
        return f"{self.stack.keycloak}/admin/{self.brand}/console/"

    def sign_in(self, member: StaffMember) -> None:
        """Password and authenticator app; ends in the console."""
        self.page.goto(self.home)
        self.page.locator("#username").fill(member.username)
        self.page.locator("#password").fill(member.password)
        self.page.locator("#kc-login").click()
        self.page.locator("#otp").fill(totp_code(member.totp_secret))
        self.page.locator("#kc-login").click()
        self.is_in()

    def is_in(self) -> None:
        """Wait for the console's own navigation."""
        expect(self.page.locator("[data-testid=nav-item-users]").first).to_be_visible(timeout=LIMIT_MS)

    def first_sign_in(self, username: str, password: str, chosen: str) -> str:
        """Authenticator app, then a password of their own; ends in the console. Returns the app's secret."""
        page = self.page
        page.goto(self.home)
        page.locator("#username").fill(username)
        page.locator("#password").fill(password)
        page.locator("#kc-login").click()
        secret = str(page.locator("#totpSecret").get_attribute("value"))
        page.locator("#totp").fill(totp_code(secret))
        page.locator("#saveTOTPBtn").click()
        page.locator("#password-new").fill(chosen)
        page.locator("#password-confirm").fill(chosen)
        page.locator("#kc-form-buttons button, form button.btn-primary, form input[type=submit]").first.click()
        self.is_in()
        return secret

    def open_users(self) -> None:
        """The list of users."""
        self.page.locator("[data-testid=nav-item-users]").first.click()
        expect(self.page.get_by_test_id("user-search-toggle")).to_be_visible(timeout=LIMIT_MS)

    def ask_for_code(self, label: str, code: str) -> None:
        """Fill the attribute search with a customer code; ``label`` is the attribute's in the console's language."""
        page = self.page
        page.get_by_test_id("user-search-toggle").click()
        page.get_by_role("menuitem").last.click()
        page.get_by_test_id("dropdown-panel-btn").click()
        form = page.get_by_test_id("user-attribute-search-form")
        form.locator("[class*=menu-toggle]").first.click()
        page.get_by_role("option", name=label, exact=True).click()
        form.locator("[class*=search-form-right] input, input[name=value]").first.fill(code)
        page.get_by_test_id("user-attribute-search-add-filter-button").click()

    def find(self, label: str, code: str) -> None:
        """Find a customer by code and open their page."""
        self.ask_for_code(label, code)
        self.page.get_by_test_id("search-user-attribute-btn").click()
        self.page.locator("table tbody a").first.click()
        expect(self.page.get_by_test_id("firstName")).to_be_visible(timeout=LIMIT_MS)

    def open_tab(self, user_id: str, tab: str) -> None:
        """A tab of a user's page by its name in the address."""
        self.page.goto(f"{self.home}#/{self.brand}/users/{user_id}/{tab}")

    def enabled_switch(self, username: str) -> Locator:
        """The switch at the head of a user's page."""
        return self.page.get_by_test_id(f"{username}-switch")

    def switch_off(self, username: str) -> None:
        """Press the Enabled switch and confirm."""
        # The input itself is hidden under its picture.
        self.enabled_switch(username).locator("xpath=ancestor::label").click()
        self.page.get_by_test_id("confirm").click()
        expect(self.enabled_switch(username)).not_to_be_checked(timeout=LIMIT_MS)
