"""A year without access: announced, closed, and opened again by a recovery alone."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.support.customers import (
    PASSWORD,
    KeycloakApi,
    TestCustomer,
    ask_setup,
    choose_password,
    proof,
    provision,
    record,
    register,
)
from tests.support.inactivity import make_inactive, scheduled, shipped_workflow, state, user_id, workflow
from tests.support.keycloak_pages import KeycloakPages, Page, PortalClient
from tests.support.outbox import Outbox
from tests.support.signing_in import code_of, eventually, first_access, registered, sign_in
from tests.support.stack import Stack
from tests.support.staff import StaffApi, make_staff

pytestmark = pytest.mark.keycloak

PROVISIONED, BATCH = 2000, 100
NEW_PASSWORD = "Ritrovata2026"
# Long enough for a sign-in in between, short enough to wait for.
NOTICE_AFTER, CLOSED_AFTER = "2s", "12s"


def _in_seconds(shipped: dict[str, Any]) -> dict[str, Any]:
    """The realm's own workflow, with seconds in place of days, under another name."""
    body = deepcopy(shipped) | {"name": f"seconds-{secrets.token_hex(4)}"}
    body.pop("id")
    for step, after in zip(body["steps"], (NOTICE_AFTER, CLOSED_AFTER), strict=True):
        step.pop("id")
        step["after"] = after
        step.pop("priority", None)
    return body


def _recover(stack: Stack, customer: TestCustomer, contact: str | None = None) -> None:
    answer = ask_setup(stack, customer, proof(stack, customer, contact or customer.email, "recovery"), "recovery")
    assert answer.status_code == 200, answer.text
    choose_password(KeycloakPages(stack), answer.json()["link"], NEW_PASSWORD)


def _sign_in(stack: Stack, username: str, password: str) -> Page:
    return sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, username, password)


def test_the_shipped_workflow_warns_after_335_days_and_closes_30_days_later(stack: Stack) -> None:
    shipped = shipped_workflow(stack, "generali")
    assert shipped["on"] == "user-role-granted(registered) or user-authenticated"
    assert shipped["if"] == "has-role(registered)"
    assert [(step["uses"], step["after"]) for step in shipped["steps"]] == [
        ("area-clienti-inactivity-notice", "335d"),
        ("area-clienti-inactive", "30d"),
    ]


def test_a_year_closes_accounts_nobody_uses_after_a_warning_and_touches_nobody_else(stack: Stack) -> None:
    brand = "generali"
    provisioning = KeycloakApi(stack, brand, "provisioning")
    many = [record(emails=[], mobiles=[], access_mobile="") for _ in range(PROVISIONED)]
    for start in range(0, PROVISIONED, BATCH):
        assert provisioning.bulk(*many[start : start + BATCH])["created"] == BATCH
    body = _in_seconds(shipped_workflow(stack, brand))
    name = body["name"]
    with workflow(stack, brand, body):
        sleeper, visitor = registered(stack), registered(stack)
        phone_only = provision(stack, emails=[])
        register(stack, phone_only, phone_only.mobile)
        for customer in (sleeper, visitor):
            assert eventually(lambda customer=customer: name in scheduled(stack, brand, user_id(stack, customer)))
        # Everybody is warned; the visitor then signs in, and the year starts anew.
        warning = Outbox(stack.bridge).wait_for(sleeper.email, purpose="inactivity-warning")
        Outbox(stack.bridge).wait_for(visitor.email, purpose="inactivity-warning")
        keep_signing_in = _keeps_coming(stack, visitor)
        assert eventually(lambda: keep_signing_in() or state(stack, sleeper) == "inactive", limit_s=40)
        assert state(stack, visitor) == "registered"
        assert Outbox(stack.bridge).count(phone_only.mobile, purpose="inactivity-warning") == 1
        customers = provisioning.request("GET", f"customers/{sleeper.code}").json()
        assert (customers["enabled"], customers["registered"]) == (False, True)
        assert eventually(lambda: name not in scheduled(stack, brand, user_id(stack, sleeper)))
        # Those who have no account: not scheduled, not changed, and their records are what they were.
        for values in many[:: PROVISIONED // 20]:
            view = provisioning.request("GET", f"customers/{values['customer_code']}").json()
            assert (view["account_state"], view["enabled"]) == ("provisioned", False)
            member = stack.admin(brand).get_user_id(values["customer_code"].lower())
            assert scheduled(stack, brand, str(member)) == []
    assert warning["subject"] == "Tra 1 giorno il tuo accesso all'Area Clienti Generali sarà sospeso"
    assert warning["html"]
    assert warning["link"] is None
    for start in range(0, PROVISIONED, BATCH):
        assert provisioning.bulk(*many[start : start + BATCH])["unchanged"] == BATCH


def _keeps_coming(stack: Stack, customer: TestCustomer) -> Callable[[], bool]:
    pages, client = first_access(stack, customer), PortalClient(stack, customer.brand)

    def again() -> bool:
        client.redeem(pushed := client.push(), pages.open(pushed.url))
        return False

    return again


def test_the_owner_of_an_inactive_account_reads_the_way_back_and_a_stranger_nothing(stack: Stack) -> None:
    customer = registered(stack)
    make_inactive(stack, customer)
    for identifier in (customer.email, customer.code):
        owner = _sign_in(stack, identifier, PASSWORD)
        assert owner.left_to is None
        assert not owner.shows("password")
        assert f"{stack.portal}/generali/recupero" in owner.html
    stranger = _sign_in(stack, customer.email, "Sbagliata1")
    nobody = _sign_in(stack, "nessuno@esempio.it", "Sbagliata1")
    assert stranger.shows("password")
    assert stranger.text.replace(customer.email, "X") == nobody.text.replace("nessuno@esempio.it", "X")


def test_an_inactive_account_takes_a_stranger_as_long_as_nobodys(stack: Stack) -> None:
    customer = registered(stack)
    make_inactive(stack, customer)

    def seconds(username: str) -> float:
        pages = KeycloakPages(stack)
        form = pages.open(PortalClient(stack, "generali").push().url).form("password")
        began = time.perf_counter()
        pages.submit(form, username=username, password="Sbagliata1")
        return time.perf_counter() - began

    # Two a customer: five failures would lock the account, which is another answer to another test.
    pairs = [(seconds(customer.email), seconds("nessuno@esempio.it")) for _ in range(4)]
    inactive, nobody = (min(each) for each in zip(*pairs, strict=True))
    assert nobody / 2 < inactive < nobody * 2, f"inactive {inactive:.3f} s, nobody {nobody:.3f} s"


def test_a_recovery_opens_an_inactive_account_with_its_second_factor_and_a_new_year(stack: Stack) -> None:
    customer = registered(stack)
    make_inactive(stack, customer)
    assert eventually(lambda: state(stack, customer) == "inactive")
    answer = ask_setup(stack, customer, proof(stack, customer, customer.email), "registration")
    assert answer.json()["code"] == "state_forbids"
    _recover(stack, customer)
    assert state(stack, customer) == "registered"
    # Even if the owner does not sign in now: the year counts from the recovery.
    assert eventually(lambda: "A year without access" in scheduled(stack, "generali", user_id(stack, customer)))
    pages, client = KeycloakPages(stack), PortalClient(stack, "generali")
    pushed = client.push()
    page = sign_in(pages, pushed.url, customer.email, NEW_PASSWORD)
    page = pages.submit(page.form("code"), code=code_of(stack, customer, "access"))
    assert client.redeem(pushed, page)["acr"] == "2"


@pytest.mark.parametrize("closed_by", ["agency", "administrator"])
def test_a_year_that_ends_while_an_account_is_closed_still_asks_for_a_recovery_when_it_reopens(
    stack: Stack, closed_by: str
) -> None:
    values = record()
    api = KeycloakApi(stack, "generali", "provisioning")
    api.bulk(values)
    customer = TestCustomer("generali", values["customer_code"], values["emails"][0], values["mobiles"][0])
    register(stack, customer)
    staff = StaffApi(stack, make_staff(stack))
    block = f"area-clienti/customers/{customer.code}/state"
    if closed_by == "agency":
        api.bulk(values | {"status": "ceased", "record_hash": "1" * 64})
    else:
        staff.request("POST", block, json={"action": "block"})
    closed = state(stack, customer)
    body = {"name": f"now-{secrets.token_hex(4)}", "steps": [{"uses": "area-clienti-inactive"}]}
    with workflow(stack, "generali", body) as path:
        path = f"{path}/activate/USERS/{user_id(stack, customer)}"
        assert stack.admin("generali").connection.raw_post(path, data="").status_code == 204
        mark = {"agency": "state_before_ceased", "administrator": "state_before_blocked"}[closed_by]
        assert eventually(lambda: staff.user(customer.code)["attributes"][mark] == ["inactive"])
    assert state(stack, customer) == closed
    if closed_by == "agency":
        api.bulk(values | {"record_hash": "2" * 64})
    else:
        staff.request("POST", block, json={"action": "unblock"})
    assert staff.state(customer.code) == ("inactive", False)
