"""The change of the domicile: level 3, its own nonce, once (S2, O6)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.unit.portal.conftest import Browser, Stage
from tests.unit.portal.fake_keycloak import BRUNO

FORM = "/generali/profilo/domicilio"
ADDRESS = {"street": "Via Roma 5", "postal_code": "10121", "city": "Torino", "province": "to", "country": "IT"}


def _ask(browser: Browser, **values: str) -> str:
    return browser.post(FORM, {**ADDRESS, **values}).headers["Location"]


def _domicile(browser: Browser) -> str:
    return browser.get("/generali/profilo").text


@pytest.fixture
def anna(browser: Browser) -> Browser:
    browser.sign_in(acr="2")
    return browser


def test_a_fresh_level_3_token_writes_the_domicile_and_shows_the_outcome(stage: Stage, anna: Browser) -> None:
    location = _ask(anna)
    pushed = stage.keycloak.pushed_behind(location)
    operation = json.loads(pushed["operation"])
    assert operation["nonce"] == pushed["nonce"]
    assert operation["text"] == "Nuovo domicilio: Via Roma 5, 10121 Torino"
    assert json.loads(pushed["claims"])["id_token"]["acr"] == {"essential": True, "values": ["3"]}
    answer = anna.get(stage.keycloak.sign_in(location))
    assert "Il tuo domicilio è stato modificato" in anna.get(answer.headers["Location"]).text
    assert "Via Roma 5, 10121 Torino TO" in _domicile(anna)


@pytest.mark.parametrize(
    "claims", [{"acr": "2"}, {"acr": "1"}, {"nonce": "another"}, {"auth_time": -120}, {"iat": -120}], ids=str
)
def test_a_lower_older_or_borrowed_token_confirms_nothing(stage: Stage, anna: Browser, claims: dict[str, Any]) -> None:
    now = int(stage.clock.now().timestamp())
    shifted = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    anna.get(stage.keycloak.sign_in(_ask(anna), **shifted))
    assert "Via Roma 5" not in _domicile(anna)


def test_another_customers_token_confirms_nothing(stage: Stage, anna: Browser) -> None:
    assert anna.get(stage.keycloak.sign_in(_ask(anna), BRUNO)).status_code == 400
    assert "Via Roma 5" not in _domicile(anna)


def test_a_lowered_level_is_asked_again_and_then_confirms(stage: Stage, anna: Browser) -> None:
    first = _ask(anna)
    again = anna.get(stage.keycloak.sign_in(first, acr="2")).headers["Location"]
    assert stage.keycloak.pushed_behind(again)["nonce"] != stage.keycloak.pushed_behind(first)["nonce"]
    anna.get(stage.keycloak.sign_in(again))
    assert "Via Roma 5" in _domicile(anna)


def test_two_tabs_never_swap_their_operations(stage: Stage, anna: Browser) -> None:
    rome, turin = _ask(anna, street="Via Uno 1"), _ask(anna, street="Via Due 2")
    nonce_of_turin = stage.keycloak.pushed_behind(turin)["nonce"]
    anna.get(stage.keycloak.sign_in(rome, nonce=nonce_of_turin))
    assert "Via Uno" not in _domicile(anna)
    assert "Via Due" not in _domicile(anna)
    anna.get(stage.keycloak.sign_in(turin))
    assert "Via Due 2" in _domicile(anna)


def test_an_operation_is_confirmed_once_however_many_answers_arrive(stage: Stage, anna: Browser) -> None:
    callback = stage.keycloak.sign_in(_ask(anna))
    browsers = [anna.twin() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: one.get(callback).status_code, browsers))
    assert answers.count(303) == 1


def test_an_operation_that_took_too_long_is_not_confirmed_and_what_was_typed_is_kept(
    stage: Stage, anna: Browser
) -> None:
    location = _ask(anna)
    stage.clock.advance(601)
    outcome = anna.get(stage.keycloak.sign_in(location)).headers["Location"]
    page = anna.get(outcome).text
    assert "non è confermata" in page
    assert "Via Roma 5" not in _domicile(anna)
    form = anna.get(f"{FORM}?operazione={outcome.rsplit('/', 1)[1]}").text
    assert 'value="Via Roma 5"' in form


def test_cancelling_at_keycloak_leads_back_to_the_operation_which_can_be_confirmed_later(
    stage: Stage, anna: Browser
) -> None:
    pushed = stage.keycloak.pushed_behind(_ask(anna))
    answer = anna.get(f"/generali/accesso/callback?error=access_denied&state={pushed['state']}")
    outcome = answer.headers["Location"]
    assert "Non è ancora cambiato nulla" in anna.get(outcome).text
    anna.get(stage.keycloak.sign_in(anna.post(outcome).headers["Location"]))
    assert "Via Roma 5" in _domicile(anna)


def test_a_wrong_address_is_explained_beside_its_field_and_kept(anna: Browser) -> None:
    answer = anna.post(FORM, {**ADDRESS, "postal_code": "123"})
    assert answer.status_code == 422
    assert "cinque cifre" in answer.text
    assert 'value="Via Roma 5"' in answer.text


def test_the_form_begins_with_the_present_domicile_and_its_country(anna: Browser) -> None:
    page = anna.get(FORM).text
    assert 'value="20121"' in page
    selected = [line for line in page.split("<option") if " selected" in line]
    assert len(selected) == 1
    assert 'value="IT"' in selected[0]
