"""Levels of assurance and the SMS step, on a real Keycloak with the real bridge (SECURITY O3, O4, O6)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.customers import PASSWORD, KeycloakApi, TestCustomer, provision, record, register
from tests.support.keycloak_pages import KeycloakPages, Page, PortalClient
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak

OPERATION = {"id": "op-1", "text": "Cambio domicilio: Via Roma 1, Torino", "amount": None}


def _registered(stack: Stack, **changes: object) -> TestCustomer:
    customer = provision(stack, **changes)
    register(stack, customer)
    return customer


def _sign_in(pages: KeycloakPages, url: str, username: str, password: str = PASSWORD) -> Page:
    page = pages.open(url)
    return pages.submit(page.form("password"), username=username, password=password)


def _code(stack: Stack, customer: TestCustomer, purpose: str, seen: int = 0) -> str:
    return str(Outbox(stack.bridge).wait_for(customer.mobile, purpose=purpose, seen=seen)["code"])


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def _first_access(stack: Stack, customer: TestCustomer) -> KeycloakPages:
    """A browser in which the customer has signed in with the first access's code."""
    pages, client = KeycloakPages(stack), PortalClient(stack, customer.brand)
    pushed = client.push()
    page = _sign_in(pages, pushed.url, customer.email)
    page = pages.submit(page.form("code"), code=_code(stack, customer, "access"))
    client.redeem(pushed, page)
    return pages


def _eventually(check: Callable[[], bool], limit_s: float = 10) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.1)
    return False


def test_the_first_access_reaches_level_two_and_the_next_one_does_not_ask_again(stack: Stack) -> None:
    customer = _registered(stack)
    client = PortalClient(stack, "generali")
    pages, pushed = KeycloakPages(stack), client.push()
    page = _sign_in(pages, pushed.url, customer.email)
    assert page.shows("code")
    page = pages.submit(page.form("code"), code=_code(stack, customer, "access"))
    claims = client.redeem(pushed, page)
    assert (claims["acr"], claims["customer_code"], claims["nonce"]) == ("2", customer.code, pushed.nonce)

    pages, pushed = KeycloakPages(stack), client.push()
    claims = client.redeem(pushed, _sign_in(pages, pushed.url, customer.email))
    assert claims["acr"] == "1"
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1


def test_the_customer_may_type_email_mobile_or_customer_code(stack: Stack) -> None:
    customer = provision(stack)
    register(stack, customer, contact=customer.mobile)
    national = customer.mobile.removeprefix("+39")
    for typed in (
        customer.mobile,
        national,
        f"{national[:3]} {national[3:6]}.{national[6:]}",
        f"0039{national}",
        customer.code,
    ):
        page = _sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, typed)
        assert page.shows("code"), typed


def test_the_customer_code_is_no_username_where_the_brand_does_not_say_so(stack: Stack) -> None:
    customer = provision(stack, "alleanza")
    register(stack, customer)
    client = PortalClient(stack, "alleanza")
    assert _sign_in(KeycloakPages(stack), client.push().url, customer.code).shows("password")
    assert _sign_in(KeycloakPages(stack), client.push().url, customer.email.upper()).shows("code")


def test_unknown_users_and_wrong_passwords_read_the_same(stack: Stack) -> None:
    customer = _registered(stack)
    url = PortalClient(stack, "generali").push
    known = _sign_in(KeycloakPages(stack), url().url, customer.email, "Sbagliata1")
    unknown = _sign_in(KeycloakPages(stack), url().url, "nessuno@esempio.it", "Sbagliata1")
    assert known.shows("password")
    assert known.text.replace(customer.email, "X") == unknown.text.replace("nessuno@esempio.it", "X")


def test_a_reload_sends_nothing(stack: Stack) -> None:
    customer = _registered(stack)
    pages = KeycloakPages(stack)
    page = _sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = _code(stack, customer, "access")
    for _ in range(3):
        page = pages.open(page.reload_url)
        assert page.shows("code")
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1
    assert pages.submit(page.form("code"), code=code).left_to


def test_what_is_no_code_costs_no_attempt(stack: Stack) -> None:
    customer = _registered(stack)
    pages = KeycloakPages(stack)
    page = _sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = _code(stack, customer, "access")
    for typed in ("", "12345", "abcdef", "1234567", "12 34"):
        page = pages.submit(page.form("code"), code=typed)
        assert page.shows("code"), typed
    assert pages.submit(page.form("code"), code=code).left_to


def test_a_code_dies_after_three_wrong_ones(stack: Stack) -> None:
    customer = _registered(stack)
    pages = KeycloakPages(stack)
    page = _sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = _code(stack, customer, "access")
    for _ in range(3):
        page = pages.submit(page.form("code"), code=_wrong(code))
    # The page offers only a new code now; the right old one, posted all the same, opens nothing.
    assert not page.shows("code")
    page = pages.submit(page.form("resend"), code=code)
    assert page.left_to is None
    assert not page.shows("password")


def test_five_failures_lock_and_then_even_the_right_code_is_refused(stack: Stack) -> None:
    customer = _registered(stack)
    pages = KeycloakPages(stack)
    page = _sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = _code(stack, customer, "access")
    for _ in range(2):
        page = pages.submit(page.form("code"), code=_wrong(code))
    for _ in range(3):
        _sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email, "Sbagliata1")
    admin = stack.admin("generali")
    user_id = admin.get_user_id(customer.email)
    locked = f"/admin/realms/generali/attack-detection/brute-force/users/{user_id}"
    assert _eventually(lambda: bool(admin.connection.raw_get(locked).json()["disabled"]))
    page = pages.submit(page.form("code"), code=code)
    assert page.left_to is None
    # The right code was not even looked at: it would otherwise be consumed now.
    admin.connection.raw_delete(locked)
    assert _eventually(lambda: not admin.connection.raw_get(locked).json()["disabled"])
    assert pages.submit(page.form("code"), code=code).left_to


def test_wrong_codes_alone_lock_the_account_for_a_time(stack: Stack) -> None:
    customer = _registered(stack)
    pages = KeycloakPages(stack)
    page = _sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = _code(stack, customer, "access")
    for _ in range(3):
        page = pages.submit(page.form("code"), code=_wrong(code))
    admin = stack.admin("generali")
    user_id = admin.get_user_id(customer.email)
    failures = f"/admin/realms/generali/attack-detection/brute-force/users/{user_id}"
    assert _eventually(lambda: admin.connection.raw_get(failures).json()["numFailures"] == 3)


def test_the_step_is_never_skipped_when_the_bridge_does_not_answer(stack: Stack) -> None:
    customer = _registered(stack)
    pages, client = KeycloakPages(stack), PortalClient(stack, "generali")
    pushed = client.push()
    with stack.stopped("bridge"):
        page = _sign_in(pages, pushed.url, customer.email)
        assert page.left_to is None
        assert not page.shows("code")
        assert "KEYCLOAK_IDENTITY" not in pages.session.cookies
        assert page.status == 503
    time.sleep(1.1)  # the request that hung is answered now; this is the shortest time between two sends
    seen = Outbox(stack.bridge).count(customer.mobile, purpose="access")
    page = pages.submit(page.form("retry"), retry="true")
    assert page.shows("code")
    page = pages.submit(page.form("code"), code=_code(stack, customer, "access", seen))
    assert client.redeem(pushed, page)["acr"] == "2"


def test_without_a_number_the_page_says_so_and_nobody_enters(stack: Stack) -> None:
    customer = _registered(stack, mobiles=[], access_mobile="")
    page = _sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email)
    assert page.left_to is None
    assert not page.shows("code")
    assert not page.shows("password")


def test_a_number_the_agency_dropped_stops_receiving_codes_at_once(stack: Stack) -> None:
    values = record()
    customer = provision(stack, **values)
    register(stack, customer)
    dropped = values | {"mobiles": [], "access_mobile": "", "record_hash": "1" * 64}
    assert KeycloakApi(stack, "generali", "provisioning").bulk(dropped)["updated"] == 1
    page = _sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email)
    assert not page.shows("code")
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 0


def test_an_operation_is_confirmed_by_one_code_that_names_it(stack: Stack) -> None:
    customer = _registered(stack)
    pages, client = _first_access(stack, customer), PortalClient(stack, "generali")
    pushed = client.push("3", OPERATION)
    page = pages.open(pushed.url)
    assert OPERATION["text"] in page.text
    message = Outbox(stack.bridge).wait_for(customer.mobile, purpose="operation")
    assert str(OPERATION["text"]) in message["text"]
    claims = client.redeem(pushed, pages.submit(page.form("code"), code=message["code"]))
    assert (claims["acr"], claims["nonce"]) == ("3", pushed.nonce)
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1


def test_from_no_session_level_three_asks_password_and_one_code(stack: Stack) -> None:
    customer = _registered(stack)
    _first_access(stack, customer)
    pages, client = KeycloakPages(stack), PortalClient(stack, "generali")
    pushed = client.push("3", OPERATION)
    page = _sign_in(pages, pushed.url, customer.email)
    page = pages.submit(page.form("code"), code=_code(stack, customer, "operation"))
    assert client.redeem(pushed, page)["acr"] == "3"
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1


def test_level_three_is_asked_afresh_each_time(stack: Stack) -> None:
    customer = _registered(stack)
    pages, client = _first_access(stack, customer), PortalClient(stack, "generali")
    for count in range(2):
        pushed = client.push("3", OPERATION | {"id": f"op-{count}"})
        page = pages.open(pushed.url)
        assert page.shows("code")
        page = pages.submit(page.form("code"), code=_code(stack, customer, "operation", seen=count))
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
    customer = _registered(stack)
    pages, client = _first_access(stack, customer), PortalClient(stack, "generali")
    page = pages.open(client.push("3", operation).url)
    assert not page.shows("code")
    assert "code" not in page.parameters
    assert Outbox(stack.bridge).count(customer.mobile, purpose="operation") == 0


@pytest.mark.parametrize("crowd", [0, 6], ids=["one-parameter", "crowding-out"])
def test_an_operation_cannot_be_exchanged_in_the_browsers_address(stack: Stack, crowd: int) -> None:
    customer = _registered(stack)
    pages, client = _first_access(stack, customer), PortalClient(stack, "generali")
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
    customer = _registered(stack)
    pages, client = _first_access(stack, customer), PortalClient(stack, "generali")
    first = client.push("3", OPERATION | {"id": "op-a", "text": "Prima operazione"})
    tab_one = pages.open(first.url)
    code_one = _code(stack, customer, "operation")
    time.sleep(1.1)  # the stack's shortest time between two sends; there is no event to await
    second = client.push("3", OPERATION | {"id": "op-b", "text": "Seconda operazione"})
    tab_two = pages.open(second.url)
    code_two = _code(stack, customer, "operation", seen=1)
    assert "Prima operazione" in tab_one.text
    assert "Seconda operazione" in tab_two.text
    if code_one != code_two:
        refused = pages.submit(tab_two.form("code"), code=code_one)
        assert refused.left_to is None
        tab_two = refused
    claims = client.redeem(second, pages.submit(tab_two.form("code"), code=code_two))
    assert claims["nonce"] == second.nonce


def test_a_staff_user_cannot_come_in_by_the_customers_door(stack: Stack) -> None:
    password = stack.secrets["REALM_ADMIN_PASSWORD_GENERALI"]
    page = _sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, "admin-generali", password)
    assert page.shows("password")


def test_a_customer_cannot_enrol_a_factor_at_the_staff_door(stack: Stack) -> None:
    customer = _registered(stack)
    page = KeycloakPages(stack)
    door = page.open(
        f"{stack.keycloak}/realms/generali/protocol/openid-connect/auth?client_id=security-admin-console"
        f"&response_type=code&scope=openid&redirect_uri={stack.keycloak}/admin/generali/console/"
        f"&code_challenge={'x' * 43}&code_challenge_method=S256"
    )
    inside = page.submit(door.form("password"), username=customer.email, password=PASSWORD)
    assert not inside.shows("totp")
    assert inside.left_to is None
    assert "KEYCLOAK_IDENTITY" not in page.session.cookies


@pytest.mark.parametrize("client", ["security-admin-console", "account-console", "operators"])
def test_a_customers_single_sign_on_session_opens_no_staff_client(stack: Stack, client: str) -> None:
    customer = _registered(stack)
    pages = _first_access(stack, customer)
    addresses = {
        "security-admin-console": f"{stack.keycloak}/admin/generali/console/",
        "account-console": f"{stack.keycloak}/realms/generali/account/",
        "operators": f"{stack.portal}/generali/operatori/callback",
    }
    door = pages.open(
        f"{stack.keycloak}/realms/generali/protocol/openid-connect/auth?client_id={client}&response_type=code"
        f"&scope=openid&redirect_uri={addresses[client]}&code_challenge={'x' * 43}&code_challenge_method=S256"
    )
    assert "code" not in door.parameters
    assert not door.shows("totp")
    assert door.shows("password")


def test_a_signed_in_customer_changes_no_password_without_typing_the_present_one(stack: Stack) -> None:
    customer = _registered(stack)
    pages = _first_access(stack, customer)
    time.sleep(1.1)  # Keycloak counts the age of a sign-in in whole seconds; there is no event to await
    page = pages.open(f"{PortalClient(stack, 'generali').push().url}&kc_action=UPDATE_PASSWORD")
    assert not page.shows("password-new")


def test_a_locked_account_costs_as_much_time_as_nobodys(stack: Stack) -> None:
    customer = _registered(stack)
    for _ in range(6):
        _sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email, "Sbagliata1")

    def seconds(username: str) -> float:
        pages = KeycloakPages(stack)
        form = pages.open(PortalClient(stack, "generali").push().url).form("password")
        began = time.perf_counter()
        pages.submit(form, username=username, password="Sbagliata1")
        return time.perf_counter() - began

    pairs = [(seconds(customer.email), seconds("nessuno@esempio.it")) for _ in range(15)]
    locked, nobody = (sorted(each)[7] for each in zip(*pairs, strict=True))
    assert locked > nobody / 2, f"locked {locked:.3f} s, nobody {nobody:.3f} s"
