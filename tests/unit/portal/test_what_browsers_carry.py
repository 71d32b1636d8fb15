"""Cookies: what strangers cannot plant, what looking around does not store, what ends with a session (S2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import inspect, text

from adapters.flask_portal import create_app
from tests.unit.portal.conftest import HOST, Browser, Stage, csrf_token
from tests.unit.portal.fake_keycloak import BRUNO

CALLBACK = "/generali/accesso/callback"


def _rows(stage: Stage) -> dict[str, int]:
    engine = stage.app.extensions["portal"].engine
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        return {table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one() for table in tables}  # noqa: S608


def _pending(browser: Browser) -> list[str]:
    return [cookie.key for cookie in (browser.client._cookies or {}).values() if "accesso-" in cookie.key]


def test_looking_around_and_asking_to_sign_in_stores_nothing(stage: Stage) -> None:
    before = _rows(stage)
    for path in ("/generali/accesso", "/generali/registrazione", "/generali/recupero", "/generali/?lingua=en"):
        stage.browser().get(path)
    curious = stage.browser()
    for path in ("/generali/accesso", "/generali/registrazione", "/generali/recupero?lingua=en", "/generali/polizze"):
        curious.get(path)
    assert _rows(stage) == before


def test_the_language_is_kept_without_a_session_and_outlives_one(stage: Stage, browser: Browser) -> None:
    browser.get("/generali/?lingua=en")
    assert 'lang="en"' in browser.get("/generali/").text
    browser.sign_in()
    browser.post("/generali/accesso/esci", page="/generali/polizze")
    assert 'lang="en"' in browser.get("/generali/").text


def test_a_page_opened_before_there_was_a_session_can_still_be_sent(stage: Stage, browser: Browser) -> None:
    token = csrf_token(browser.get("/generali/registrazione"))
    browser.post("/generali/registrazione", {"kind": "person"})
    answer = browser.bare_post("/generali/registrazione", {"kind": "person", "csrf_token": token})
    assert answer.status_code == 303


@pytest.mark.parametrize("change", ["other-seed", "no-signature", "flipped"])
def test_a_csrf_token_goes_with_the_cookie_it_came_with(stage: Stage, browser: Browser, change: str) -> None:
    token = csrf_token(browser.get("/generali/registrazione"))
    mine = browser.cookie() or ""
    other = stage.browser()
    other.get("/generali/registrazione")
    planted = {
        "other-seed": other.cookie() or "",
        "no-signature": mine.split(".")[0],
        "flipped": mine[:-1] + ("0" if mine[-1] != "0" else "1"),
    }[change]
    browser.client.set_cookie("__Host-area-clienti", planted, domain=HOST, secure=True)
    assert browser.bare_post("/generali/registrazione", {"kind": "person", "csrf_token": token}).status_code == 400


def test_a_csrf_token_of_before_the_sign_in_is_void_after_it(browser: Browser) -> None:
    token = csrf_token(browser.get("/generali/registrazione"))
    browser.sign_in()
    assert browser.bare_post("/generali/accesso/esci", {"csrf_token": token}).status_code == 400


def test_a_browser_holds_three_requests_at_most_and_the_newest_work(stage: Stage, browser: Browser) -> None:
    asked = []
    for _ in range(6):
        asked.append(browser.get("/generali/accesso").headers["Location"])
        stage.clock.advance(1)
    assert len(_pending(browser)) == 3
    assert browser.get(stage.keycloak.sign_in(asked[0])).status_code == 400
    assert browser.get(stage.keycloak.sign_in(asked[-1])).status_code == 303
    assert len(_pending(browser)) == 2


def test_a_request_is_bound_to_the_browser(stage: Stage, browser: Browser) -> None:
    callback = stage.keycloak.sign_in(browser.get("/generali/accesso").headers["Location"])
    (name,) = _pending(browser)
    sealed = browser.client.get_cookie(name, domain=HOST)
    assert sealed is not None
    assert sealed.http_only
    assert sealed.secure
    assert sealed.same_site == "Lax"
    assert name.startswith("__Host-")
    assert sealed.domain == HOST
    assert sealed.path == "/"
    stranger = stage.browser()
    stranger.client.set_cookie(name, sealed.value[:-6] + "AAAAAA", domain=HOST, secure=True)
    assert stranger.get(callback).status_code == 400
    # A cookie without the prefix may come from another host of the domain, or over plain http: it does not count.
    tossed = stage.browser()
    tossed.client.set_cookie(name.removeprefix("__Host-"), sealed.value, domain=HOST, secure=True)
    assert tossed.get(callback).status_code == 400
    assert browser.get(callback).status_code in (302, 303)


@pytest.mark.parametrize(("after_s", "accepted"), [(1799, True), (1801, False)])
def test_a_request_is_answered_within_half_an_hour(
    stage: Stage, browser: Browser, after_s: int, accepted: bool
) -> None:
    asked = browser.get("/generali/accesso").headers["Location"]
    stage.clock.advance(after_s)
    # The answer itself is fresh: what is too old is the request.
    answer = browser.get(stage.keycloak.sign_in(asked))
    assert (answer.status_code in (302, 303)) == accepted
    assert (answer.status_code == 400) != accepted


def test_what_a_request_carries_cannot_be_read_by_its_browser(stage: Stage, browser: Browser) -> None:
    pushed = stage.keycloak.pushed_behind(browser.get("/generali/accesso").headers["Location"])
    (name,) = _pending(browser)
    sealed = browser.client.get_cookie(name, domain=HOST)
    assert sealed is not None
    for value in (pushed["nonce"], pushed["state"]):
        assert value not in sealed.value


def test_a_session_planted_before_the_sign_in_gives_its_planter_nothing(stage: Stage, browser: Browser) -> None:
    planter = stage.browser()
    planter.post("/generali/registrazione", {"kind": "person"})
    planted = planter.cookie() or ""
    browser.client.set_cookie("__Host-area-clienti", planted, domain=HOST, secure=True)
    browser.sign_in()
    assert browser.cookie() != planted
    assert planter.get("/generali/polizze").status_code == 303
    assert "registration" not in str(browser.get("/generali/registrazione").headers)


def test_the_id_token_is_sealed_at_rest_and_still_there_to_sign_out_with(stage: Stage, browser: Browser) -> None:
    browser.sign_in()
    with stage.app.extensions["portal"].engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM portal_sessions")).mappings().all())
    assert "sub-anna" in stored
    assert "eyJ" not in stored
    answer = browser.post("/generali/accesso/esci", page="/generali/polizze")
    assert "id_token_hint=eyJ" in answer.headers["Location"]


def test_signing_out_clears_what_the_browser_kept(browser: Browser) -> None:
    browser.sign_in()
    before = browser.cookie()
    answer = browser.post("/generali/accesso/esci", page="/generali/polizze")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.cookie() != before
    assert browser.get("/generali/polizze").status_code == 303


# --- rotation of PORTAL_SECRET_KEY (docs/rotation.md)


def _restarted(stage: Stage, **changes: Any) -> Stage:
    settings = replace(stage.settings, **changes)
    return replace(stage, settings=settings, app=create_app(settings, stage.clock))


def test_nobody_is_signed_out_and_no_open_page_is_lost_when_the_secret_key_rotates(stage: Stage) -> None:
    reader, visitor, coming = stage.browser(), stage.browser(), stage.browser()
    reader.sign_in()
    token_of_reader = csrf_token(reader.get("/generali/polizze"))
    token_of_visitor = csrf_token(visitor.get("/generali/registrazione"))
    callback = stage.keycloak.sign_in(coming.get("/generali/accesso").headers["Location"], BRUNO)
    new = "n" * 40
    during = _restarted(stage, secret_key=new, former_secret_keys=(stage.settings.secret_key,))
    reader, visitor, coming = (browser.twin(during) for browser in (reader, visitor, coming))
    assert reader.get("/generali/polizze").status_code == 200
    form = {"kind": "person", "csrf_token": token_of_visitor}
    assert visitor.bare_post("/generali/registrazione", form).status_code == 303
    assert coming.get(callback).headers["Location"] == "/generali/polizze"
    fresh = during.browser()
    fresh.sign_in()
    after = _restarted(stage, secret_key=new)
    assert fresh.twin(after).get("/generali/polizze").status_code == 200
    assert reader.twin(after).get("/generali/polizze").status_code == 303
    signed_out = reader.bare_post("/generali/accesso/esci", {"csrf_token": token_of_reader})
    assert "id_token_hint=eyJ" in signed_out.headers["Location"]
    for each in (during, after):
        each.app.extensions["portal"].engine.dispose()


def test_a_set_up_link_given_before_the_rotation_is_still_the_same_browsers(stage: Stage, browser: Browser) -> None:
    browser.to_code_page()
    browser.post("/generali/registrazione/codice", {"code": stage.bridge.last.code})
    during = _restarted(stage, secret_key="n" * 40, former_secret_keys=(stage.settings.secret_key,))
    start = "/generali/registrazione"
    again = browser.twin(during).post(f"{start}/continua", page=f"{start}/codice")
    assert again.headers["Location"].endswith("/imposta/1")
    during.app.extensions["portal"].engine.dispose()
