"""What the portal's log holds when something breaks after the page was made (SECURITY D1)."""

from __future__ import annotations

import json
import logging
from typing import NoReturn

import pytest
from sqlalchemy.exc import OperationalError

from adapters.flask_portal.repository.sessions import SessionStore
from tests.unit.portal.conftest import Browser

_TYPED = "typed-canary@example.it"


@pytest.mark.parametrize(
    ("broken", "answered"),
    [
        (OperationalError(_TYPED, {}, Exception(_TYPED), connection_invalidated=True), (503, "database_unavailable")),
        (RuntimeError(_TYPED), (500, "unexpected_error")),
    ],
    ids=["database away", "a mistake of ours"],
)
def test_a_page_whose_session_cannot_be_kept_is_logged_once_without_what_was_typed(
    browser: Browser,
    broken: Exception,
    answered: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(*_args: object, **_kwargs: object) -> NoReturn:
        raise broken

    browser.get("/generali/registrazione")
    capfd.readouterr()
    monkeypatch.setattr(SessionStore, "insert", fail)
    answer = browser.post("/generali/registrazione", {"kind": "person"})
    written = capfd.readouterr()
    events = [json.loads(line) for line in (written.out + written.err).splitlines()]
    errors = [one["event"] for one in events if one["level"] != "info"]
    assert (answer.status_code, *errors) == answered
    assert _TYPED not in written.out + written.err
    assert "/generali/registrazione" not in written.out + written.err


def test_a_librarys_warning_is_told_by_its_place(browser: Browser, capfd: pytest.CaptureFixture[str]) -> None:
    browser.get("/generali/")
    capfd.readouterr()
    logging.getLogger("waitress").error("Exception while serving /generali/registrazione/link/%s", _TYPED)
    written = capfd.readouterr()
    assert _TYPED not in written.out + written.err
    (told,) = [json.loads(line) for line in written.out.splitlines()]
    assert told["library"] == "waitress"
    assert "test_logs.py" in told["said_at"]
