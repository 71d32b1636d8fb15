"""Five failures lock an account for a time: the owner is told by message, the page tells nobody, a recovery reopens it."""

from __future__ import annotations

import pytest

from tests.support.customers import TestCustomer, ask_setup, choose_password, proof, provision, register
from tests.support.inactivity import user_id
from tests.support.keycloak_pages import KeycloakPages, Page, PortalClient
from tests.support.outbox import Outbox
from tests.support.signing_in import Failures, eventually, registered, sign_in
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak

NEW_PASSWORD = "Ritrovata2026"


def _try(stack: Stack, username: str, password: str) -> Page:
    return sign_in(KeycloakPages(stack), PortalClient(stack, "generali").push().url, username, password)


def _failures(stack: Stack, customer: TestCustomer) -> Failures:
    return Failures(stack, user_id(stack, customer))


def _lock(stack: Stack, customer: TestCustomer, username: str) -> Page:
    failures = _failures(stack, customer)
    for count in range(1, 6):
        page = _try(stack, username, "Sbagliata1")
        assert failures.become(count)
    assert eventually(lambda: failures.lock)
    return page


def test_the_owner_is_told_once_a_day_and_the_page_tells_nobody(stack: Stack) -> None:
    customer, outbox = registered(stack), Outbox(stack.bridge)
    page = _lock(stack, customer, customer.email)
    told = outbox.wait_for(customer.email, purpose="account-locked")
    assert told["subject"] == "Il tuo accesso all'Area Clienti Generali è bloccato per qualche minuto"
    assert "Generali Italia S.p.A." in told["html"]
    assert told["link"] is None
    nobody = _try(stack, "nessuno@esempio.it", "Sbagliata1")
    assert page.text.replace(customer.email, "X") == nobody.text.replace("nessuno@esempio.it", "X")
    # The right password reads the same while the lock lasts: whoever guessed it learns nothing.
    locked = _try(stack, customer.email, "Sicura2026")
    assert locked.text.replace(customer.email, "X") == nobody.text.replace("nessuno@esempio.it", "X")
    # Locked anew after it was lifted: whoever does this over and over does not flood the owner.
    _failures(stack, customer).forget()
    _lock(stack, customer, customer.email)
    assert outbox.count(customer.email, purpose="account-locked") == 1
    assert outbox.count(customer.mobile, purpose="account-locked") == 0


def test_who_has_no_email_is_told_on_the_mobile_that_is_the_username(stack: Stack) -> None:
    customer = provision(stack, emails=[])
    register(stack, customer, customer.mobile)
    by_mobile = TestCustomer("generali", customer.code, customer.mobile, customer.mobile)
    _lock(stack, by_mobile, customer.mobile)
    told = Outbox(stack.bridge).wait_for(customer.mobile, purpose="account-locked")
    assert told["html"] is None


def test_a_recovery_lifts_the_lock_at_once(stack: Stack) -> None:
    customer = registered(stack)
    _lock(stack, customer, customer.email)
    answer = ask_setup(stack, customer, proof(stack, customer, customer.email, "recovery"), "recovery")
    choose_password(KeycloakPages(stack), answer.json()["link"], NEW_PASSWORD)
    assert not _failures(stack, customer).lock
    assert _try(stack, customer.email, NEW_PASSWORD).shows("code")
