"""Back, reload, two tabs, a second device, a registration repeated, and codes that have expired."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from provisioning.directory.models import CustomerContact
from tests.unit.portal.conftest import HOST, Browser, Stage, csrf_token

START = "/generali/registrazione"
CODE, NEW_CODE = f"{START}/codice", f"{START}/nuovo-codice"
MOBILE = "3331234501"
DAYS_2 = 48 * 3600


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def by_mobile(browser: Browser) -> None:
    """The same person, back at the contact page, chooses the mobile."""
    typed = {"channel": "mobile", "prefix": "+39", "number": MOBILE, "privacy": "1"}
    browser.post(f"{START}/contatto", typed)


def test_registering_again_at_once_goes_on_with_the_message_there_is(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    browser.get(f"{START}/contatto")
    assert browser.to_code_page().headers["Location"] == CODE
    assert len(stage.bridge.sent) == 1
    assert browser.post(CODE, {"code": stage.bridge.last.code}).headers["Location"].endswith("/imposta/1")


def test_registering_again_after_the_pause_sends_a_code_that_replaces_the_older(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    first = stage.bridge.last.code
    stage.clock.advance(31)
    browser.to_code_page()
    assert stage.bridge.last.code != first
    assert browser.post(CODE, {"code": first}).status_code == 422
    assert browser.post(CODE, {"code": stage.bridge.last.code}).headers["Location"].endswith("/imposta/1")


def test_another_contact_takes_the_place_of_the_first(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    by_mobile(browser)
    first, second = (one.request for one in stage.bridge.sent)
    assert (first["to"], second["to"]) == ("anna.verdi@example.it", f"+39{MOBILE}")
    assert first["flow_id"] == second["flow_id"], "the bridge supersedes within one flow"
    assert browser.post(CODE, {"code": stage.bridge.last.code}).headers["Location"].endswith("/imposta/1")


def test_three_wrong_codes_are_not_forgiven_by_registering_again(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    code = stage.bridge.last.code
    for _ in range(3):
        browser.post(CODE, {"code": wrong(code)})
    browser.to_code_page()
    assert "Troppi tentativi" in browser.get(CODE).text
    browser.post(CODE, {"code": code})
    assert stage.keycloak.setups == []
    stage.clock.advance(31)
    browser.to_code_page()
    assert browser.post(CODE, {"code": stage.bridge.last.code}).headers["Location"].endswith("/imposta/1")


def test_a_reload_of_the_code_page_sends_nothing_and_costs_no_attempt(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    calls = len(stage.bridge.calls)
    for _ in range(5):
        assert "Ti rest" not in browser.get(CODE).text
    assert len(stage.bridge.calls) == calls


def test_two_tabs_share_attempts_and_the_newest_code(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    first = stage.bridge.last.code
    one, other = (csrf_token(browser.get(CODE)) for _ in range(2))
    browser.bare_post(CODE, {"code": wrong(first), "csrf_token": one})
    left = browser.bare_post(CODE, {"code": wrong(first), "csrf_token": other})
    assert "Ti resta un tentativo" in left.text
    stage.clock.advance(31)
    browser.bare_post(NEW_CODE, {"csrf_token": one})
    assert browser.bare_post(CODE, {"code": first, "csrf_token": other}).status_code == 422
    done = browser.bare_post(CODE, {"code": stage.bridge.last.code, "csrf_token": other})
    assert done.headers["Location"].endswith("/imposta/1")
    late = browser.bare_post(CODE, {"code": stage.bridge.last.code, "csrf_token": one})
    assert late.headers["Location"] == CODE
    assert len(stage.keycloak.setups) == 1


def test_going_back_to_the_name_and_changing_it_leaves_the_first_customers_code_alone(stage: Stage) -> None:
    browser = stage.browser()
    browser.to_code_page()
    browser.post(f"{START}/nome", {"first_name": "Bruno", "last_name": "Neri"})
    typed = {"channel": "email", "email": "bruno.neri@example.it", "privacy": "1"}
    browser.post(f"{START}/contatto", typed)
    assert stage.bridge.last.request["customer_code"] == "G0000002"
    browser.post(CODE, {"code": stage.bridge.last.code})
    assert stage.keycloak.setups[0]["path"].endswith("/customers/G0000002/credential-setup")


def test_on_a_second_device_the_registration_begins_anew_beside_the_first(stage: Stage, browser: Browser) -> None:
    """A stranger who begins one must not be able to void the code its owner is about to type."""
    browser.to_code_page()
    first = stage.bridge.last
    stage.bridge.sent[0].status = "pending"
    second = stage.browser()
    second.to_code_page()
    assert stage.bridge.last.request["flow_id"] != first.request["flow_id"]
    first.status = "pending"
    assert browser.post(CODE, {"code": first.code}).headers["Location"].endswith("/imposta/1")


def test_a_contact_dropped_by_the_agency_gets_no_further_code(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    with Session(stage.app.extensions["portal"].engine) as session, session.begin():
        session.execute(delete(CustomerContact).where(CustomerContact.value == "anna.verdi@example.it"))
    stage.clock.advance(31)
    code = stage.bridge.last.code
    browser.post(NEW_CODE, page=CODE)
    assert stage.bridge.last.code == code
    assert "Non possiamo completare" in browser.get(CODE).text


def test_recovery_asked_again_at_once_sends_nothing_more_to_anybody(stage: Stage) -> None:
    stage.keycloak.register("G0000001", "anna.verdi@example.it", access_mobile="", on_file=("anna.verdi@example.it",))
    for username in ("anna.verdi@example.it", "nobody@example.it"):
        browser = stage.browser()
        for _ in range(2):
            assert browser.post("/generali/recupero", {"username": username}).status_code == 303
    assert (len(stage.bridge.sent), len(stage.bridge.decoys)) == (1, 1)


@dataclass(frozen=True)
class Kind:
    """One kind of customer of a brand, and what one of them types."""

    brand: str
    kind: str
    email: str
    names: dict[str, str]

    def begin(self, browser: Browser) -> str:
        start = f"/{self.brand}/registrazione"
        browser.post(start, {"kind": self.kind})
        browser.post(f"{start}/nome", self.names)
        browser.post(f"{start}/contatto", {"channel": "email", "email": self.email, "privacy": "1"})
        return start


PRIVATE = Kind("generali", "person", "anna.verdi@example.it", {"first_name": "Anna", "last_name": "Verdi"})
BUSINESS = Kind("generali", "company", "info@alfa.example.it", {"company_name": "Officine Alfa"})
ALLEANZA = Kind("alleanza", "private", "carla.gialli@example.it", {"first_name": "Carla", "last_name": "Gialli"})
every_kind = pytest.mark.parametrize("kind", [PRIVATE, BUSINESS, ALLEANZA], ids=["private", "business", "alleanza"])


def after(stage: Stage, browser: Browser, start: str, seconds: int) -> None:
    """The session ends long before a code does; whoever comes back by the link has a new one."""
    stage.clock.advance(seconds)
    browser.post(start, {"kind": "x"})
    with browser.client.session_transaction(base_url=f"https://{HOST}") as session:
        session["flow_registration"] = stage.bridge.last.request["flow_id"]


@every_kind
def test_a_code_is_good_for_48_hours_to_the_second(stage: Stage, browser: Browser, kind: Kind) -> None:
    start = kind.begin(browser)
    after(stage, browser, start, DAYS_2 - 1)
    assert browser.post(f"{start}/codice", {"code": stage.bridge.last.code}).headers["Location"].endswith("/imposta/1")


@every_kind
def test_an_expired_code_leads_where_the_brand_says(stage: Stage, browser: Browser, kind: Kind) -> None:
    start = kind.begin(browser)
    code = stage.bridge.last.code
    after(stage, browser, start, DAYS_2)
    page = browser.get(f"{start}/codice").text
    assert 'name="code"' not in page
    if kind is ALLEANZA:
        assert "Registrati nuovamente" in page
        assert "nuovo-codice" not in page
        return
    assert "Il codice è scaduto" in page
    assert "Richiedi nuovo codice" in page
    assert browser.post(f"{start}/nuovo-codice", page=f"{start}/codice").status_code == 303
    assert browser.post(f"{start}/codice", {"code": code}).status_code == 422
    done = browser.post(f"{start}/codice", {"code": stage.bridge.last.code})
    assert done.headers["Location"].endswith("/imposta/1")


@pytest.mark.parametrize("kind", [BUSINESS, ALLEANZA], ids=["business", "alleanza"])
def test_an_expired_link_leads_to_the_same_screen_in_any_browser(stage: Stage, kind: Kind) -> None:
    start = kind.begin(stage.browser())
    sent, other = stage.bridge.last, stage.browser()
    stage.clock.advance(DAYS_2)
    answer = other.post(f"{start}/link/{sent.id}/{sent.token}")
    page = other.get(answer.headers["Location"]).text
    assert ("Registrati nuovamente" if kind is ALLEANZA else "Il codice è scaduto") in page
    assert stage.keycloak.setups == []
