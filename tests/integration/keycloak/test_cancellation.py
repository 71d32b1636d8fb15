"""Cancelling an account, and registering again afterwards (`POST customers/{customer_code}/state`)."""

from __future__ import annotations

import pytest
import requests

from tests.support.customers import KeycloakApi, TestCustomer, ask_setup, proof, provision, register
from tests.support.inactivity import make_inactive, scheduled, state
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.outbox import Outbox
from tests.support.signing_in import code_of, eventually, first_access, registered, sign_in
from tests.support.stack import Stack
from tests.support.staff import HELPDESK, StaffApi, make_staff

pytestmark = pytest.mark.keycloak


@pytest.fixture(scope="module")
def administrator(stack: Stack) -> StaffApi:
    return StaffApi(stack, make_staff(stack))


def _by_staff(staff: StaffApi, customer: TestCustomer) -> requests.Response:
    return staff.request("POST", f"area-clienti/customers/{customer.code}/state", json={"action": "cancel"})


def _by_customer(stack: Stack, customer: TestCustomer, contact: str, **claims: object) -> requests.Response:
    purpose = str(claims.pop("purpose", "cancellation"))
    body = {"action": "cancel", "proof": proof(stack, customer, contact, purpose, **claims)}
    return KeycloakApi(stack, "generali", "portal").request("POST", f"customers/{customer.code}/state", json=body)


@pytest.mark.parametrize("asked_by", ["customer", "staff"])
def test_a_cancelled_customer_is_as_before_the_registration_and_may_register_again(
    stack: Stack, administrator: StaffApi, asked_by: str
) -> None:
    customer = registered(stack)
    pages = first_access(stack, customer)
    before = administrator.user(customer.code)
    answer = (
        _by_staff(administrator, customer) if asked_by == "staff" else _by_customer(stack, customer, customer.email)
    )
    assert (answer.status_code, answer.json()["account_state"]) == (200, "provisioned"), answer.text

    user = administrator.user(customer.code)
    path = f"users/{user['id']}"
    assert user["username"] == customer.code.lower()
    assert user["enabled"] is False
    assert administrator.request("GET", f"{path}/credentials").json() == []
    assert administrator.request("GET", f"{path}/sessions").json() == []
    assert "registered" not in administrator.request("GET", f"{path}/role-mappings/realm").text
    # What is on file stays on file.
    kept = ("email_agency", "mobile_agency", "customer_code", "record_hash", "access_mobile")
    assert {name: user["attributes"].get(name) for name in kept} == {
        name: before["attributes"].get(name) for name in kept
    }
    assert pages.open(PortalClient(stack, "generali").push().url).shows("password")
    refused = sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email)
    assert refused.shows("password")
    events = administrator.request("GET", "admin-events", params={"resourcePath": f"*{user['id']}*"}).json()
    details = [one["details"] for one in events if one["resourceType"] == "AREA_CLIENTI_ACCOUNT_STATE"]
    assert details == [{"area_clienti_before": "registered", "area_clienti_after": "provisioned"}]
    # Nothing is due for somebody who has no account.
    assert not ask_setup(stack, customer, proof(stack, customer, customer.email, "recovery"), "recovery").ok

    register(stack, customer, password="DiNuovo2026")
    client, again = PortalClient(stack, "generali"), KeycloakPages(stack)
    pushed = client.push()
    page = sign_in(again, pushed.url, customer.email, "DiNuovo2026")
    page = again.submit(page.form("code"), code=code_of(stack, customer, "access", seen=1))
    assert client.redeem(pushed, page)["acr"] == "2"
    assert eventually(lambda: "A year without access" in scheduled(stack, "generali", user["id"]))


def test_the_console_cancels_by_the_account_state_and_every_contact_is_told(
    stack: Stack, administrator: StaffApi
) -> None:
    customer = registered(stack)
    assert administrator.save(administrator.user(customer.code), account_state="provisioned").status_code == 204
    assert administrator.state(customer.code) == ("provisioned", False)
    user = administrator.user(customer.code)
    assert user["username"] == customer.code.lower()
    assert administrator.request("GET", f"users/{user['id']}/credentials").json() == []
    for contact in (customer.email, customer.mobile):
        told = Outbox(stack.bridge).wait_for(contact, purpose="account-cancelled")
        assert told["code"] is told["link"] is None
    assert sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email).shows("password")
    register(stack, customer)
    assert administrator.state(customer.code) == ("registered", True)


def test_a_page_opened_before_the_registration_does_not_cancel_the_account_when_saved(
    stack: Stack, administrator: StaffApi
) -> None:
    customer = provision(stack)
    stale = administrator.user(customer.code)
    register(stack, customer)
    administrator.save(stale)
    assert administrator.state(customer.code) == ("registered", True)
    assert sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email).shows("code")


def test_an_inactive_account_is_cancelled_by_staff_alone(stack: Stack, administrator: StaffApi) -> None:
    customer = registered(stack)
    make_inactive(stack, customer)
    assert _by_customer(stack, customer, customer.email).json()["code"] == "state_forbids"
    assert _by_staff(administrator, customer).status_code == 200
    assert state(stack, customer) == "provisioned"


def test_a_closed_account_is_not_cancelled_into_an_open_one(stack: Stack, administrator: StaffApi) -> None:
    customer = registered(stack)
    administrator.request("POST", f"area-clienti/customers/{customer.code}/state", json={"action": "block"})
    assert _by_staff(administrator, customer).json()["code"] == "state_forbids"
    assert _by_customer(stack, customer, customer.email).json()["code"] == "state_forbids"
    assert state(stack, customer) == "blocked"


def test_a_proof_for_anything_else_or_of_anybody_else_cancels_nothing(stack: Stack) -> None:
    customer, other = registered(stack), registered(stack)
    borrowed: list[dict[str, object]] = [{"purpose": "recovery"}, {"purpose": "contact"}, {"customer_code": other.code}, {"exp": 1}]
    for claims in borrowed:
        answer = _by_customer(stack, customer, customer.email, **claims)
        assert (answer.status_code, answer.json()["code"]) == (422, "proof_invalid"), claims
    # A delivery can write any contact; the username is the customer's own choice.
    assert _by_customer(stack, customer, customer.mobile).json()["code"] == "contact_not_on_file"
    assert state(stack, customer) == "registered"


def test_a_proof_of_cancellation_is_good_once_and_for_nothing_else(stack: Stack) -> None:
    customer = registered(stack)
    spent = proof(stack, customer, customer.email, "cancellation")
    assert ask_setup(stack, customer, spent, "recovery").json()["code"] == "proof_invalid"
    api = KeycloakApi(stack, "generali", "portal")
    body = {"action": "cancel", "proof": spent}
    assert api.request("POST", f"customers/{customer.code}/state", json=body).status_code == 200
    register(stack, customer)
    answer = api.request("POST", f"customers/{customer.code}/state", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "proof_spent")
    assert state(stack, customer) == "registered"


def test_nobody_else_may_cancel(stack: Stack) -> None:
    customer = registered(stack)
    path, body = f"customers/{customer.code}/state", {"action": "cancel"}
    for client in ("portal", "provisioning"):
        # The portal's own word is not enough: only a proof is.
        answer = KeycloakApi(stack, "generali", client).request("POST", path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), client
    helpdesk = StaffApi(stack, make_staff(stack, role=HELPDESK))
    assert _by_staff(helpdesk, customer).status_code == 403
    with_proof = body | {"proof": proof(stack, customer, customer.email, "cancellation")}
    answer = KeycloakApi(stack, "generali", "provisioning").request("POST", path, json=with_proof)
    assert answer.status_code == 403
    for action in ("block", "unblock"):
        answer = KeycloakApi(stack, "generali", "portal").request("POST", path, json={"action": action})
        assert answer.status_code == 403, action
    assert state(stack, customer) == "registered"
