"""Recovery reveals nothing, and sends a code only to a real user name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from adapters.flask_portal.services.pace import Pace
from tests.unit.portal.conftest import Browser, Stage

START = "/generali/recupero"
ACCOUNT = {"customer_code": "G0000001", "account_state": "registered", "registered": True, "is_username": True}


def _shape(page: str) -> str:
    """A page without what differs by design: tokens, nonces and the mask of what was typed."""
    page = re.sub(r'(nonce|value)="[^"]*"', "", page)
    return re.sub(r"<strong>[^<]*</strong>", "", page)


def _walk(browser: Browser, username: str) -> list[tuple[int, str | None, str]]:
    seen = []
    for path, data in (
        (START, {"username": username}),
        (f"{START}/codice", {"code": "000000"}),
        (f"{START}/codice", {"code": "000000"}),
        (f"{START}/codice", {"code": "000000"}),
        (f"{START}/codice", {"code": "000000"}),
    ):
        answer = browser.post(path, data)
        page = browser.get(f"{START}/codice").text
        seen.append((answer.status_code, answer.headers.get("Location"), _shape(page)))
    early = browser.post(f"{START}/nuovo-codice", page=f"{START}/codice")
    return [*seen, (early.status_code, early.headers.get("Retry-After"), "")]


def test_an_unknown_contact_walks_through_the_same_pages_as_a_user_name(stage: Stage) -> None:
    stage.keycloak.customers["anna.verdi@example.it"] = [ACCOUNT]
    real = _walk(stage.browser(), "anna.verdi@example.it")
    assert len(stage.bridge.sent) == 1
    unknown = _walk(stage.browser(), "anna.nobody@example.it")
    assert len(stage.bridge.sent) == 1
    assert unknown == real


def test_an_outage_of_the_bridge_shows_alike(stage: Stage) -> None:
    stage.keycloak.customers["anna.verdi@example.it"] = [ACCOUNT]
    stage.bridge.down = True
    for username in ("anna.verdi@example.it", "nobody@example.it"):
        assert stage.browser().post(START, {"username": username}).status_code == 503


def test_the_right_code_leads_to_the_set_up_link_for_recovery(stage: Stage, browser: Browser) -> None:
    stage.keycloak.customers["anna.verdi@example.it"] = [ACCOUNT]
    browser.post(START, {"username": " Anna.Verdi@example.it "})
    answer = browser.post(f"{START}/codice", {"code": stage.bridge.last.code})
    assert answer.headers["Location"].endswith("/imposta/1")
    assert stage.keycloak.setups[0]["purpose"] == "recovery"


@pytest.mark.parametrize(
    "change", [{"account_state": "blocked"}, {"account_state": "ceased"}, {"is_username": False}, {"registered": False}]
)
def test_recovery_never_reopens_what_it_may_not(stage: Stage, browser: Browser, change: dict[str, Any]) -> None:
    stage.keycloak.customers["anna.verdi@example.it"] = [{**ACCOUNT, **change}]
    assert browser.post(START, {"username": "anna.verdi@example.it"}).status_code == 303
    assert stage.bridge.sent == []


@pytest.mark.parametrize(("tax_code", "sent"), [("GLLCRL75A41F205X", 1), ("RSSMRA85T10A562S", 0)])
def test_where_the_brand_asks_for_the_tax_code_it_must_be_the_customers(
    stage: Stage, browser: Browser, tax_code: str, sent: int
) -> None:
    account = {**ACCOUNT, "customer_code": "A0000001"}
    stage.keycloak.customers["carla.gialli@example.it"] = [account]
    answer = browser.post("/alleanza/recupero", {"username": "carla.gialli@example.it", "tax_id": tax_code})
    assert answer.status_code == 303
    assert len(stage.bridge.sent) == sent


def test_answers_take_a_whole_number_of_quanta() -> None:
    clock = [0.0]
    pace = Pace(0.5, lambda: clock[0], lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    for spent, total in ((0.1, 0.5), (0.49, 1.0), (0.7, 2.0)):
        with pace.even():
            clock[0] += spent
        assert clock[0] == pytest.approx(total)
