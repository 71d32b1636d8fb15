"""Blocking: `enabled`, `account_state` and the sessions follow each other whichever way it is done (SECURITY R5)."""

from __future__ import annotations

from collections.abc import Callable

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
from tests.support.keycloak_pages import KeycloakPages, Page, PortalClient
from tests.support.outbox import Outbox
from tests.support.stack import Stack
from tests.support.staff import HELPDESK, StaffApi, make_staff

pytestmark = pytest.mark.keycloak


@pytest.fixture(scope="module")
def administrator(stack: Stack) -> StaffApi:
    return StaffApi(stack, make_staff(stack))


def _by_switch(staff: StaffApi, code: str, *, blocked: bool) -> int:
    return staff.save(staff.user(code), enabled=not blocked).status_code


def _by_attribute(staff: StaffApi, code: str, *, blocked: bool) -> int:
    return staff.save(staff.user(code), account_state="blocked" if blocked else "registered").status_code


def _by_resource(staff: StaffApi, code: str, *, blocked: bool) -> int:
    action = "block" if blocked else "unblock"
    return staff.request("POST", f"area-clienti/customers/{code}/state", json={"action": action}).status_code


every_way = pytest.mark.parametrize("move", [_by_switch, _by_attribute, _by_resource], ids=lambda way: way.__name__[1:])
Move = Callable[..., int]


def _registered(stack: Stack, **changes: object) -> TestCustomer:
    customer = provision(stack, **changes)
    register(stack, customer)
    return customer


def _sign_in(pages: KeycloakPages, stack: Stack, username: str, password: str = PASSWORD) -> Page:
    page = pages.open(PortalClient(stack, "generali").push().url)
    return pages.submit(page.form("password"), username=username, password=password)


def _signed_in(stack: Stack, customer: TestCustomer) -> KeycloakPages:
    pages = KeycloakPages(stack)
    page = _sign_in(pages, stack, customer.email)
    code = str(Outbox(stack.bridge).wait_for(customer.mobile, purpose="access")["code"])
    assert pages.submit(page.form("code"), code=code).left_to
    return pages


@every_way
def test_a_block_ends_the_sessions_and_refuses_the_sign_in_like_any_refusal(
    stack: Stack, administrator: StaffApi, move: Move
) -> None:
    customer = _registered(stack)
    pages = _signed_in(stack, customer)
    user_id = administrator.user(customer.code)["id"]
    assert len(administrator.request("GET", f"users/{user_id}/sessions").json()) == 1

    assert move(administrator, customer.code, blocked=True) in (200, 204)

    assert administrator.state(customer.code) == ("blocked", False)
    assert administrator.request("GET", f"users/{user_id}/sessions").json() == []
    assert pages.open(PortalClient(stack, "generali").push().url).shows("password")
    right = _sign_in(KeycloakPages(stack), stack, customer.email)
    wrong = _sign_in(KeycloakPages(stack), stack, customer.email, "Sbagliata1")
    assert right.shows("password")
    assert (right.status, right.text) == (wrong.status, wrong.text)


@every_way
def test_a_lifted_block_leaves_the_account_as_it_was(stack: Stack, administrator: StaffApi, move: Move) -> None:
    customer = _registered(stack)
    move(administrator, customer.code, blocked=True)
    assert move(administrator, customer.code, blocked=False) in (200, 204)
    assert administrator.state(customer.code) == ("registered", True)
    assert _sign_in(KeycloakPages(stack), stack, customer.email).shows("code")


@every_way
def test_a_blocked_customer_neither_recovers_nor_registers(stack: Stack, administrator: StaffApi, move: Move) -> None:
    customer = _registered(stack)
    before = ask_setup(stack, customer, proof(stack, customer, customer.email, "recovery"), "recovery").json()["link"]
    move(administrator, customer.code, blocked=True)
    for purpose in ("registration", "recovery"):
        answer = ask_setup(stack, customer, proof(stack, customer, customer.email, purpose), purpose)
        assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids"), purpose
    # A link that was asked for before the block is void as well.
    pages = KeycloakPages(stack)
    page = pages.open(before)
    if page.shows("password-new"):
        page = choose_password(KeycloakPages(stack), before, "Riaperta2026")
    assert administrator.state(customer.code) == ("blocked", False)
    assert _sign_in(KeycloakPages(stack), stack, customer.email, "Riaperta2026").shows("password")


@every_way
def test_no_delivery_lifts_a_block(stack: Stack, administrator: StaffApi, move: Move) -> None:
    values = record()
    api = KeycloakApi(stack, "generali", "provisioning")
    api.bulk(values)
    customer = TestCustomer("generali", values["customer_code"], values["emails"][0], values["mobiles"][0])
    register(stack, customer)
    move(administrator, customer.code, blocked=True)
    for number, status in enumerate(("active", "ceased", "active")):
        result = api.bulk(values | {"status": status, "last_name": f"Nuovo{number}", "record_hash": str(number) * 64})
        assert result["updated"] == 1, result
        assert administrator.state(customer.code) == ("blocked", False), status
    move(administrator, customer.code, blocked=False)
    assert administrator.state(customer.code) == ("registered", True)


def test_an_account_the_agency_closed_during_the_block_stays_closed_and_can_still_be_reopened(
    stack: Stack, administrator: StaffApi
) -> None:
    values = record()
    api = KeycloakApi(stack, "generali", "provisioning")
    api.bulk(values)
    code = values["customer_code"]
    register(stack, TestCustomer("generali", code, values["emails"][0], values["mobiles"][0]))
    _by_switch(administrator, code, blocked=True)
    api.bulk(values | {"status": "ceased", "record_hash": "1" * 64})
    _by_switch(administrator, code, blocked=False)
    assert administrator.state(code) == ("ceased", False)
    api.bulk(values | {"record_hash": "2" * 64})
    assert administrator.state(code) == ("registered", True)


@pytest.mark.parametrize("status", ["active", "ceased"])
@pytest.mark.parametrize("move", [_by_attribute, _by_resource], ids=lambda way: way.__name__[1:])
def test_a_customer_without_an_account_can_be_blocked_and_gains_none_by_being_unblocked(
    stack: Stack, administrator: StaffApi, move: Move, status: str
) -> None:
    customer = provision(stack, status=status)
    before = administrator.state(customer.code)
    assert before == ("provisioned" if status == "active" else "ceased", False)
    assert move(administrator, customer.code, blocked=True) in (200, 204)
    assert administrator.state(customer.code) == ("blocked", False)
    if status == "active":
        answer = ask_setup(stack, customer, proof(stack, customer, customer.email))
        assert answer.json()["code"] == "state_forbids"
    _by_switch(administrator, customer.code, blocked=False)
    assert administrator.state(customer.code) == before


@pytest.mark.parametrize("status", ["active", "ceased"])
def test_switching_on_opens_no_account_that_only_its_owner_or_the_agency_opens(
    stack: Stack, administrator: StaffApi, status: str
) -> None:
    customer = provision(stack, status=status)
    before = administrator.state(customer.code)
    administrator.save(administrator.user(customer.code), enabled=True)
    assert administrator.state(customer.code) == before


def test_a_page_opened_before_the_block_does_not_lift_it_when_saved(stack: Stack, administrator: StaffApi) -> None:
    customer = _registered(stack)
    stale = administrator.user(customer.code)
    _by_resource(administrator, customer.code, blocked=True)
    administrator.save(stale)
    assert administrator.state(customer.code) == ("blocked", False)


@pytest.mark.parametrize("state", ["inactive", "ceased", "nonsense", ""])
def test_the_console_writes_no_state_but_blocked_and_the_end_of_an_account(stack: Stack, administrator: StaffApi, state: str) -> None:
    customer = _registered(stack)
    user = administrator.user(customer.code)
    user["attributes"]["account_state"] = [state] if state else []
    assert administrator.request("PUT", f"users/{user['id']}", json=user).status_code == 400
    assert administrator.state(customer.code) == ("registered", True)


def test_a_blocked_account_goes_back_to_nothing_but_what_it_was(stack: Stack, administrator: StaffApi) -> None:
    customer = provision(stack)
    _by_attribute(administrator, customer.code, blocked=True)
    answer = administrator.save(administrator.user(customer.code), account_state="registered")
    assert answer.status_code == 400
    assert "areaClientiStateUnblock" in answer.text
    assert administrator.state(customer.code) == ("blocked", False)


def test_the_resource_answers_the_state_and_refuses_what_makes_no_sense(stack: Stack, administrator: StaffApi) -> None:
    customer = _registered(stack)
    path = f"area-clienti/customers/{customer.code}/state"
    nothing_to_lift = administrator.request("POST", path, json={"action": "unblock"})
    assert (nothing_to_lift.status_code, nothing_to_lift.json()["code"]) == (409, "state_forbids")
    for _ in range(2):
        blocked = administrator.request("POST", path, json={"action": "block"})
        assert blocked.json() == {"customer_code": customer.code, "account_state": "blocked", "enabled": False}
    unknown = administrator.request("POST", path, json={"action": "erase"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "action_unknown")
    nobody = administrator.request("POST", "area-clienti/customers/T0/state", json={"action": "block"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "customer_unknown")


def test_only_people_with_the_right_block(stack: Stack) -> None:
    customer = _registered(stack)
    path = f"customers/{customer.code}/state"
    for client in ("portal", "provisioning"):
        answer = KeycloakApi(stack, "generali", client).request("POST", path, json={"action": "block"})
        assert answer.status_code == 403, client
    helpdesk = StaffApi(stack, make_staff(stack, role=HELPDESK))
    assert helpdesk.request("POST", f"area-clienti/{path}", json={"action": "block"}).status_code == 403
    assert helpdesk.state(customer.code) == ("registered", True)


@every_way
def test_a_block_is_told_by_the_events_without_personal_data(
    stack: Stack, administrator: StaffApi, move: Move
) -> None:
    customer = _registered(stack)
    user_id = administrator.user(customer.code)["id"]
    move(administrator, customer.code, blocked=True)
    move(administrator, customer.code, blocked=False)
    answer = administrator.request("GET", "admin-events", params={"resourcePath": f"*{user_id}*", "max": "20"})
    changes = [event["details"] for event in answer.json() if event.get("resourceType") == "AREA_CLIENTI_ACCOUNT_STATE"]
    assert changes == [
        {"area_clienti_before": "blocked", "area_clienti_after": "registered"},
        {"area_clienti_before": "registered", "area_clienti_after": "blocked"},
    ]
    for personal in (customer.email, customer.mobile, customer.mobile.removeprefix("+39")):
        assert personal not in answer.text


def test_staff_who_are_switched_off_are_signed_out(stack: Stack, administrator: StaffApi) -> None:
    member = make_staff(stack)
    theirs = StaffApi(stack, member)
    assert theirs.request("GET", "users", params={"max": "1"}).status_code == 200
    user = administrator.request("GET", "users", params={"username": member.username, "exact": "true"}).json()[0]
    administrator.save(user, enabled=False)
    assert theirs.request("GET", "users", params={"max": "1"}).status_code == 401
