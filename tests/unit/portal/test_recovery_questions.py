"""Where the contact of a recovery also receives the access codes, a code alone changes no password."""

from __future__ import annotations

import pytest

from tests.unit.portal.conftest import Browser, Stage, csrf_token

MOBILE, EMAIL = "+393331234501", "anna.verdi@example.it"
CARLAS = "+393331234503"
START = "/generali/recupero"
CODE, QUESTIONS = f"{START}/codice", f"{START}/conferma"
RIGHT = {"tax_id": "VRDNNA80A41F205K", "policy_number": "p anna"}


@pytest.fixture
def anna(stage: Stage) -> Stage:
    """Anna's mobile is her user name and receives her codes."""
    stage.keycloak.register("G0000001", MOBILE, access_mobile=MOBILE, on_file=(EMAIL, MOBILE))
    return stage


def prove(stage: Stage, browser: Browser, start: str = START, **typed: str) -> str | None:
    browser.post(start, {"username": MOBILE, **typed})
    return browser.post(f"{start}/codice", {"code": stage.bridge.last.code}).headers.get("Location")


def test_the_owner_of_the_number_is_asked_and_the_right_answers_go_on(anna: Stage, browser: Browser) -> None:
    assert prove(anna, browser) == QUESTIONS
    assert anna.keycloak.setups == []
    page = browser.get(QUESTIONS).text
    assert 'name="tax_id"' in page
    assert 'name="policy_number"' in page
    assert browser.post(QUESTIONS, RIGHT).headers["Location"].endswith("/imposta/1")


@pytest.mark.parametrize(
    "typed",
    [
        {**RIGHT, "tax_id": "NREBRN70A01F205F"},
        {**RIGHT, "policy_number": "P-CARLA"},
        {**RIGHT, "policy_number": ""},
        {**RIGHT, "tax_id": ""},
    ],
)
def test_a_wrong_answer_leads_nowhere(anna: Stage, browser: Browser, typed: dict[str, str]) -> None:
    prove(anna, browser)
    assert browser.post(QUESTIONS, typed).status_code == 422
    assert anna.keycloak.setups == []


@pytest.mark.parametrize("number", ["P-BRUNO", "P-OLD"], ids=["insured under it", "ended"])
def test_any_policy_of_theirs_will_do(anna: Stage, browser: Browser, number: str) -> None:
    prove(anna, browser)
    assert browser.post(QUESTIONS, {**RIGHT, "policy_number": number}).status_code == 303


def test_no_other_way_leads_past_the_questions(anna: Stage, browser: Browser) -> None:
    prove(anna, browser)
    past = browser.post(f"{START}/continua", page=CODE)
    assert past.headers["Location"] == QUESTIONS
    assert anna.keycloak.setups == []


def test_a_link_is_asked_the_same_in_the_browser_that_opened_it_and_in_no_other(anna: Stage) -> None:
    asking, opening = anna.browser(), anna.browser()
    asking.post(START, {"username": MOBILE})
    sent = anna.bridge.last
    link = f"{START}/link/{sent.id}/{sent.token}"
    token = csrf_token(asking.get(CODE))
    assert opening.post(link).headers["Location"] == QUESTIONS
    assert asking.get(QUESTIONS).headers["Location"] == CODE
    refused = asking.bare_post(QUESTIONS, {**RIGHT, "csrf_token": token})
    assert refused.headers["Location"] == CODE
    assert opening.post(QUESTIONS, RIGHT).headers["Location"].endswith("/imposta/1")


def test_answers_are_tried_five_times_a_day(anna: Stage) -> None:
    statuses = []
    for _ in range(3):
        browser = anna.browser()
        prove(anna, browser)
        statuses += [browser.post(QUESTIONS, {**RIGHT, "policy_number": "X"}).status_code for _ in range(2)]
    assert statuses == [422] * 5 + [429]
    late = anna.browser()
    prove(anna, late)
    assert late.post(QUESTIONS, RIGHT).status_code == 429
    anna.clock.advance(24 * 3600)
    later = anna.browser()
    prove(anna, later)
    assert later.post(QUESTIONS, RIGHT).status_code == 303


def test_whoever_recovers_by_email_is_asked_nothing_more(stage: Stage, browser: Browser) -> None:
    stage.keycloak.register("G0000001", EMAIL, access_mobile=MOBILE, on_file=(EMAIL, MOBILE))
    browser.post(START, {"username": EMAIL})
    done = browser.post(CODE, {"code": stage.bridge.last.code})
    assert done.headers["Location"].endswith("/imposta/1")
    assert browser.get(QUESTIONS).headers["Location"] == CODE


def test_a_brand_that_asked_for_the_tax_code_before_asks_for_the_policy_alone(stage: Stage, browser: Browser) -> None:
    stage.keycloak.register("A0000001", CARLAS, access_mobile=CARLAS, on_file=(CARLAS,))
    start = "/alleanza/recupero"
    browser.post(start, {"username": CARLAS, "tax_id": "GLLCRL75A41F205X"})
    asked = browser.post(f"{start}/codice", {"code": stage.bridge.last.code}).headers["Location"]
    assert asked == f"{start}/conferma"
    assert 'name="tax_id"' not in browser.get(asked).text
    assert browser.post(asked, {"policy_number": "P-CARLA"}).headers["Location"].endswith("/imposta/1")
