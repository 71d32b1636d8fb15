"""Sign-in, step-up and sign-out: nothing that comes back is accepted for what was asked (S1, S2)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.databases import Databases
from tests.unit.portal.conftest import HOST, Browser, Stage
from tests.unit.portal.fake_keycloak import ANNA, BRUNO, OTHER_KEY

CALLBACK = "/generali/accesso/callback"


def test_signing_in_pushes_a_request_with_pkce_and_shows_the_policies(stage: Stage, browser: Browser) -> None:
    location = browser.get("/generali/accesso").headers["Location"]
    pushed = stage.keycloak.pushed_behind(location)
    assert pushed["code_challenge_method"] == "S256"
    assert pushed["redirect_uri"] == f"https://{HOST}{CALLBACK}"
    assert json.loads(pushed["claims"])["id_token"]["acr"] == {"essential": True, "values": ["1"]}
    assert set(parse_qs(urlsplit(location).query)) == {"client_id", "request_uri"}
    answer = browser.get(stage.keycloak.sign_in(location))
    assert answer.headers["Location"] == "/generali/polizze"
    assert "Immagina Casa" in browser.get("/generali/polizze").text


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another-client"},
        {"iss": "https://accesso.example.it/realms/alleanza"},
        {"exp": 1},
        {"acr": "0"},
        {"customer_code": None},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_an_id_token_with_a_wrong_claim_signs_nobody_in(browser: Browser, claims: dict[str, Any]) -> None:
    browser.sign_in(**claims)
    assert browser.get("/generali/polizze").status_code == 303


def test_an_id_token_of_another_key_signs_nobody_in(stage: Stage, browser: Browser) -> None:
    location = browser.get("/generali/accesso").headers["Location"]
    assert browser.get(stage.keycloak.sign_in(location, key=OTHER_KEY)).status_code == 400
    assert browser.get("/generali/polizze").status_code == 303


def test_an_answer_is_accepted_once_and_only_in_the_browser_that_asked(stage: Stage, browser: Browser) -> None:
    callback = stage.keycloak.sign_in(browser.get("/generali/accesso").headers["Location"])
    stranger = stage.browser()
    stranger.get("/generali/accesso")
    assert stranger.get(callback).status_code == 400
    assert browser.get(callback).status_code == 303
    assert browser.get(callback).status_code == 400


def test_two_tabs_can_sign_in_one_after_the_other(stage: Stage, browser: Browser) -> None:
    first, second = (browser.get("/generali/accesso").headers["Location"] for _ in range(2))
    assert browser.get(stage.keycloak.sign_in(second)).status_code == 303
    assert browser.get(stage.keycloak.sign_in(first)).status_code == 303


def test_the_session_identifier_rotates_at_sign_in_and_the_old_one_is_worth_nothing(
    stage: Stage, browser: Browser
) -> None:
    browser.get("/generali/registrazione")
    before = browser.cookie()
    assert before
    browser.sign_in()
    assert browser.cookie() != before
    attacker = stage.browser()
    attacker.client.set_cookie("__Host-area-clienti", before or "", domain=HOST, secure=True)
    assert attacker.get("/generali/polizze").status_code == 303


def test_the_cookie_is_a_random_identifier_that_scripts_and_other_sites_do_not_get(browser: Browser) -> None:
    anonymous = browser.get("/generali/registrazione").headers.getlist("Set-Cookie")
    signed_in = browser.sign_in().headers.getlist("Set-Cookie")
    for headers in (anonymous, signed_in):
        (header,) = [one for one in headers if one.startswith("__Host-area-clienti=")]
        for part in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
            assert part in header
        assert "Domain" not in header


def test_no_session_identifier_is_at_rest(stage: Stage, browser: Browser, databases: Databases) -> None:
    browser.sign_in()
    cookie = browser.cookie()
    assert cookie
    stored = databases.everything_in(stage.settings.database_url)
    assert "G0000001" in stored
    assert cookie not in stored


@pytest.mark.parametrize(("idle_s", "status"), [(1799, 200), (1801, 303)])
def test_a_session_ends_after_half_an_hour_without_use(
    stage: Stage, browser: Browser, idle_s: int, status: int
) -> None:
    browser.sign_in()
    stage.clock.advance(idle_s)
    assert browser.get("/generali/polizze").status_code == status


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(stage: Stage, browser: Browser) -> None:
    browser.sign_in()
    for _ in range(12 * 3 + 1):
        stage.clock.advance(1200)
        answer = browser.get("/generali/polizze")
    assert answer.status_code == 303


def test_personal_data_ask_for_level_2_and_a_lower_answer_is_repeated_never_accepted(
    stage: Stage, browser: Browser
) -> None:
    browser.sign_in()
    answer = browser.get("/generali/profilo")
    for _ in range(3):
        pushed = stage.keycloak.pushed_behind(answer.headers["Location"])
        assert json.loads(pushed["claims"])["id_token"]["acr"]["values"] == ["2"]
        answer = browser.get(stage.keycloak.sign_in(answer.headers["Location"], acr="1"))
    assert answer.status_code == 403
    answer = browser.get("/generali/profilo")
    assert browser.get(stage.keycloak.sign_in(answer.headers["Location"])).headers["Location"] == "/generali/profilo"
    assert "VRDNNA80A41F205K" in browser.get("/generali/profilo").text


def test_level_2_is_good_for_a_quarter_of_an_hour(stage: Stage, browser: Browser) -> None:
    browser.sign_in(acr="2")
    assert browser.get("/generali/profilo").status_code == 200
    stage.clock.advance(901)
    assert browser.get("/generali/profilo").status_code == 303


def test_a_step_up_with_an_old_sign_in_or_another_customer_is_refused(stage: Stage, browser: Browser) -> None:
    browser.sign_in()
    location = browser.get("/generali/profilo").headers["Location"]
    old = int(stage.clock.now().timestamp()) - 1000
    again = browser.get(stage.keycloak.sign_in(location, auth_time=old))
    assert again.headers["Location"].startswith(stage.keycloak.public_url)
    assert browser.get(stage.keycloak.sign_in(again.headers["Location"], BRUNO)).status_code == 400
    assert browser.get("/generali/profilo").status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example/generali/", "/\\evil.example", "/alleanza/polizze", "/x", "a b"]
)
def test_a_strangers_address_is_never_followed(stage: Stage, browser: Browser, target: str) -> None:
    location = browser.get("/generali/accesso", query_string={"poi": target}).headers["Location"]
    assert browser.get(stage.keycloak.sign_in(location)).headers["Location"] == "/generali/polizze"


@pytest.mark.parametrize(("error", "status"), [("access_denied", 403), ("temporarily_unavailable", 503)])
def test_an_error_from_keycloak_is_a_clear_page(stage: Stage, browser: Browser, error: str, status: int) -> None:
    pushed = stage.keycloak.pushed_behind(browser.get("/generali/accesso").headers["Location"])
    answer = browser.get(f"{CALLBACK}?error={error}&state={pushed['state']}")
    assert answer.status_code == status
    assert 'href="/generali/accesso"' in answer.text


def test_signing_out_ends_the_session_here_and_at_keycloak(browser: Browser) -> None:
    browser.sign_in()
    cookie = browser.cookie()
    answer = browser.post("/generali/accesso/esci", page="/generali/polizze")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["post_logout_redirect_uri"] == [f"https://{HOST}/generali/"]
    assert query["id_token_hint"]
    browser.client.set_cookie("__Host-area-clienti", cookie or "", domain=HOST, secure=True)
    assert browser.get("/generali/polizze").status_code == 303


def test_a_back_channel_logout_ends_that_session_alone_and_cannot_be_replayed(stage: Stage, browser: Browser) -> None:
    browser.sign_in()
    other = stage.browser()
    other.sign_in(BRUNO)
    token = stage.keycloak.logout_token(ANNA)
    path = "/generali/accesso/backchannel-logout"
    assert browser.bare_post(path, {"logout_token": token}).status_code == 200
    assert browser.get("/generali/polizze").status_code == 303
    assert other.get("/generali/polizze").status_code == 200
    assert browser.bare_post(path, {"logout_token": token}).status_code == 400


@pytest.mark.parametrize(
    "claims",
    [{"aud": "x"}, {"iss": "x"}, {"events": {}}, {"nonce": "n"}, {"jti": None}, {"iat": 1}, {"sid": None, "sub": None}],
    ids=lambda claims: next(iter(claims)),
)
def test_a_logout_token_with_a_wrong_claim_ends_nothing(stage: Stage, browser: Browser, claims: dict[str, Any]) -> None:
    browser.sign_in()
    token = stage.keycloak.logout_token(ANNA, **claims)
    assert browser.bare_post("/generali/accesso/backchannel-logout", {"logout_token": token}).status_code == 400
    assert browser.get("/generali/polizze").status_code == 200


def test_a_session_of_one_brand_opens_nothing_of_another(browser: Browser) -> None:
    browser.sign_in()
    assert browser.get("/alleanza/polizze").headers["Location"].startswith("/alleanza/accesso")
