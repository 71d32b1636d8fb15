"""Requests for assistance: kept, given a reference, confirmed by email, and no way to write to somebody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.flask_portal.cli import assistance
from adapters.flask_portal.repository.assistance import AssistanceRequest, AssistanceStore
from tests.unit.portal.conftest import Browser, Stage

FORM = "/generali/assistenza/richiesta"
TYPED = {
    "topic": "registrazione",
    "name": "Anna Verdi",
    "email": " Anna.Verdi@Example.it ",
    "policy_number": "P-1",
    "text": "Il codice non arriva. <script>",
}


def kept(stage: Stage, brand: str = "generali") -> list[AssistanceRequest]:
    return AssistanceStore(stage.app.extensions["portal"].engine).listed(brand)


def ask(browser: Browser, brand: str = "generali", **changes: str) -> Any:
    return browser.post(f"/{brand}/assistenza/richiesta", {**TYPED, **changes})


def test_a_request_is_kept_shown_with_its_reference_and_confirmed(stage: Stage, browser: Browser) -> None:
    answer = ask(browser)
    assert answer.headers["Location"] == "/generali/assistenza/ricevuta"
    (request,) = kept(stage)
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", request.reference)
    assert request.reference in browser.get(answer.headers["Location"]).text
    assert (request.email, request.topic, request.policy_number) == ("anna.verdi@example.it", "registrazione", "P-1")
    assert request.confirmed_at == stage.clock.now()
    (notice,) = stage.bridge.notices
    assert (notice["to"], notice["channel"], notice["template"]) == (request.email, "email", "assistance-received")
    assert notice["parameters"] == {"reference": request.reference}, "nothing that was typed is sent on"
    assert notice["key"] == f"assistance-{request.reference}"


def test_what_it_is_about_is_chosen_beforehand_by_the_page_that_led_here(browser: Browser) -> None:
    page = browser.get(f"{FORM}?motivo=registrazione").text
    assert re.search(r'value="registrazione" checked', page)
    assert " checked" not in browser.get(f"{FORM}?motivo=niente").text


@pytest.mark.parametrize(
    ("brand", "topic", "status"),
    [("alleanza", "registrazione", 422), ("alleanza", "accesso", 303), ("generali", "registrazione", 303)],
)
def test_the_policy_number_is_asked_where_the_brand_says(
    stage: Stage, browser: Browser, brand: str, topic: str, status: int
) -> None:
    answer = ask(browser, brand, topic=topic, policy_number="")
    assert answer.status_code == status
    assert len(kept(stage, brand)) == (status == 303)


@pytest.mark.parametrize(
    "changes", [{"topic": ""}, {"topic": "altrove"}, {"name": ""}, {"email": "anna@"}, {"email": ""}, {"text": ""}]
)
def test_what_is_missing_is_said_and_the_rest_kept(stage: Stage, browser: Browser, changes: dict[str, str]) -> None:
    answer = ask(browser, **changes)
    assert answer.status_code == 422
    assert kept(stage) == []
    if "text" not in changes:
        assert "Il codice non arriva. &lt;script&gt;" in answer.text


def test_a_request_made_signed_in_names_the_customer(stage: Stage, browser: Browser) -> None:
    browser.sign_in()
    ask(browser)
    assert kept(stage)[0].customer_code == "G0000001"


def test_one_email_is_written_to_three_times_a_day_and_one_address_asks_five_times_an_hour(stage: Stage) -> None:
    statuses = [ask(stage.browser()).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    assert len(stage.bridge.notices) == 3
    others = [ask(stage.browser(), email=f"altra{number}@example.it").status_code for number in range(2)]
    assert others == [303, 429], "the fourth was counted against the address too"


def test_while_the_bridge_is_down_the_request_is_kept_all_the_same(stage: Stage, browser: Browser) -> None:
    stage.bridge.down = True
    assert ask(browser).status_code == 303
    assert kept(stage)[0].confirmed_at is None


def test_requests_are_forgotten_after_a_year(stage: Stage, browser: Browser) -> None:
    ask(browser)
    stage.clock.advance(366 * 24 * 3600)
    ask(stage.browser(), text="La seconda")
    assert [one.text for one in kept(stage)] == ["La seconda"]


def test_a_reference_is_shown_to_the_browser_that_asked_alone(stage: Stage, browser: Browser) -> None:
    ask(browser)
    assert stage.browser().get("/generali/assistenza/ricevuta").headers["Location"] == FORM
    assert browser.get("/alleanza/assistenza/ricevuta").headers["Location"] == "/alleanza/assistenza/richiesta"


def run(stage: Stage, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    """The operators' command on the portal's database; exit code and what it says."""
    monkeypatch.setenv("AREA_CLIENTI_DATABASE_URL", stage.settings.database_url)
    monkeypatch.setattr("adapters.flask_portal.cli.SystemClock", lambda: stage.clock)
    done = CliRunner().invoke(assistance, arguments)
    return done.exit_code, done.output


def test_operators_list_show_and_close_requests(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser)
    stage.clock.advance(1)
    ask(stage.browser(), "alleanza", topic="cancellazione", email="carla@example.it")
    first, second = kept(stage)[0], kept(stage, "alleanza")[0]
    _, listed = run(stage, monkeypatch, "list")
    assert [line.split()[0] for line in listed.splitlines()] == [first.reference, second.reference]
    assert not re.search(r"Verdi|example\.it|P-1|codice", listed), "who they are from stands in each alone"
    assert second.reference not in run(stage, monkeypatch, "list", "--brand", "generali")[1]
    assert first.reference not in run(stage, monkeypatch, "list", "--topic", "cancellazione")[1]

    _, shown = run(stage, monkeypatch, "show", first.reference.lower().replace("-", " "))
    for told in ("Anna Verdi", "anna.verdi@example.it", "P-1", "Il codice non arriva. <script>", "not signed in"):
        assert told in shown

    assert run(stage, monkeypatch, "close", first.reference, first.reference)[0] == 0
    assert run(stage, monkeypatch, "list")[1].split()[0] == second.reference
    assert "closed 2026-11-20" in run(stage, monkeypatch, "list", "--all")[1]
    code, said = run(stage, monkeypatch, "show", "AAAA-AAAA")
    assert (code, said) == (2, "There is no such request, or it was forgotten.\n")


def test_what_was_closed_is_forgotten_a_month_later(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser)
    stage.clock.advance(1)
    ask(browser, text="La seconda")
    closed, still_open = kept(stage)
    run(stage, monkeypatch, "close", closed.reference)
    stage.clock.advance(29 * 24 * 3600)
    assert closed.reference in run(stage, monkeypatch, "list", "--all")[1]
    stage.clock.advance(2 * 24 * 3600)
    assert run(stage, monkeypatch, "list", "--all")[1].split()[0] == still_open.reference
    assert [one.text for one in kept(stage)] == ["La seconda"]


def test_nothing_a_stranger_typed_commands_the_operators_terminal(
    stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser, name="Anna\u202e\x1b[2J", text="Prima riga\r\nseconda\x1b]0;titolo\x07 \u2066riga")
    _, shown = run(stage, monkeypatch, "show", kept(stage)[0].reference)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert "  Prima riga\n  seconda" in shown


def test_a_database_that_is_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AREA_CLIENTI_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    done = CliRunner().invoke(assistance, ["list"])
    assert (done.exit_code, done.output) == (3, "The portal's database does not answer as it should.\n")
