"""The customers' door: password, access code and lockout, on a real Keycloak with the real bridge (SECURITY O3, O4)."""

from __future__ import annotations

import time

import pytest

from domain.brands import SignInIdentifier
from tests.support.brands import EVERY_BRAND
from tests.support.customers import KeycloakApi, provision, record, register
from tests.support.inactivity import user_id
from tests.support.keycloak_pages import KeycloakPages, PortalClient
from tests.support.outbox import Outbox
from tests.support.signing_in import Failures, code_of, eventually, first_access, registered, sign_in, wrong
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak


def test_the_first_access_reaches_level_two_and_the_next_one_does_not_ask_again(stack: Stack) -> None:
    customer = registered(stack)
    client = PortalClient(stack, "generali")
    pages, pushed = KeycloakPages(stack), client.push()
    page = sign_in(pages, pushed.url, customer.email)
    assert page.shows("code")
    page = pages.submit(page.form("code"), code=code_of(stack, customer, "access"))
    claims = client.redeem(pushed, page)
    assert (claims["acr"], claims["customer_code"], claims["nonce"]) == ("2", customer.code, pushed.nonce)

    pages, pushed = KeycloakPages(stack), client.push()
    claims = client.redeem(pushed, sign_in(pages, pushed.url, customer.email))
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
        page = sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, typed)
        assert page.shows("code"), typed


@pytest.mark.parametrize("brand", EVERY_BRAND, indirect=True)
def test_the_customer_code_is_a_username_where_the_brand_says_so_and_nowhere_else(stack: Stack, brand: str) -> None:
    customer = provision(stack, brand)
    register(stack, customer)
    client = PortalClient(stack, brand)
    allowed = SignInIdentifier.CUSTOMER_CODE in EVERY_BRAND[brand].sign_in_identifiers
    page = sign_in(KeycloakPages(stack), client.push().url, customer.code)
    assert (page.shows("code"), page.shows("password")) == (allowed, not allowed)
    time.sleep(1.1)  # the stack's shortest time between two sends; there is no event to await
    assert sign_in(KeycloakPages(stack), client.push().url, customer.email.upper()).shows("code")


def test_unknown_users_and_wrong_passwords_read_the_same(stack: Stack) -> None:
    customer = registered(stack)
    url = PortalClient(stack, "generali").push
    known = sign_in(KeycloakPages(stack), url().url, customer.email, "Sbagliata1")
    unknown = sign_in(KeycloakPages(stack), url().url, "nessuno@esempio.it", "Sbagliata1")
    assert known.shows("password")
    assert known.text.replace(customer.email, "X") == unknown.text.replace("nessuno@esempio.it", "X")


def test_a_reload_sends_nothing(stack: Stack) -> None:
    customer = registered(stack)
    pages = KeycloakPages(stack)
    page = sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = code_of(stack, customer, "access")
    for _ in range(3):
        page = pages.open(page.reload_url)
        assert page.shows("code")
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 1
    assert pages.submit(page.form("code"), code=code).left_to


def test_what_is_no_code_costs_no_attempt(stack: Stack) -> None:
    customer = registered(stack)
    pages = KeycloakPages(stack)
    page = sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = code_of(stack, customer, "access")
    for typed in ("", "12345", "abcdef", "1234567", "12 34"):
        page = pages.submit(page.form("code"), code=typed)
        assert page.shows("code"), typed
    assert pages.submit(page.form("code"), code=code).left_to


def test_a_code_dies_after_three_wrong_ones(stack: Stack) -> None:
    customer = registered(stack)
    pages = KeycloakPages(stack)
    page = sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = code_of(stack, customer, "access")
    for _ in range(3):
        page = pages.submit(page.form("code"), code=wrong(code))
    # The page offers only a new code now; the right old one, posted all the same, opens nothing.
    assert not page.shows("code")
    page = pages.submit(page.form("resend"), code=code)
    assert page.left_to is None
    assert not page.shows("password")


def test_five_failures_lock_and_then_even_the_right_code_is_refused(stack: Stack) -> None:
    customer = registered(stack)
    pages, failures = KeycloakPages(stack), Failures(stack, user_id(stack, customer))
    page = sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = code_of(stack, customer, "access")
    for count in (1, 2):
        page = pages.submit(page.form("code"), code=wrong(code))
        assert failures.become(count)
    for count in (3, 4, 5):
        sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email, "Sbagliata1")
        assert failures.become(count)
    assert eventually(lambda: failures.lock)
    page = pages.submit(page.form("code"), code=code)
    assert page.left_to is None
    # The right code was not even looked at: it would otherwise be consumed now.
    failures.forget()
    assert eventually(lambda: not failures.lock)
    assert pages.submit(page.form("code"), code=code).left_to


def test_wrong_codes_alone_lock_the_account_for_a_time(stack: Stack) -> None:
    customer = registered(stack)
    pages, failures = KeycloakPages(stack), Failures(stack, user_id(stack, customer))
    page = sign_in(pages, PortalClient(stack, "generali").push().url, customer.email)
    code = code_of(stack, customer, "access")
    for count in (1, 2, 3):
        page = pages.submit(page.form("code"), code=wrong(code))
        assert failures.become(count)


def test_the_step_is_never_skipped_when_the_bridge_does_not_answer(stack: Stack) -> None:
    customer = registered(stack)
    pages, client = KeycloakPages(stack), PortalClient(stack, "generali")
    pushed = client.push()
    with stack.stopped("bridge"):
        page = sign_in(pages, pushed.url, customer.email)
        assert page.left_to is None
        assert not page.shows("code")
        assert "KEYCLOAK_IDENTITY" not in pages.session.cookies
        assert page.status == 503
    time.sleep(1.1)  # the request that hung is answered now; this is the shortest time between two sends
    seen = Outbox(stack.bridge).count(customer.mobile, purpose="access")
    page = pages.submit(page.form("retry"), retry="true")
    assert page.shows("code")
    page = pages.submit(page.form("code"), code=code_of(stack, customer, "access", seen))
    assert client.redeem(pushed, page)["acr"] == "2"


def test_without_a_number_the_page_says_so_and_nobody_enters(stack: Stack) -> None:
    customer = registered(stack, mobiles=[], access_mobile="")
    page = sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email)
    assert page.left_to is None
    assert not page.shows("code")
    assert not page.shows("password")


def test_a_number_the_agency_dropped_stops_receiving_codes_at_once(stack: Stack) -> None:
    values = record()
    customer = provision(stack, **values)
    register(stack, customer)
    dropped = values | {"mobiles": [], "access_mobile": "", "record_hash": "1" * 64}
    assert KeycloakApi(stack, "generali", "provisioning").bulk(dropped)["updated"] == 1
    page = sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email)
    assert not page.shows("code")
    assert Outbox(stack.bridge).count(customer.mobile, purpose="access") == 0


def test_a_signed_in_customer_changes_no_password_without_typing_the_present_one(stack: Stack) -> None:
    customer = registered(stack)
    pages = first_access(stack, customer)
    time.sleep(1.1)  # Keycloak counts the age of a sign-in in whole seconds; there is no event to await
    page = pages.open(f"{PortalClient(stack, 'generali').push().url}&kc_action=UPDATE_PASSWORD")
    assert not page.shows("password-new")


def test_a_locked_account_costs_as_much_time_as_nobodys(stack: Stack) -> None:
    customer = registered(stack)
    for _ in range(6):
        sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, customer.email, "Sbagliata1")

    def seconds(username: str) -> float:
        pages = KeycloakPages(stack)
        form = pages.open(PortalClient(stack, "generali").push().url).form("password")
        began = time.perf_counter()
        pages.submit(form, username=username, password="Sbagliata1")
        return time.perf_counter() - began

    pairs = [(seconds(customer.email), seconds("nessuno@esempio.it")) for _ in range(15)]
    locked, nobody = (sorted(each)[7] for each in zip(*pairs, strict=True))
    assert locked > nobody / 2, f"locked {locked:.3f} s, nobody {nobody:.3f} s"
