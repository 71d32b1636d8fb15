"""Readiness tells the truth: database, schema, and a worker that shows it is alive."""

import threading
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from sms_gateway_bridge import heartbeats
from sms_gateway_bridge.providers.base import Outgoing, Submission
from tests.unit.bridge.conftest import Bridge, RecordingProvider


def ready(bridge: Bridge) -> tuple[int, dict[str, Any]]:
    answer = bridge.keycloak.transport("GET", "/readyz", {}, b"")
    return answer.status, answer.json()


def test_without_any_worker_the_bridge_is_not_ready_and_says_why(bridge: Bridge) -> None:
    parts = {"database": "ok", "schema": "ok", "worker": "failed"}
    assert ready(bridge) == (503, {"status": "unavailable", "parts": parts})


def test_an_idle_workers_first_round_makes_it_ready(bridge: Bridge) -> None:
    bridge.worker.run_once()
    assert ready(bridge) == (200, {"status": "ok", "parts": {"database": "ok", "schema": "ok", "worker": "ok"}})


def test_a_worker_counts_as_alive_for_thirty_seconds_after_its_last_sign(bridge: Bridge) -> None:
    bridge.worker.run_once()
    bridge.clock.advance(30)
    assert ready(bridge)[0] == 200
    bridge.clock.advance(0.001)
    assert ready(bridge)[1]["parts"]["worker"] == "failed"


def test_one_living_worker_is_enough(bridge: Bridge) -> None:
    heartbeats.beat(bridge.context.database, "one that died")
    bridge.clock.advance(60)
    bridge.worker.run_once()
    assert ready(bridge)[0] == 200


def test_a_worker_beats_again_after_five_seconds_and_not_at_every_round(bridge: Bridge) -> None:
    now = [0.0]
    bridge.worker._monotonic = lambda: now[0]
    seen = []
    for seconds in (0, 4, 5, 6, 10):
        now[0] = seconds
        bridge.clock.advance(1)
        bridge.worker.run_once()
        seen.append(bridge.query("SELECT seen_ms FROM heartbeats")[0]["seen_ms"])
    assert len(set(seen)) == 3


def test_a_stopped_worker_is_missed_at_once(bridge: Bridge) -> None:
    bridge.worker.run_once()
    bridge.worker.close()
    assert ready(bridge)[1]["parts"]["worker"] == "failed"


def test_a_worker_whose_provider_hangs_still_shows_that_it_lives(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, let_go = threading.Event(), threading.Event()

    class Hanging(RecordingProvider):
        def _submit(self, message: Outgoing) -> Submission:
            entered.set()
            let_go.wait(30)
            return super()._submit(message)

    monkeypatch.setattr(heartbeats, "BEAT_EVERY_S", 0.01)
    bridge.worker._submitting._providers = {"mobile": Hanging(), "email": Hanging()}
    bridge.keycloak.start()
    rounds = threading.Thread(target=bridge.worker.run_once)
    rounds.start()
    try:
        assert entered.wait(10)
        bridge.clock.advance(60)
        deadline = threading.Event()
        while ready(bridge)[0] != 200 and not deadline.wait(0.01):
            assert rounds.is_alive()
    finally:
        let_go.set()
        rounds.join()


def test_a_database_that_is_away_or_lacks_its_schema_is_named(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    bridge.worker.run_once()
    bridge.change("UPDATE alembic_version_bridge SET version_num = '0000'")
    assert ready(bridge)[1]["parts"] == {"database": "ok", "schema": "failed", "worker": "unknown"}

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(bridge.app.state.services.context.database.engine, "connect", away)
    status, body = ready(bridge)
    assert (status, body["parts"]) == (503, {"database": "failed", "schema": "unknown", "worker": "unknown"})
