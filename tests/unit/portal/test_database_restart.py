"""The database goes away and comes back: 503, never a success without a commit, and everybody still signed in."""

from __future__ import annotations

from tests.support.postgres import PostgresServer
from tests.support.restarts import ON_A_SERVER_TO_STOP, crash_before_the_commit_of, seconds_until
from tests.unit.portal.conftest import Browser, Stage

DOMICILE = "/generali/profilo/domicilio"
ADDRESS = {"street": "Via Roma 5", "postal_code": "10121", "city": "Torino", "province": "to", "country": "IT"}

pytestmark = ON_A_SERVER_TO_STOP


def test_while_the_database_is_away_pages_are_503_and_afterwards_everybody_is_still_signed_in(
    stage: Stage, browser: Browser, own_server: PostgresServer
) -> None:
    browser.sign_in()
    cookie = browser.cookie()
    own_server.stop(crash=True)
    for path in ("/generali/polizze", "/generali/accesso", "/generali/profilo", "/"):
        answer = browser.get(path)
        assert answer.status_code == 503, path
        assert "Retry-After" in answer.headers
        assert "Set-Cookie" not in answer.headers
        assert "Al momento non possiamo continuare" in answer.text
    assert browser.bare_post("/generali/registrazione", {"kind": "person"}).status_code == 503
    assert browser.get("/readyz").status_code == 503
    assert browser.get("/healthz").status_code == 200
    own_server.start()
    seconds_until(lambda: browser.get("/generali/polizze").status_code == 200)
    assert browser.cookie() == cookie
    assert "Immagina Casa" in browser.get("/generali/polizze").text


def test_an_operation_the_database_did_not_commit_is_not_confirmed_and_can_be_repeated(
    stage: Stage, browser: Browser, own_server: PostgresServer
) -> None:
    browser.sign_in(acr="2")
    location = browser.post(DOMICILE, ADDRESS).headers["Location"]
    engine = stage.app.extensions["portal"].engine
    happened = crash_before_the_commit_of(engine, own_server, "INSERT INTO domiciles")
    answer = browser.get(stage.keycloak.sign_in(location))
    assert happened
    assert answer.status_code == 503
    own_server.start()
    seconds_until(lambda: browser.get("/readyz").status_code == 200)
    assert "Via Roma 5" not in browser.get("/generali/profilo").text
    again = browser.post(DOMICILE, ADDRESS).headers["Location"]
    browser.get(stage.keycloak.sign_in(again))
    assert "Via Roma 5" in browser.get("/generali/profilo").text


def test_a_session_the_database_did_not_commit_signs_nobody_in(
    stage: Stage, browser: Browser, own_server: PostgresServer
) -> None:
    location = browser.get("/generali/accesso").headers["Location"]
    engine = stage.app.extensions["portal"].engine
    happened = crash_before_the_commit_of(engine, own_server, "INSERT INTO portal_sessions")
    answer = browser.get(stage.keycloak.sign_in(location))
    assert happened
    assert answer.status_code == 503
    own_server.start()
    seconds_until(lambda: browser.get("/readyz").status_code == 200)
    assert browser.get("/generali/polizze").status_code == 303
