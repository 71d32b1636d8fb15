"""Whoever cannot register is told whom to turn to, as each brand says it, and how to begin again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from provisioning.directory.models import Customer, CustomerContact, Policy
from tests.unit.portal.conftest import Browser, Stage
from tests.unit.portal.seed import _insured, _policy
from tests.unit.portal.test_recognition import challenge_on, solution_of

CARLA = {"first_name": "Carla", "last_name": "Gialli"}
CARLAS_EMAIL = "carla.gialli@example.it"
FORM = "/assistenza/richiesta?motivo=registrazione"


@contextmanager
def directory(stage: Stage) -> Iterator[Session]:
    with Session(stage.app.extensions["portal"].engine) as session, session.begin():
        yield session


def register_at_alleanza(browser: Browser, email: str = CARLAS_EMAIL) -> str:
    start = "/alleanza/registrazione"
    browser.post(start, {"kind": "private"})
    browser.post(f"{start}/nome", CARLA)
    answer = browser.post(f"{start}/contatto", {"channel": "email", "email": email, "privacy": "1"})
    return answer.headers["Location"]


def by_tax_code(browser: Browser, brand: str, tax_id: str) -> str:
    page = f"/{brand}/registrazione/codice-fiscale"
    proof = solution_of(challenge_on(browser.get(page)))
    return browser.post(page, {"tax_id": tax_id, "proof": proof}).headers["Location"]


def test_whoever_has_no_policy_is_no_customer_and_offered_help_and_a_new_beginning(
    stage: Stage, browser: Browser
) -> None:
    with directory(stage) as session:
        session.execute(delete(Policy).where(Policy.customer_code == "A0000001"))
    where = register_at_alleanza(browser)
    assert where == "/alleanza/registrazione/esito/not-a-customer"
    page = browser.get(where).text
    assert "Richiedi assistenza" in page
    assert f"/alleanza{FORM}" in page
    assert "Registrati nuovamente" in page
    assert "il tuo Consulente o la tua Agenzia" in page


def test_alleanza_without_a_mobile_on_file_says_whom_to_turn_to(stage: Stage, browser: Browser) -> None:
    with directory(stage) as session:
        session.execute(delete(CustomerContact).where(CustomerContact.value == "+393331234503"))
    where = register_at_alleanza(browser)
    page = browser.get(where).text
    assert where.endswith("/no-contacts")
    for words in ("un cellulare tra i tuoi recapiti", "il tuo Consulente o la tua Agenzia", "la tua Azienda"):
        assert words in page
    assert FORM not in page, "Alleanza points to the adviser, not to a form"


def _only_insured(stage: Stage, *, of_company: bool) -> None:
    """Anna holds no policy of her own: she is insured under Officine Alfa's, or Bruno's."""
    with directory(stage) as session:
        session.execute(delete(Policy).where(Policy.customer_code == "G0000001"))
        policy = _policy("P-GROUP", "G0000003", "malattia", "Salute Gruppo")
        policy.company_policy = of_company
        session.add(policy)
        session.flush()
        session.add(_insured("P-GROUP", "G0000001", "Anna Verdi"))


@pytest.mark.parametrize(("of_company", "whom"), [(True, "la tua Azienda"), (False, "la tua Agenzia")])
def test_whoever_has_no_contact_on_file_is_sent_to_who_can_add_one(
    stage: Stage, browser: Browser, of_company: bool, whom: str
) -> None:
    _only_insured(stage, of_company=of_company)
    with directory(stage) as session:
        session.execute(delete(CustomerContact).where(CustomerContact.customer_code == "G0000001"))
    for _ in range(2):
        browser.to_code_page()
    where = by_tax_code(browser, "generali", "VRDNNA80A41F205K")
    assert where == "/generali/registrazione/nessun-recapito"
    page = browser.get(where).text
    assert f"contatta {whom}" in page
    assert f"/generali{FORM}" in page
    assert browser.get("/generali/registrazione/scelta").headers["Location"] == "/generali/registrazione"


def test_none_of_these_sends_the_insured_of_a_company_to_the_company(stage: Stage, browser: Browser) -> None:
    _only_insured(stage, of_company=True)
    for _ in range(2):
        browser.to_code_page("changed@example.it")
    by_tax_code(browser, "generali", "VRDNNA80A41F205K")
    assert "la tua Azienda" in browser.get("/generali/registrazione/nessuno").text


def test_the_fund_of_a_scheme_is_named(stage: Stage, browser: Browser) -> None:
    with directory(stage) as session:
        session.get_one(Customer, "G0000001").scheme = "cassa-geometri"
        session.execute(delete(CustomerContact).where(CustomerContact.customer_code == "G0000001"))
    for _ in range(2):
        browser.to_code_page()
    assert "contatta la Cassa" in browser.get(by_tax_code(browser, "generali", "VRDNNA80A41F205K")).text


def test_alleanza_s_no_contacts_screen_has_one_way_on(stage: Stage, browser: Browser) -> None:
    for _ in range(2):
        register_at_alleanza(browser, "altra@example.it")
    with directory(stage) as session:
        session.execute(delete(CustomerContact).where(CustomerContact.customer_code == "A0000001"))
    page = browser.get(by_tax_code(browser, "alleanza", "GLLCRL75A41F205X")).text
    assert "contatta il tuo Consulente o la tua Agenzia" in page
    assert ">Continua<" in page
    assert FORM not in page


def test_help_names_whom_to_turn_to_and_leads_to_the_form(browser: Browser) -> None:
    page = browser.get("/alleanza/assistenza").text
    assert "il tuo Consulente o la tua Agenzia" in page
    assert "/alleanza/assistenza/richiesta" in page
    assert "la tua Azienda" in page
