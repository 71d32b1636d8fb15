"""The portal's tables under parallel use, on both engines: of many at once one wins, and nobody sees an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Engine

from adapters.flask_portal.repository import open_engine, upgrade
from adapters.flask_portal.repository.attempts import AttemptStore
from adapters.flask_portal.repository.flows import Flow, FlowStore
from adapters.flask_portal.repository.operations import Domicile, Operation, OperationStore
from adapters.flask_portal.repository.sessions import Owner, SessionStore
from tests.support.databases import Databases
from tests.unit.portal.conftest import Browser, Stage

NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
THREADS = 12
T = TypeVar("T")


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    opened = open_engine(databases(upgrade))
    yield opened
    opened.dispose()


def at_once(act: Callable[[int], T]) -> list[T]:
    barrier = Barrier(THREADS)

    def run(number: int) -> T:
        barrier.wait(30)
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def operation(number: int = 0, **changes: object) -> Operation:
    values: dict[str, object] = {
        "id": f"operation-{number}",
        "brand": "generali",
        "kind": "domicile",
        "subject": "subject",
        "customer_code": "C" * 64,
        "text": "è una prova: «Via Forlì 1»",
        "payload": {"street": "Via Forlì 1", "nested": [1, None, "ü"]},
        "status": "pending",
        "created_at": NOW,
        "expires_at": LATER,
        "nonce": f"nonce-{number}",
    }
    return Operation(**(values | changes))  # type: ignore[arg-type]


def domicile(number: int) -> Domicile:
    return Domicile(f"Via {number}", "10121", "Torino", "TO", "IT")


def flow(**changes: object) -> Flow:
    values: dict[str, object] = {
        "id": "flow",
        "brand": "generali",
        "purpose": "registration",
        "locale": "it",
        "kind": "person",
        "greeting_name": "Niccolò",
        "channel": "email",
        "contact": "n@example.it",
        "customer_code": None,
        "verification_id": None,
        "status": "waiting",
        "attempts_left": 3,
        "resend_at": NOW,
        "code_expires_at": LATER,
        "expires_at": LATER,
    }
    return Flow(**(values | changes))  # type: ignore[arg-type]


def test_what_is_stored_comes_back_the_same_times_and_texts_included(engine: Engine) -> None:
    operations, flows, sessions = OperationStore(engine), FlowStore(engine), SessionStore(engine)
    stored = operation(asked_at=NOW)
    operations.add(stored)
    assert operations.of_customer(stored.id, stored.brand, stored.customer_code) == stored
    flows.add(flow())
    assert flows.by_id("flow", NOW) == flow()
    data = {"binding": "x", "nested": {"è": [1.5, True, None]}}
    sessions.insert("f", data, Owner("generali", "subject", "sid"), NOW)
    loaded = sessions.load("f")
    assert loaded is not None
    assert (loaded.data, loaded.created_at, loaded.last_seen_at) == (data, NOW, NOW)


def test_limits_in_time_hold_to_the_microsecond(engine: Engine) -> None:
    flows = FlowStore(engine)
    flows.add(flow())
    assert flows.by_id("flow", LATER - timedelta(microseconds=1)) is not None
    assert flows.by_id("flow", LATER) is None


def test_of_many_confirmations_of_one_operation_one_writes(engine: Engine) -> None:
    store = OperationStore(engine)
    store.add(operation())
    assert sum(at_once(lambda number: store.confirm_domicile(operation(), domicile(number), NOW))) == 1


def test_first_domiciles_of_one_customer_at_once_are_all_confirmed_and_one_stands(engine: Engine) -> None:
    store = OperationStore(engine)
    for number in range(THREADS):
        store.add(operation(number))
    confirmed = at_once(lambda number: store.confirm_domicile(operation(number), domicile(number), NOW))
    assert confirmed == [True] * THREADS
    assert store.domicile("C" * 64) in [domicile(number) for number in range(THREADS)]


def test_of_many_nonces_asked_at_once_the_one_that_stands_confirms(engine: Engine) -> None:
    store = OperationStore(engine)
    store.add(operation())
    assert all(at_once(lambda number: store.ask("operation-0", f"asked-{number}", NOW)))
    results = at_once(lambda number: store.confirm_domicile(operation(nonce=f"asked-{number}"), domicile(number), NOW))
    assert sum(results) == 1


def test_attempts_at_once_never_pass_their_limit(engine: Engine) -> None:
    store = AttemptStore(engine)
    assert sum(at_once(lambda _: store.admit("scope", "subject", limit=5, until=LATER))) == 5


def test_a_flow_proved_by_many_at_once_is_proved_by_one(engine: Engine) -> None:
    store = FlowStore(engine)
    store.add(flow())
    changed = at_once(lambda number: store.change(flow(), {"waiting"}, status="proved", proof=f"proof-{number}"))
    assert len({one.proof for one in changed}) == 1


def test_a_logout_token_is_spent_once(engine: Engine) -> None:
    store = SessionStore(engine)
    assert sum(at_once(lambda _: store.spend_logout_token("jti", LATER))) == 1


def test_a_late_answer_does_not_bring_back_a_session_that_was_ended(engine: Engine) -> None:
    store = SessionStore(engine)
    owner = Owner("generali", "subject", "sid")
    store.insert("f", {}, owner, NOW)
    at_once(
        lambda number: (
            store.update("f", {"n": number}, owner, NOW) if number % 4 else store.end_by_keycloak_sid("generali", "sid")
        )
    )
    assert store.load("f") is None


@pytest.mark.parametrize("path", ["/generali/polizze/a%00b", "/generali/accesso?poi=%00", "/generali/\0"])
def test_a_nul_in_an_address_is_refused_as_unreadable(browser: Browser, path: str) -> None:
    browser.sign_in()
    assert browser.get(path).status_code in (400, 404)


def test_a_nul_in_a_form_is_refused_as_unreadable(browser: Browser) -> None:
    browser.get("/generali/recupero")
    answer = browser.post("/generali/recupero", {"username": "anna\0@example.it"})
    assert answer.status_code == 400


def test_an_address_to_come_back_to_of_any_length_starts_a_sign_in(browser: Browser, stage: Stage) -> None:
    answer = browser.get("/generali/accesso?poi=/generali/polizze/" + "9" * 2000)
    assert answer.status_code in (302, 303)
