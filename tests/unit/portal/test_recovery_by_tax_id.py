"""Recovery by tax code: for a forgotten user name, or one that the agency has dropped; strangers learn nothing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.unit.portal.conftest import Browser, Stage
from tests.unit.portal.seed import _contact, _customer, _policy
from tests.unit.portal.test_recognition import challenge_on, solution_of

START = "/generali/recupero"
PAGE = f"{START}/codice-fiscale"
CODE = f"{START}/codice"
EMAIL, MOBILE = "anna.verdi@example.it", "+393331234501"
ANNAS, NOBODYS = "VRDNNA80A41F205K", "RSSMRA80A01H501U"


def ask(browser: Browser, tax_id: str = ANNAS, policy_number: str = "") -> TestResponse:
    proof = solution_of(challenge_on(browser.get(PAGE)))
    return browser.post(PAGE, {"tax_id": tax_id, "policy_number": policy_number, "proof": proof})


def shape(page: str) -> str:
    """A page without tokens and nonces."""
    return re.sub(r'(nonce|value)="[^"]*"', "", page)


def directory(stage: Stage) -> Session:
    return Session(stage.app.extensions["portal"].engine)


@pytest.fixture
def anna(stage: Stage) -> Stage:
    """Anna is registered with her email; her codes go to her mobile."""
    stage.keycloak.register("G0000001", EMAIL, access_mobile=MOBILE, on_file=(EMAIL, MOBILE))
    return stage


def test_a_forgotten_user_name_is_written_to_and_never_shown(anna: Stage, browser: Browser) -> None:
    assert ask(browser, ANNAS.lower()).headers["Location"] == CODE
    sent = anna.bridge.last
    assert (sent.request["to"], sent.request["customer_code"]) == (EMAIL, "G0000001")
    page = browser.get(CODE).text
    assert "*****" not in page
    assert "Anna" not in page
    done = browser.post(CODE, {"code": sent.code})
    assert done.headers["Location"].endswith("/imposta/1")
    assert anna.keycloak.setups[0]["purpose"] == "recovery"


def test_nobodys_tax_code_walks_through_the_same_pages(anna: Stage) -> None:
    def walk(browser: Browser, tax_id: str) -> list[tuple[int, str | None, str]]:
        answer = ask(browser, tax_id)
        seen = [(answer.status_code, answer.headers.get("Location"), shape(browser.get(CODE).text))]
        for _ in range(4):
            answer = browser.post(CODE, {"code": "000000"})
            seen.append((answer.status_code, answer.headers.get("Location"), shape(browser.get(CODE).text)))
        anna.clock.advance(31)
        again = browser.post(f"{START}/nuovo-codice", page=CODE)
        return [*seen, (again.status_code, again.headers.get("Location"), shape(browser.get(CODE).text))]

    real = walk(anna.browser(), ANNAS)
    assert len(anna.bridge.sent) == 1
    assert walk(anna.browser(), NOBODYS) == real
    assert len(anna.bridge.sent) == 1


@pytest.mark.parametrize("state", ["provisioned", "blocked", "ceased"])
def test_what_recovery_may_not_reopen_is_answered_like_nobody(stage: Stage, browser: Browser, state: str) -> None:
    registered = state != "provisioned"
    stage.keycloak.register(
        "G0000001", EMAIL, access_mobile=MOBILE, on_file=(EMAIL, MOBILE), account_state=state, registered=registered
    )
    assert ask(browser).headers["Location"] == CODE
    assert stage.bridge.sent == []


def test_a_year_without_access_is_reopened(stage: Stage, browser: Browser) -> None:
    stage.keycloak.register("G0000001", EMAIL, access_mobile=MOBILE, on_file=(EMAIL, MOBILE), account_state="inactive")
    ask(browser)
    assert stage.bridge.last.request["to"] == EMAIL


def test_two_accounts_of_one_tax_code_are_told_apart_by_a_policy(anna: Stage) -> None:
    with directory(anna) as session, session.begin():
        twin = _customer("G0000009", "generali", "Anna", "Verdi", ANNAS)
        twin.kind = "professional"
        session.add(twin)
        session.flush()
        session.add(_contact("G0000009", "email", "studio@example.it"))
        session.add(_policy("P-STUDIO", "G0000009", "aziende", "Attiva Impresa"))
    anna.keycloak.register("G0000009", "studio@example.it", access_mobile=MOBILE, on_file=("studio@example.it",))
    assert ask(anna.browser()).headers["Location"] == CODE
    assert ask(anna.browser(), policy_number="P-BRUNO-2").headers["Location"] == CODE
    assert anna.bridge.sent == []
    ask(anna.browser(), policy_number="p studio")
    assert anna.bridge.last.request["customer_code"] == "G0000009"
    ask(anna.browser(), policy_number="P-OLD")
    assert anna.bridge.last.request["customer_code"] == "G0000001"


def test_a_dropped_user_name_is_not_written_to_and_another_contact_takes_its_place(stage: Stage) -> None:
    dropped = "vecchia@example.it"
    stage.keycloak.register("G0000001", dropped, access_mobile=MOBILE, on_file=(EMAIL, MOBILE))
    browser = stage.browser()
    assert browser.post(START, {"username": dropped}).headers["Location"] == CODE
    assert stage.bridge.sent == []
    ask(browser)
    assert stage.bridge.last.request["to"] == EMAIL
    browser.post(CODE, {"code": stage.bridge.last.code})
    assert stage.keycloak.setups[0]["proof"] == stage.bridge.last.proofs[0]


def test_a_contact_that_is_somebody_elses_user_name_does_not_take_its_place(stage: Stage, browser: Browser) -> None:
    stage.keycloak.register("G0000001", "vecchia@example.it", access_mobile=MOBILE, on_file=(EMAIL, MOBILE))
    stage.keycloak.customers[EMAIL].append(
        {"customer_code": "G9", "account_state": "registered", "registered": True, "is_username": True}
    )
    ask(browser)
    assert stage.bridge.last.request["to"] == MOBILE


def test_a_code_renewed_after_the_contact_was_dropped_is_answered_and_not_sent(anna: Stage, browser: Browser) -> None:
    ask(browser)
    for entry in anna.keycloak.customers[EMAIL]:
        entry["on_file"] = False
    anna.clock.advance(31)
    calls = len(anna.bridge.calls)
    assert browser.post(f"{START}/nuovo-codice", page=CODE).headers["Location"] == CODE
    assert "Abbiamo inviato un nuovo codice" in browser.get(CODE).text
    assert len(anna.bridge.calls) == calls


def test_wrong_codes_typed_elsewhere_for_the_customer_do_not_show(anna: Stage, browser: Browser) -> None:
    """Otherwise using up a contact's codes would tell whether a tax code is its owner's."""
    ask(browser)
    anna.bridge.last.status = "exhausted"
    assert "Ti restano 2 tentativi" in browser.post(CODE, {"code": "000000"}).text


@pytest.mark.parametrize("tax_id", [ANNAS, NOBODYS], ids=["known", "unknown"])
def test_a_tax_code_is_tried_five_times_a_day_whoever_asks(anna: Stage, tax_id: str) -> None:
    answers = [ask(anna.browser(), tax_id) for _ in range(6)]
    assert [one.status_code for one in answers] == [303] * 5 + [429]
    assert answers[5].headers["Retry-After"]
    assert "Troppi tentativi" in answers[5].text


def test_without_the_proof_of_work_nothing_is_looked_up(anna: Stage, browser: Browser) -> None:
    assert browser.post(PAGE, {"tax_id": ANNAS, "proof": ""}).status_code == 422
    assert anna.bridge.sent == []


def test_alleanza_offers_the_same_way(stage: Stage, browser: Browser) -> None:
    email = "carla.gialli@example.it"
    stage.keycloak.register("A0000001", email, access_mobile="+393331234503", on_file=(email,))
    page = "/alleanza/recupero/codice-fiscale"
    proof = solution_of(challenge_on(browser.get(page)))
    browser.post(page, {"tax_id": "GLLCRL75A41F205X", "proof": proof})
    assert stage.bridge.last.request["to"] == email
