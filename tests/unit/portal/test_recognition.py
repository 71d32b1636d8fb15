"""Not recognised by a contact: check the data, tax code, choice among masked contacts, none of these."""

from __future__ import annotations

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any

import altcha
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from adapters.flask_portal.errors import TooManyRequestsError
from adapters.flask_portal.repository.attempts import AttemptStore
from adapters.flask_portal.repository.tables import attempts, metadata
from adapters.flask_portal.services.budgets import Budgets
from domain.tax_codes import TaxId
from provisioning.directory import models
from tests.unit.portal.conftest import Browser, Stage, csrf_token
from tests.unit.portal.seed import _contact

START = "/generali/registrazione"
TAX_PAGE = f"{START}/codice-fiscale"
ANNAS = "VRDNNA80A41F205K"
NOBODYS = "RSSMRA80A01H501U"


def challenge_on(page: TestResponse) -> dict[str, Any]:
    found = re.search(r'data-ac-challenge="([^"]+)"', page.text)
    assert found, page.text
    challenge: dict[str, Any] = json.loads(unescape(found.group(1)))
    return challenge


def solution_of(challenge: dict[str, Any]) -> str:
    solved = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert solved is not None
    content = {"challenge": challenge, "solution": {"counter": solved.counter, "derivedKey": solved.derived_key}}
    return base64.b64encode(json.dumps(content).encode()).decode()


def to_tax_page(browser: Browser, email: str = "changed@example.it") -> None:
    """Not recognised, checked, not recognised again."""
    assert browser.to_code_page(email).headers["Location"] == f"{START}/esito/check-data"
    assert browser.to_code_page(email).headers["Location"] == TAX_PAGE


def ask(browser: Browser, tax_id: str = ANNAS) -> TestResponse:
    proof = solution_of(challenge_on(browser.get(TAX_PAGE)))
    return browser.post(TAX_PAGE, {"tax_id": tax_id, "proof": proof})


def handles_on(page: TestResponse) -> dict[str, str]:
    """Each entry's text and the value it sends."""
    found = re.findall(r'name="contact" value="([^"]+)".*?ac-choice__text">([^<]+)<', page.text, re.DOTALL)
    return {unescape(text): value for value, text in found}


def test_a_customer_with_another_contact_is_recognised_by_tax_code_and_chooses_among_masks(
    stage: Stage, browser: Browser
) -> None:
    to_tax_page(browser)
    assert ask(browser, ANNAS.lower()).headers["Location"] == f"{START}/scelta"
    page = browser.get(f"{START}/scelta")
    handles = handles_on(page)
    assert list(handles) == ["ann*****@ex***.it", "333 *****01", "Nessuno di questi"]
    assert "anna.verdi" not in page.text
    assert "3331234501" not in page.text
    chosen = browser.post(f"{START}/scelta", {"contact": handles["333 *****01"]})
    assert chosen.headers["Location"] == f"{START}/codice"
    sent = stage.bridge.last
    assert (sent.request["to"], sent.request["customer_code"]) == ("+393331234501", "G0000001")
    browser.post(f"{START}/codice", {"code": sent.code})
    assert stage.keycloak.setups[0]["proof"] == sent.proofs[0]


def test_what_was_typed_is_checked_once_before_the_tax_code_is_asked_for(browser: Browser) -> None:
    assert browser.get(TAX_PAGE).headers["Location"] == START
    browser.to_code_page("changed@example.it")
    assert 'value="Anna"' in browser.get(f"{START}/nome").text
    assert browser.to_code_page().headers["Location"] == f"{START}/codice", "the right contact needs no tax code"


def test_the_tax_code_is_asked_only_for_the_name_that_was_refused_twice(browser: Browser) -> None:
    """Names cannot be tried one after the other on the page of the tax code (docs/decisions/0018)."""
    browser.to_code_page("changed@example.it")
    assert browser.get(TAX_PAGE).headers["Location"] == START, "refused once"
    assert browser.to_code_page("changed@example.it").headers["Location"] == TAX_PAGE
    page = browser.get(TAX_PAGE)
    assert page.status_code == 200
    browser.post(f"{START}/nome", {"first_name": "Bruno", "last_name": "Neri"})
    assert browser.get(TAX_PAGE).headers["Location"] == START, "refused for another name"
    typed = {"tax_id": ANNAS, "proof": solution_of(challenge_on(page)), "csrf_token": csrf_token(page)}
    assert browser.bare_post(TAX_PAGE, typed).headers["Location"] == START


def test_handles_are_drawn_anew_for_each_registration_and_mean_nothing_elsewhere(stage: Stage) -> None:
    seen: list[set[str]] = []
    for _ in range(2):
        browser = stage.browser()
        to_tax_page(browser)
        ask(browser)
        seen.append(set(handles_on(browser.get(f"{START}/scelta")).values()) - {"none"})
    assert seen[0].isdisjoint(seen[1])
    refused = browser.post(f"{START}/scelta", {"contact": next(iter(seen[0]))})
    assert refused.status_code == 422
    assert stage.bridge.sent == []


def test_a_choice_must_be_made(browser: Browser) -> None:
    to_tax_page(browser)
    ask(browser)
    assert "Scegli una delle voci" in browser.post(f"{START}/scelta", {}).text


@pytest.mark.parametrize("tax_id", [NOBODYS, "NREBRN70A01F205F"], ids=["nobody's", "another's"])
def test_a_tax_code_that_is_not_of_that_name_is_not_recognised(stage: Stage, browser: Browser, tax_id: str) -> None:
    to_tax_page(browser)
    answer = ask(browser, tax_id)
    assert answer.headers["Location"] == f"{START}/non-riconosciuto/not-recognised"
    page = browser.get(answer.headers["Location"]).text
    assert "Contatta l’Assistenza" in page
    assert "Registrati nuovamente" in page
    assert stage.bridge.sent == []


def test_a_registered_customer_gets_the_same_answer_as_nobody(stage: Stage, browser: Browser) -> None:
    stage.keycloak.customers["anna.verdi@example.it"] = [
        {"customer_code": "G0000001", "account_state": "registered", "registered": True, "is_username": True}
    ]
    to_tax_page(browser)
    assert ask(browser).headers["Location"] == f"{START}/non-riconosciuto/not-recognised"


def test_a_blocked_customer_cannot_register_by_tax_code_either(stage: Stage, browser: Browser) -> None:
    stage.keycloak.customers["anna.verdi@example.it"] = [
        {"customer_code": "G0000001", "account_state": "blocked", "registered": False, "is_username": False}
    ]
    to_tax_page(browser)
    assert ask(browser).headers["Location"] == f"{START}/non-riconosciuto/not-recognised"


def test_a_contact_that_is_somebodys_user_name_is_not_offered(stage: Stage, browser: Browser) -> None:
    other = {"customer_code": "G9", "account_state": "registered", "registered": True, "is_username": True}
    stage.keycloak.customers["anna.verdi@example.it"] = [other]
    to_tax_page(browser)
    ask(browser)
    assert list(handles_on(browser.get(f"{START}/scelta"))) == ["333 *****01", "Nessuno di questi"]
    stage.keycloak.customers["+393331234501"] = [other]
    answer = ask(browser)
    assert answer.headers["Location"] == f"{START}/nessun-recapito"
    assert "contatta la tua Agenzia" in browser.get(answer.headers["Location"]).text


def test_a_foreign_number_on_file_is_named_and_not_offered(stage: Stage, browser: Browser) -> None:
    with Session(stage.app.extensions["portal"].engine) as session, session.begin():
        session.add(_contact("G0000001", "mobile", "+4915112345678"))
        session.add(_contact("G0000001", "landline", "+390212345678"))
    to_tax_page(browser)
    ask(browser)
    page = browser.get(f"{START}/scelta")
    assert "prefisso estero" in page.text
    assert list(handles_on(page)) == ["ann*****@ex***.it", "333 *****01", "Nessuno di questi"]


def test_none_of_these_says_whom_to_turn_to(stage: Stage, browser: Browser) -> None:
    to_tax_page(browser)
    ask(browser)
    answer = browser.post(f"{START}/scelta", {"contact": "none"})
    page = browser.get(answer.headers["Location"]).text
    assert "la tua Agenzia" in page
    assert "Contatta l’Assistenza" in page
    with Session(stage.app.extensions["portal"].engine) as session, session.begin():
        anna = session.scalars(select(models.Customer).where(models.Customer.customer_code == "G0000001")).one()
        anna.scheme = "cassa-geometri"
    ask(browser)
    assert "la Cassa" in browser.get(f"{START}/nessuno").text


def test_a_contact_that_was_dropped_meanwhile_is_not_written_to(stage: Stage, browser: Browser) -> None:
    to_tax_page(browser)
    ask(browser)
    handles = handles_on(browser.get(f"{START}/scelta"))
    with Session(stage.app.extensions["portal"].engine) as session, session.begin():
        held = models.CustomerContact
        session.delete(session.scalars(select(held).where(held.value == "+393331234501")).one())
    assert browser.post(f"{START}/scelta", {"contact": handles["333 *****01"]}).headers["Location"] == TAX_PAGE
    assert stage.bridge.sent == []


def test_a_wrong_tax_code_is_said_beside_the_field_and_kept(browser: Browser) -> None:
    to_tax_page(browser)
    page = browser.post(TAX_PAGE, {"tax_id": "VRDNNA80A41F205"})
    assert page.status_code == 422
    assert "non sembra completo" in page.text
    assert 'value="VRDNNA80A41F205"' in page.text


def test_without_the_proof_of_work_nothing_is_looked_up(stage: Stage, browser: Browser) -> None:
    to_tax_page(browser)
    challenge = challenge_on(browser.get(TAX_PAGE))
    other = stage.browser()
    to_tax_page(other)
    wrong = {"challenge": challenge, "solution": {"counter": 1, "derivedKey": "00" * 32}}
    easier = {"challenge": {**challenge, "parameters": {**challenge["parameters"], "keyPrefix": ""}}}
    for proof in (
        "",
        "not base64",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(json.dumps(wrong).encode()).decode(),
        base64.b64encode(json.dumps({**wrong, **easier}).encode()).decode(),
        solution_of(challenge_on(other.get(TAX_PAGE))),
    ):
        assert browser.post(TAX_PAGE, {"tax_id": ANNAS, "proof": proof}).status_code == 422
    with stage.app.extensions["portal"].engine.connect() as connection:
        scopes = connection.execute(select(attempts.c.scope)).scalars().all()
    assert "tax_id" not in scopes


def test_a_solution_counts_once_and_for_twenty_minutes(stage: Stage, browser: Browser) -> None:
    to_tax_page(browser)
    proof = solution_of(challenge_on(browser.get(TAX_PAGE)))
    assert browser.post(TAX_PAGE, {"tax_id": NOBODYS, "proof": proof}).status_code == 303
    assert browser.post(TAX_PAGE, {"tax_id": NOBODYS, "proof": proof}).status_code == 422
    late = solution_of(challenge_on(browser.get(TAX_PAGE)))
    stage.clock.advance(21 * 60)
    assert browser.post(TAX_PAGE, {"tax_id": NOBODYS, "proof": late}).status_code == 422


@pytest.mark.parametrize("tax_id", [ANNAS, NOBODYS], ids=["known", "unknown"])
def test_a_tax_code_is_looked_up_five_times_a_day_whoever_asks(stage: Stage, tax_id: str) -> None:
    for number in range(6):
        browser = stage.browser()
        to_tax_page(browser)
        assert (ask(browser, tax_id).status_code == 429) == (number == 5)
    stage.clock.advance(24 * 3600)
    browser = stage.browser()
    to_tax_page(browser)
    assert ask(browser, tax_id).status_code == 303


def test_an_address_looks_up_twenty_tax_codes_an_hour(stage: Stage, browser: Browser) -> None:
    portal = stage.app.extensions["portal"]
    to_tax_page(browser)
    for number in range(20):
        store = AttemptStore(portal.engine)
        assert store.admit("address", _address_of(portal), limit=20, until=_next_hour(stage)), number
    answer = ask(browser)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 3601
    stage.clock.advance(3600)
    later = stage.browser()
    to_tax_page(later)
    assert ask(later).status_code == 303


@pytest.mark.parametrize(
    ("first", "second"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("::ffff:192.0.2.7", "192.0.2.7"), (None, None)],
    ids=["one subscriber's IPv6", "one IPv4", "unreadable"],
)
def test_one_subscriber_has_one_budget_whatever_address_it_takes(
    stage: Stage, first: str | None, second: str | None
) -> None:
    portal = stage.app.extensions["portal"]
    budgets = Budgets(AttemptStore(portal.engine), stage.clock, portal.settings.secret_key)
    for number in range(20):
        budgets.look_up("generali", TaxId(f"{number:011}"), first)
    with pytest.raises(TooManyRequestsError):
        budgets.look_up("generali", TaxId("00000000099"), second)


def test_parallel_attempts_never_pass_a_limit_together(stage: Stage) -> None:
    store = AttemptStore(stage.app.extensions["portal"].engine)
    until = stage.clock.now() + timedelta(hours=1)
    with ThreadPoolExecutor(20) as pool:
        passed = list(pool.map(lambda _: store.admit("test", "one", limit=5, until=until), range(40)))
    assert sum(passed) == 5


def test_counted_attempts_hold_no_tax_code_and_are_purged(stage: Stage, browser: Browser) -> None:
    to_tax_page(browser)
    ask(browser)
    engine = stage.app.extensions["portal"].engine
    with engine.connect() as connection:
        rows = connection.execute(select(attempts)).all()
    assert rows
    assert ANNAS not in str(rows)
    AttemptStore(engine).purge(stage.clock.now() + timedelta(days=2))
    with engine.connect() as connection:
        assert connection.execute(select(attempts)).all() == []
    assert "portal_attempts" in metadata.tables


def _address_of(portal: Any) -> str:
    from adapters.flask_portal.sealing import fingerprint

    return fingerprint(portal.settings.secret_key, "address", "127.0.0.1")


def _next_hour(stage: Stage) -> Any:
    return stage.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
