"""SECURITY R1: the time of an answer does not tell who is on file, by the two-sample Kolmogorov-Smirnov test.

Each path is asked in random order about somebody known and about nobody, both of which read the same answer. The same
measurement without the pace shows that it would see the difference.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from adapters.flask_portal.services import budgets
from adapters.flask_portal.services.pace import Pace
from tests.support.timing import can_be_told_apart
from tests.unit.portal.conftest import Browser, Stage, csrf_token
from tests.unit.portal.test_recognition import ANNAS, NOBODYS, TAX_PAGE, to_tax_page

# A sound portal fails one run in ten thousand.
ERROR = 1e-4
ANNA_REGISTERED = {"customer_code": "G0000001", "account_state": "registered", "registered": True, "is_username": True}
CONTACT_PAGE, RECOVERY_PAGE = "/generali/registrazione/contatto", "/generali/recupero"

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Path:
    """One form: its page, the service that is paced, and what to send for somebody known and for nobody."""

    page: str
    service: str
    known: dict[str, str]
    unknown: dict[str, str]


TAX_CODE = Path(TAX_PAGE, "recognition", {"tax_id": ANNAS, "proof": "done"}, {"tax_id": NOBODYS, "proof": "done"})
CONTACT = Path(
    CONTACT_PAGE,
    "registration",
    {"channel": "email", "email": "anna.verdi@example.it", "privacy": "1"},
    {"channel": "email", "email": "anna.nobody@example.it", "privacy": "1"},
)
RECOVERY = Path(
    RECOVERY_PAGE, "recovery", {"username": "anna.verdi@example.it"}, {"username": "anna.nobody@example.it"}
)


@pytest.fixture
def ask(stage: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, bool], float]:
    """Send a form and tell how long the answer took; budgets and proof of work, the same for all, are set aside."""
    stage.keycloak.customers["anna.verdi@example.it"] = [ANNA_REGISTERED]
    monkeypatch.setattr(budgets, "LOOKUPS_PER_TAX_ID_A_DAY", 10**6)
    monkeypatch.setattr(budgets, "LOOKUPS_PER_ADDRESS_AN_HOUR", 10**6)
    monkeypatch.setattr(stage.app.extensions["portal"].proof_of_work, "accept", lambda *_: True)
    to_tax_page(browser)
    token = csrf_token(browser.get(RECOVERY_PAGE))
    answers: dict[str, tuple[int, str]] = {}

    def seconds(path: Path, known: bool) -> float:
        form = (path.known if known else path.unknown) | {"csrf_token": token}
        began = time.perf_counter()
        answer = browser.bare_post(path.page, form)
        taken = time.perf_counter() - began
        read = (answer.status_code, answer.headers.get("Location", ""))
        assert answers.setdefault(path.page, read) == read, "the answers already read differently"
        return taken

    return seconds


def _groups(ask: Callable[[Path, bool], float], path: Path, count: int) -> tuple[list[float], list[float]]:
    """So many answers about somebody known and about nobody, in random order."""
    order = [True, False] * (count // 2)
    random.Random(1).shuffle(order)  # noqa: S311
    taken: dict[bool, list[float]] = {True: [], False: []}
    for known in order:
        taken[known].append(ask(path, known))
    return taken[True], taken[False]


@pytest.mark.parametrize(
    ("path", "count"), [(TAX_CODE, 200), (CONTACT, 120), (RECOVERY, 120)], ids=["tax code", "contact", "recovery"]
)
def test_the_time_of_an_answer_does_not_tell_who_is_on_file(
    stage: Stage, ask: Callable[[Path, bool], float], path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpaced = statistics.quantiles(_groups(ask, path, 40)[0], n=10)
    paced = getattr(stage.app.extensions["portal"], path.service)
    monkeypatch.setattr(paced, "_pace", Pace(1.5 * unpaced[-1]))
    known, unknown = _groups(ask, path, count)
    assert not can_be_told_apart(known, unknown, error=ERROR)


def test_without_the_pace_the_measurement_would_tell(ask: Callable[[Path, bool], float]) -> None:
    known, unknown = _groups(ask, TAX_CODE, 80)
    assert can_be_told_apart(known, unknown, error=ERROR)
