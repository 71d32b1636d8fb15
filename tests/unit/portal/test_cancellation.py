"""A customer cancels the own profile: signed in with a code, and with another one to the user name."""

from __future__ import annotations

import pytest

from tests.unit.portal.conftest import Browser, Stage
from tests.unit.portal.fake_keycloak import BRUNO

PAGE = "/generali/profilo/cancellazione"
CODE = f"{PAGE}/codice"
ANNAS = "anna.verdi@example.it"


@pytest.fixture
def anna(stage: Stage, browser: Browser) -> Browser:
    stage.keycloak.register("G0000001", ANNAS, access_mobile="+393331234501", on_file=(ANNAS, "+393331234501"))
    browser.sign_in(acr="2")
    return browser


def test_the_code_to_the_user_name_and_nothing_less_cancels_the_profile(stage: Stage, anna: Browser) -> None:
    assert PAGE in anna.get("/generali/profilo").text
    page = anna.get(PAGE)
    assert "ann*****@ex***.it" in page.text
    assert stage.bridge.sent == []
    assert anna.post(PAGE).headers["Location"] == CODE
    asked = stage.bridge.last.request
    assert (asked["purpose"], asked["to"], asked["customer_code"]) == ("cancellation", ANNAS, "G0000001")
    assert "link_url" not in asked
    wrong = anna.post(CODE, {"code": "000000" if stage.bridge.last.code != "000000" else "111111"})
    assert wrong.status_code == 422
    assert stage.keycloak.cancellations == []

    answer = anna.post(CODE, {"code": stage.bridge.last.code})
    (told,) = stage.keycloak.cancellations
    assert told["path"].endswith("/generali/area-clienti/customers/G0000001/state")
    assert (told["action"], told["proof"]) == ("cancel", stage.bridge.last.proofs[0])
    assert answer.headers["Location"] == f"{PAGE}/fatto"
    assert "Il tuo profilo è stato cancellato" in anna.get(f"{PAGE}/fatto").text
    assert anna.get("/generali/profilo").headers["Location"].startswith("/generali/accesso"), "signed out"


def test_whoever_only_typed_the_password_is_asked_for_a_code_first(stage: Stage, browser: Browser) -> None:
    stage.keycloak.register("G0000001", ANNAS, access_mobile="+393331234501", on_file=(ANNAS,))
    browser.sign_in(acr="1")
    assert browser.get(PAGE).headers["Location"].startswith(stage.keycloak.public_url)
    assert (
        browser.post(PAGE, page="/generali/assistenza/richiesta")
        .headers["Location"]
        .startswith(stage.keycloak.public_url)
    )
    assert stage.bridge.sent == []


def test_a_user_name_that_the_agency_dropped_is_sent_nothing(stage: Stage, browser: Browser) -> None:
    stage.keycloak.register("G0000001", ANNAS, access_mobile="+393331234501", on_file=("+393331234501",))
    browser.sign_in(acr="2")
    page = browser.get(PAGE).text
    assert "/generali/assistenza/richiesta?motivo=cancellazione" in page
    browser.post(PAGE, page="/generali/assistenza/richiesta")
    assert stage.bridge.sent == []


def test_one_that_was_dropped_after_the_code_gets_no_second_one(stage: Stage, anna: Browser) -> None:
    anna.post(PAGE)
    stage.clock.advance(31)
    stage.keycloak.accounts["G0000001"]["emails"] = []
    anna.post(f"{PAGE}/nuovo-codice", page=CODE)
    assert "Ora non possiamo cancellare il tuo profilo" in anna.get(CODE).text
    assert ("POST", f"/v1/verifications/{stage.bridge.last.id}/resend") not in stage.bridge.calls


def test_while_keycloak_is_down_nothing_is_lost_and_the_same_proof_goes_on(stage: Stage, anna: Browser) -> None:
    anna.post(PAGE)
    anna.get(CODE)
    stage.keycloak.down = True
    assert anna.post(CODE, {"code": stage.bridge.last.code}).status_code == 503
    stage.keycloak.down = False
    assert "Il tuo profilo non è ancora cancellato" in anna.get(CODE).text
    assert anna.post(f"{PAGE}/continua", page=CODE).headers["Location"] == f"{PAGE}/fatto"
    assert stage.keycloak.cancellations[-1]["proof"] == stage.bridge.last.proofs[0]


def test_what_keycloak_refuses_is_said_and_keeps_the_customer_signed_in(stage: Stage, anna: Browser) -> None:
    stage.keycloak.state_answer = (409, {"code": "state_forbids"})
    anna.post(PAGE)
    assert anna.post(CODE, {"code": stage.bridge.last.code}).headers["Location"] == CODE
    assert "Ora non possiamo cancellare il tuo profilo" in anna.get(CODE).text
    assert anna.get("/generali/profilo").status_code == 200


def test_the_next_customer_of_this_browser_finds_nothing_of_it(stage: Stage, anna: Browser) -> None:
    anna.post(PAGE)
    anna.sign_in(BRUNO, acr="2")
    assert anna.get(CODE).headers["Location"] == PAGE


def test_an_expired_code_leads_to_a_new_one(stage: Stage, anna: Browser) -> None:
    anna.post(PAGE)
    stage.clock.advance(901)
    anna.sign_in(acr="2")
    page = anna.get(CODE)
    assert "Il codice è scaduto" in page.text
    anna.post(f"{PAGE}/nuovo-codice", page=CODE)
    anna.post(CODE, {"code": stage.bridge.last.code})
    assert len(stage.keycloak.cancellations) == 1
