"""Level 3: one code confirms one operation, on a real Keycloak with the real bridge (SECURITY O6)."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest

from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.outbox import Outbox
from tests.support.signing_in import code_of, first_access, registered, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak

OPERATION = {"id": "op-1", "text": "Cambio domicilio: Via Roma 1, Torino", "amount": None}


def test_an_operation_is_confirmed_by_one_code_that_names_it(stack: Stack) -> None:
    customer = registered(stack)
    pages, client = first_access(stack, customer), PortalClient(stack, "generali")
    pushed = client.push("3", OPERATION)
    page = pages.open(pushed.url)
    assert OPERATION["text"] in page.text
    message = Outbox(stack.bridge).wait_for(customer.mobile, purpose="operation")
    assert str(OPERATION["text"]) in message["text"]
    claims = client.redeem(pushed, pages.submit(page.form("code"), code=message["code"]))
    assert (claims["acr"], claims["nonce"]) == ("3", pushed.nonce)
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1


def test_from_no_session_level_three_asks_password_and_one_code(stack: Stack) -> None:
    customer = registered(stack)
    first_access(stack, customer)
    pages, client = KeycloakPages(stack), PortalClient(stack, "generali")
    pushed = client.push("3", OPERATION)
    page = sign_in(pages, pushed.url, customer.email)
    page = pages.submit(page.form("code"), code=code_of(stack, customer, "operation"))
    assert client.redeem(pushed, page)["acr"] == "3"
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1


def test_level_three_is_asked_afresh_each_time(stack: Stack) -> None:
    customer = registered(stack)
    pages, client = first_access(stack, customer), PortalClient(stack, "generali")
    for count in range(2):
        pushed = client.push("3", OPERATION | {"id": f"op-{count}"})
        page = pages.open(pushed.url)
        assert page.shows("code")
        page = pages.submit(page.form("code"), code=code_of(stack, customer, "operation", seen=count))
        assert client.redeem(pushed, page)["acr"] == "3"
        time.sleep(1.1)  # the stack's shortest time between two sends; there is no event to await


@pytest.mark.parametrize(
    "operation",
    [
        None,
        {"id": "op-1", "text": "x", "amount": None, "nonce": "another request's"},
        {"id": "op-1", "text": "", "amount": None},
        {"id": "", "text": "x", "amount": None},
        {"id": "op-1", "text": "x" * 201, "amount": None},
        {"id": "op-1", "text": "x", "amount": "1e9"},
        {"id": "op-1", "text": "x", "amount": None, "extra": 1},
        {"id": 1, "text": "x", "amount": None},
    ],
    ids=["missing", "other-nonce", "no-text", "no-id", "long-text", "odd-amount", "unknown-key", "wrong-type"],
)
def test_level_three_without_a_sound_operation_is_refused(stack: Stack, operation: dict[str, object] | None) -> None:
    customer = registered(stack)
    pages, client = first_access(stack, customer), PortalClient(stack, "generali")
    page = pages.open(client.push("3", operation).url)
    assert not page.shows("code")
    assert "code" not in page.parameters
    assert Outbox(stack.bridge).count(customer.mobile, purpose="operation") == 0


@pytest.mark.parametrize("crowd", [0, 6], ids=["one-parameter", "crowding-out"])
def test_an_operation_cannot_be_exchanged_in_the_browsers_address(stack: Stack, crowd: int) -> None:
    customer = registered(stack)
    pages, client = first_access(stack, customer), PortalClient(stack, "generali")
    pushed = client.push("3", OPERATION)
    forged = json.dumps(OPERATION | {"text": "Altra operazione", "nonce": pushed.nonce})
    extra = "".join(f"&x{number}=1" for number in range(crowd))
    page = pages.open(f"{pushed.url}{extra}&operation={quote(forged)}")
    if page.shows("code"):
        message = Outbox(stack.bridge).wait_for(customer.mobile, purpose="operation")
        assert OPERATION["text"] in message["text"]
        assert "Altra operazione" not in page.text + message["text"]
    else:
        assert "code" not in page.parameters
        assert Outbox(stack.bridge).count(customer.mobile, purpose="operation") == 0


def test_two_tabs_never_swap_operations(stack: Stack) -> None:
    customer = registered(stack)
    pages, client = first_access(stack, customer), PortalClient(stack, "generali")
    first = client.push("3", OPERATION | {"id": "op-a", "text": "Prima operazione"})
    tab_one = pages.open(first.url)
    code_one = code_of(stack, customer, "operation")
    time.sleep(1.1)  # the stack's shortest time between two sends; there is no event to await
    second = client.push("3", OPERATION | {"id": "op-b", "text": "Seconda operazione"})
    tab_two = pages.open(second.url)
    code_two = code_of(stack, customer, "operation", seen=1)
    assert "Prima operazione" in tab_one.text
    assert "Seconda operazione" in tab_two.text
    if code_one != code_two:
        refused = pages.submit(tab_two.form("code"), code=code_one)
        assert refused.left_to is None
        tab_two = refused
    claims = client.redeem(second, pages.submit(tab_two.form("code"), code=code_two))
    assert claims["nonce"] == second.nonce
