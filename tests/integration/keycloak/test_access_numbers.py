"""Which number receives the codes, and that nobody can have them sent to another (SECURITY T1, R5, P2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.customers import (
    KeycloakApi,
    TestCustomer,
    ask_setup,
    choose_password,
    proof,
    record,
    register,
)
from tests.support.inactivity import user_id
from tests.support.keycloak_pages import KeycloakPages, Page, PortalClient
from tests.support.outbox import Outbox
from tests.support.signing_in import code_of, sign_in
from tests.support.stack import Stack
from tests.support.staff import StaffApi, make_staff

pytestmark = pytest.mark.keycloak

NEW_PASSWORD = "Ritrovata2026"
WAITING = "access-mobile-waiting"


def _registered(stack: Stack, **changes: Any) -> tuple[dict[str, Any], TestCustomer]:
    values = record(**changes)
    KeycloakApi(stack, "generali", "provisioning").bulk(values)
    mobile = values["mobiles"][0] if values["mobiles"] else ""
    customer = TestCustomer("generali", values["customer_code"], values["emails"][0], mobile)
    register(stack, customer)
    return values, customer


def _deliver(stack: Stack, values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The agency's next record of the customer."""
    after = values | changes | {"record_hash": record()["record_hash"]}
    assert KeycloakApi(stack, "generali", "provisioning").bulk(after)["updated"] == 1
    return after


def _released(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"access_mobile_released": True, "record_hash": "1" * 64}


def _recover(stack: Stack, customer: TestCustomer, contact: str, password: str = NEW_PASSWORD) -> None:
    answer = ask_setup(stack, customer, proof(stack, customer, contact, "recovery"), "recovery")
    assert answer.status_code == 200, answer.text
    choose_password(KeycloakPages(stack), answer.json()["link"], password)


def _sign_in(stack: Stack, username: str) -> Page:
    return sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, username, NEW_PASSWORD)


def test_a_new_number_waits_and_the_former_contacts_are_told_before_it_gets_codes_after_a_recovery(
    stack: Stack,
) -> None:
    values, customer = _registered(stack)
    api, outbox = KeycloakApi(stack, "generali", "provisioning"), Outbox(stack.bridge)
    number = record()["access_mobile"]
    swapped = values | {"mobiles": [number], "access_mobile": number, "record_hash": record()["record_hash"]}
    with stack.stopped("bridge"):
        assert api.bulk(swapped)["results"][0]["code"] == "contacts_not_told", "nothing changes untold"
    assert api.bulk(swapped)["results"][0]["mobile_waits"]
    for told in (customer.email, customer.mobile):
        assert number[-2:] in outbox.wait_for(told, purpose=WAITING)["text"]
    # A run that was cut off sends it again: the same answer, and nobody is told twice.
    (again,) = api.bulk(swapped)["results"]
    assert (again["mobile_waits"], again["contacts_told"]) == (True, True)
    _recover(stack, customer, customer.email)
    assert not _sign_in(stack, customer.email).shows("code")
    assert outbox.count(number, purpose="access") == 0

    assert "mobile_waits" not in api.bulk(_released(swapped))["results"][0]
    assert api.bulk(_released(swapped))["unchanged"] == 1
    _recover(stack, customer, customer.email, "Altra2026x")
    pages, client = KeycloakPages(stack), PortalClient(stack, "generali")
    pushed = client.push()
    page = sign_in(pages, pushed.url, customer.email, "Altra2026x")
    with_number = TestCustomer("generali", customer.code, customer.email, number)
    page = pages.submit(page.form("code"), code=code_of(stack, with_number, "access"))
    assert client.redeem(pushed, page)["acr"] == "2"
    assert outbox.count(customer.email, purpose=WAITING) == outbox.count(customer.mobile, purpose=WAITING) == 1
    assert outbox.count(number, purpose=WAITING) == 0


def test_a_recovery_keeps_the_number_while_it_is_on_file(stack: Stack) -> None:
    values, customer = _registered(stack)
    other = record()["access_mobile"]
    _deliver(stack, values, mobiles=[*values["mobiles"], other], access_mobile=other)
    _recover(stack, customer, customer.email)
    assert _sign_in(stack, customer.email).shows("code")
    Outbox(stack.bridge).wait_for(customer.mobile, purpose="access")
    assert Outbox(stack.bridge).count(other, purpose="access") == 0


def test_deliveries_alone_never_bring_codes_to_another_number(stack: Stack) -> None:
    """Who writes deliveries can drop the number, add their own contacts, and recover by those: and gets no code."""
    values, customer = _registered(stack)
    own = record()
    _deliver(
        stack,
        values,
        emails=[*values["emails"], own["emails"][0]],
        mobiles=own["mobiles"],
        access_mobile=own["access_mobile"],
        access_mobile_released=True,
    )
    _recover(stack, customer, own["emails"][0])
    page = _sign_in(stack, own["emails"][0])
    assert not page.shows("code")
    assert page.left_to is None
    assert Outbox(stack.bridge).count(own["access_mobile"], purpose="access") == 0


def test_a_number_that_an_administrator_removed_comes_back_only_when_they_allow_it(stack: Stack) -> None:
    """Whoever holds the stolen phone can prove the contacts it receives, and must not get the number back by that."""
    values, customer = _registered(stack)
    staff = StaffApi(stack, make_staff(stack))
    member = user_id(stack, customer)
    credentials = staff.request("GET", f"users/{member}/credentials").json()
    number = next(one["id"] for one in credentials if one["type"] == "sms-otp")
    assert staff.request("DELETE", f"users/{member}/credentials/{number}").status_code == 204
    removed = staff.user(customer.code)
    (withdrawn,) = removed["attributes"]["withdrawn_mobiles"]
    assert customer.mobile[4:9] not in withdrawn, "kept masked"
    _recover(stack, customer, customer.email)
    assert not _sign_in(stack, customer.email).shows("code")
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 0

    user = staff.user(customer.code)
    user["attributes"].pop("withdrawn_mobiles")
    assert staff.save(user).status_code == 204
    answer = ask_setup(stack, customer, proof(stack, customer, customer.email, "recovery"), "recovery")
    choose_password(KeycloakPages(stack), answer.json()["link"], "Altra2026x")
    page = sign_in(
        KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email, "Altra2026x"
    )
    assert page.shows("code")


def test_the_code_page_takes_no_number(stack: Stack) -> None:
    _, customer = _registered(stack)
    pages = KeycloakPages(stack)
    page = sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    sent = Outbox(stack.bridge).count(customer.mobile, purpose="access")
    theirs = record()["access_mobile"]
    page = pages.submit(page.form("code"), mobile=theirs, to=theirs, resend="true")
    assert page.shows("code")
    assert Outbox(stack.bridge).count(theirs) == 0
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") >= sent
