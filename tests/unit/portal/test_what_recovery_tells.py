"""Nothing that a recovery shows depends on what was typed in another one."""

from __future__ import annotations

import re

import pytest

from tests.unit.portal.conftest import Browser, Stage

START = "/alleanza/recupero"
CARLA = "carla.gialli@example.it"
CARLAS = "GLLCRL75A41F205X"
ANOTHERS = "RSSMRA85T10A562S"


@pytest.fixture
def carla(stage: Stage) -> Stage:
    account = {"customer_code": "A0000001", "account_state": "registered", "registered": True, "is_username": True}
    stage.keycloak.customers[CARLA] = [account]
    return stage


def answers_to_wrong_codes(browser: Browser) -> list[tuple[int, str]]:
    seen = []
    for _ in range(4):
        answer = browser.post(f"{START}/codice", {"code": "000000"})
        page = browser.get(f"{START}/codice").text
        seen.append((answer.status_code, re.sub(r'(nonce|value)="[^"]*"', "", page)))
    return seen


@pytest.mark.parametrize("first", [CARLAS, ANOTHERS], ids=["theirs", "another's"])
def test_whose_wrong_codes_are_used_up_is_not_shown(carla: Stage, first: str) -> None:
    """Else whoever has used them up with one tax code could try others until the count begins anew."""
    seen = []
    for tax_id in (first, CARLAS, ANOTHERS):
        browser = carla.browser()
        browser.post(START, {"username": CARLA, "tax_id": tax_id})
        seen.append(answers_to_wrong_codes(browser))
        if len(seen) == 1:
            asked = (carla.bridge.sent or carla.bridge.decoys)[0].request
            carla.bridge.used_up.add(asked["customer_code"])
    assert seen[0] == seen[1] == seen[2]
    assert [status for status, _page in seen[0]] == [422, 422, 303, 303]


def test_no_code_counts_while_the_wrong_ones_of_the_hour_are_used_up(carla: Stage, browser: Browser) -> None:
    browser.post(START, {"username": CARLA, "tax_id": CARLAS})
    carla.bridge.used_up.add("A0000001")
    assert browser.post(f"{START}/codice", {"code": carla.bridge.last.code}).status_code == 422
    assert carla.keycloak.setups == []


@pytest.mark.parametrize("tried", [CARLAS, ANOTHERS], ids=["theirs", "another's"])
def test_trying_tax_codes_in_one_browser_begins_anew_whoever_they_belong_to(
    carla: Stage, browser: Browser, tried: str
) -> None:
    """Else the page would go on with its count at a wrong tax code, and begin it anew at the right one."""
    browser.post(START, {"username": CARLA, "tax_id": "RSSMRA80A01H501U"})
    browser.post(f"{START}/codice", {"code": "000000"})
    before = browser.get(f"{START}/codice").text
    browser.post(START, {"username": CARLA, "tax_id": tried})
    after = browser.get(f"{START}/codice").text
    assert "2 tentativi" in before
    assert "tentativi" not in after
