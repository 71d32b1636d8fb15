"""A password is set only after the contact is proved, by whoever proved it (SECURITY R5, T1, R4)."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.customers import (
    PASSWORD,
    KeycloakApi,
    TestCustomer,
    ask_setup,
    choose_password,
    new_key,
    proof,
    provision,
    record,
    register,
    sign_proof,
)
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak


def _view(stack: Stack, customer: TestCustomer) -> dict[str, object]:
    answer = KeycloakApi(stack, customer.brand, "portal").request("GET", f"customers/{customer.code}")
    return dict(answer.json())


def _claims(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_a_proved_contact_becomes_the_username_and_nobody_is_signed_in(stack: Stack) -> None:
    customer = provision(stack)
    link = ask_setup(stack, customer, proof(stack, customer, customer.email)).json()["link"]
    assert _view(stack, customer)["registered"] is False
    pages = KeycloakPages(stack)
    choose_password(pages, link)
    view = _view(stack, customer)
    assert (view["registered"], view["enabled"], view["account_state"]) == (True, True, "registered")
    assert view["username"] == customer.email
    assert view["has_access_mobile"] is True
    assert "KEYCLOAK_IDENTITY" not in pages.session.cookies
    # The same browser is still asked for the password.
    assert pages.open(PortalClient(stack, customer.brand).push().url).shows("password")


def test_nothing_changes_until_the_password_is_saved(stack: Stack) -> None:
    customer = provision(stack)
    link = ask_setup(stack, customer, proof(stack, customer, customer.email)).json()["link"]
    before = _view(stack, customer)
    KeycloakPages(stack).open(link)
    assert _view(stack, customer) == before


def test_a_link_works_once(stack: Stack) -> None:
    customer = provision(stack)
    link = ask_setup(stack, customer, proof(stack, customer, customer.email)).json()["link"]
    choose_password(KeycloakPages(stack), link)
    again = KeycloakPages(stack).open(link)
    assert not again.shows("password-new")


def test_a_proof_is_spent_by_its_first_use(stack: Stack) -> None:
    customer = provision(stack)
    token = proof(stack, customer, customer.email)
    assert ask_setup(stack, customer, token).status_code == 200
    second = ask_setup(stack, customer, token)
    assert (second.status_code, second.json()["code"]) == (409, "proof_spent")


def test_twenty_parallel_uses_of_one_proof_give_one_link(stack: Stack) -> None:
    customer = provision(stack)
    token = proof(stack, customer, customer.email)
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: ask_setup(stack, customer, token).status_code, range(20)))
    assert statuses.count(200) == 1
    assert set(statuses) == {200, 409}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"brand": "alleanza"}, "made for the other brand"),
        ({"customer_code": "T00000000"}, "made for another customer"),
        ({"purpose": "recovery"}, "made for another purpose"),
        ({"purpose": "contact"}, "made for another purpose"),
        ({"iss": "somebody-else"}, "not issued by the bridge"),
        ({"aud": "portal"}, "not meant for Keycloak"),
        ({"exp": int(time.time()) - 60}, "expired"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else None,
)
def test_a_borrowed_proof_is_refused(stack: Stack, changes: dict[str, object], why: str) -> None:
    customer = provision(stack)
    answer = ask_setup(stack, customer, proof(stack, customer, customer.email, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, "proof_invalid"), why


def test_a_proof_signed_by_anyone_but_the_bridge_is_refused(stack: Stack) -> None:
    customer = provision(stack)
    real = proof(stack, customer, customer.email)
    header = json.loads(base64.urlsafe_b64decode(real.split(".")[0] + "=="))
    forged = new_key()
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"contact-proof+jwt"}').rstrip(b"=").decode()
    attempts = {
        "unknown key": sign_proof(_claims(real), forged),
        "known key id, other key": sign_proof(_claims(real), forged, kid=header["kid"]),
        "no algorithm": f"{unsigned}.{real.split('.')[1]}.",
        "payload exchanged": ".".join(
            [real.split(".")[0], sign_proof(_claims(real) | {"x": 1}, forged).split(".")[1], real.split(".")[2]]
        ),
        "not a token": "abc",
    }
    for what, token in attempts.items():
        answer = ask_setup(stack, customer, token)
        assert (answer.status_code, answer.json()["code"]) == (422, "proof_invalid"), what
    assert ask_setup(stack, customer, real).status_code == 200


def test_a_proved_contact_that_is_not_on_file_opens_nothing(stack: Stack) -> None:
    customer = provision(stack)
    answer = ask_setup(stack, customer, proof(stack, customer, "attacker@esempio.it"))
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_not_on_file")


def test_a_contact_that_is_somebody_elses_username_is_refused(stack: Stack) -> None:
    first = provision(stack)
    register(stack, first)
    second = provision(stack, emails=[first.email])
    answer = ask_setup(stack, second, proof(stack, second, first.email))
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")


def test_of_twenty_registrations_of_a_shared_contact_at_once_one_wins(stack: Stack) -> None:
    shared = "condiviso@esempio.it"
    records = [record(emails=[shared]) for _ in range(20)]
    KeycloakApi(stack, "generali", "provisioning").bulk(*records)
    everyone = [TestCustomer("generali", one["customer_code"], shared, one["mobiles"][0]) for one in records]
    with ThreadPoolExecutor(20) as pool:
        links = [one.json()["link"] for one in pool.map(lambda one: ask_setup(stack, one, proof(stack, one, shared)), everyone)]
        list(pool.map(lambda link: choose_password(KeycloakPages(stack), link), links))
    views = [_view(stack, one) for one in everyone]
    assert [view["username"] for view in views if view["registered"]] == [shared]
    losers = [view for view in views if not view["registered"]]
    assert [(view["username"], view["enabled"]) for view in losers] == [
        (view["customer_code"].lower(), False) for view in losers
    ]


def test_a_return_address_must_be_one_of_the_portals(stack: Stack) -> None:
    customer = provision(stack)
    for address in (
        "https://evil.example/",
        f"{stack.portal}/generali/registrazione/fatto?x=1",
        f"{stack.portal}.evil.example/",
    ):
        answer = ask_setup(stack, customer, proof(stack, customer, customer.email), redirect_uri=address)
        assert (answer.status_code, answer.json()["code"]) == (422, "redirect_uri_invalid")


@pytest.mark.parametrize(
    "password", ["corta1A", "tuttominuscolo1", "TUTTOMAIUSCOLO1", "SenzaCifre", "TroppoLunga123456", "Password1"]
)
def test_a_password_against_the_policy_is_refused_and_can_be_mended(stack: Stack, password: str) -> None:
    customer = provision(stack)
    link = ask_setup(stack, customer, proof(stack, customer, customer.email)).json()["link"]
    pages = KeycloakPages(stack)
    page = choose_password(pages, link, password)
    assert page.shows("password-new")
    assert _view(stack, customer)["registered"] is False
    pages.submit(page.form("password-new"), **{"password-new": PASSWORD, "password-confirm": PASSWORD})
    assert _view(stack, customer)["registered"] is True


def test_two_different_passwords_are_refused(stack: Stack) -> None:
    customer = provision(stack)
    link = ask_setup(stack, customer, proof(stack, customer, customer.email)).json()["link"]
    pages = KeycloakPages(stack)
    page = pages.open(link)
    page = pages.submit(page.form("password-new"), **{"password-new": PASSWORD, "password-confirm": PASSWORD + "x"})
    assert page.shows("password-new")
    assert _view(stack, customer)["registered"] is False


@pytest.mark.parametrize("state", ["blocked", "ceased"])
def test_neither_registration_nor_recovery_reopens_a_closed_account(stack: Stack, state: str) -> None:
    values = record()
    api = KeycloakApi(stack, "generali", "provisioning")
    api.bulk(values)
    customer = TestCustomer("generali", values["customer_code"], values["emails"][0], values["mobiles"][0])
    register(stack, customer)
    if state == "ceased":
        api.bulk(values | {"status": "ceased", "record_hash": "1" * 64})
    else:
        admin = stack.admin(customer.brand)
        user = admin.get_user(admin.get_user_id(customer.email))
        user["attributes"]["account_state"] = [state]
        admin.update_user(user["id"], user)
    assert _view(stack, customer)["account_state"] == state
    for purpose in ("registration", "recovery"):
        answer = ask_setup(stack, customer, proof(stack, customer, customer.email, purpose), purpose)
        assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids"), purpose


def test_a_registered_customer_cannot_be_registered_again(stack: Stack) -> None:
    customer = provision(stack)
    register(stack, customer)
    answer = ask_setup(stack, customer, proof(stack, customer, customer.email))
    assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids")


def test_a_bulk_update_never_touches_username_credentials_or_customer_contacts(stack: Stack) -> None:
    values = record()
    api = KeycloakApi(stack, "generali", "provisioning")
    api.bulk(values)
    customer = TestCustomer("generali", values["customer_code"], values["emails"][0], values["mobiles"][0])
    register(stack, customer)
    admin = stack.admin("generali")
    user_id = admin.get_user_id(customer.email)
    credentials = admin.get_credentials(user_id)
    changed = values | {"last_name": "Bianchi", "emails": ["altra@esempio.it"], "record_hash": "0" * 64}
    assert api.bulk(changed)["results"][0]["outcome"] == "updated"
    user = admin.get_user(user_id)
    assert (user["username"], user["lastName"], user["enabled"]) == (customer.email, "Bianchi", True)
    assert admin.get_credentials(user_id) == credentials
    assert api.bulk(changed)["results"][0]["outcome"] == "unchanged"


def test_a_contact_of_the_agency_takes_the_place_of_a_user_name_it_has_dropped(stack: Stack) -> None:
    values = record()
    provisioning = KeycloakApi(stack, "generali", "provisioning")
    provisioning.bulk(values)
    customer = TestCustomer("generali", values["customer_code"], values["emails"][0], values["mobiles"][0])
    register(stack, customer)
    other = f"nuova.{customer.email}"
    provisioning.bulk(values | {"emails": [other], "record_hash": "2" * 64})
    portal = KeycloakApi(stack, "generali", "portal")
    seen = {
        contact: portal.request("GET", "customers", params={"contact": contact}).json()["customers"][0]
        for contact in (customer.email, other, customer.mobile)
    }
    flags = {contact: (one["is_username"], one["on_file"], one["is_access_mobile"]) for contact, one in seen.items()}
    assert flags == {
        customer.email: (True, False, False),
        other: (False, True, False),
        customer.mobile: (False, True, True),
    }
    refused = ask_setup(stack, customer, proof(stack, customer, customer.email, "recovery"), "recovery")
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_not_on_file")
    link = ask_setup(stack, customer, proof(stack, customer, other, "recovery"), "recovery").json()["link"]
    choose_password(KeycloakPages(stack), link, "Ritrovata26")
    assert _view(stack, customer)["username"] == other
