"""Signing in over Keycloak's pages, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.support.customers import PASSWORD, TestCustomer, provision, register
from tests.support.keycloak_pages import KeycloakPages, Page, PortalClient
from tests.support.outbox import Outbox
from tests.support.stack import Stack


def registered(stack: Stack, **changes: object) -> TestCustomer:
    """A customer with an account, who has not signed in yet."""
    customer = provision(stack, **changes)
    register(stack, customer)
    return customer


def sign_in(pages: KeycloakPages, url: str, username: str, password: str = PASSWORD) -> Page:
    """The page after user name and password."""
    page = pages.open(url)
    return pages.submit(page.form("password"), username=username, password=password)


def code_of(stack: Stack, customer: TestCustomer, purpose: str, seen: int = 0) -> str:
    """The newest code on the customer's mobile, once more than ``seen`` of the purpose have arrived."""
    return str(Outbox(stack.bridge).wait_for(customer.mobile, purpose=purpose, seen=seen)["code"])


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def first_access(stack: Stack, customer: TestCustomer) -> KeycloakPages:
    """A browser in which the customer has signed in with the first access's code."""
    pages, client = KeycloakPages(stack), PortalClient(stack, customer.brand)
    pushed = client.push()
    page = sign_in(pages, pushed.url, customer.email)
    page = pages.submit(page.form("code"), code=code_of(stack, customer, "access"))
    client.redeem(pushed, page)
    return pages


def eventually(check: Callable[[], bool], limit_s: float = 10) -> bool:
    """Whether the check becomes true within the limit."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.1)
    return False


class Failures:
    """What Keycloak counts against a customer.

    It counts when the answer has gone, and counts nothing that comes in between.
    """

    def __init__(self, stack: Stack, user_id: str) -> None:
        self._admin = stack.admin("generali")
        self._path = f"/admin/realms/generali/attack-detection/brute-force/users/{user_id}"

    def become(self, count: int) -> bool:
        """Whether they soon are so many."""
        return eventually(lambda: bool(self._now["numFailures"] == count))

    @property
    def lock(self) -> bool:
        """Whether they keep the customer out."""
        return bool(self._now["disabled"])

    def forget(self) -> None:
        self._admin.connection.raw_delete(self._path)

    @property
    def _now(self) -> dict[str, Any]:
        return dict(self._admin.connection.raw_get(self._path).json())
