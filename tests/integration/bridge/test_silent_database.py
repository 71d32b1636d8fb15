"""A PostgreSQL that says nothing more, as if its machine had vanished: 503 in time, and nothing is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.errors import UnavailableError
from tests.support.fault_proxy import FaultProxy, running_fault_proxy
from tests.support.postgres import PostgresServer
from tests.unit.bridge.conftest import build

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def line(postgres: PostgresServer) -> Iterator[FaultProxy]:
    with running_fault_proxy(postgres.port) as proxy:
        yield proxy
        proxy.silent = set()
        proxy.reset()


@pytest.fixture
def url(postgres: PostgresServer, line: FaultProxy) -> Iterator[str]:
    """A database that is reached through the line."""
    direct = postgres.new_url(upgrade)
    yield re.sub(r":\d+/", f":{line.port}/", direct)
    postgres.drop(direct)


def test_whoever_asks_is_told_in_time_and_asks_again_afterwards(
    url: str, line: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_gateway_bridge.db.engine.PING_S", 0.5)
    bridge = build(url)
    first = bridge.portal.send_message("before")
    assert first.status == 202
    line.silent = {"there", "back"}
    began = time.monotonic()
    refused = bridge.portal.send_message("meanwhile")
    assert (refused.status, refused.json()["code"]) == (503, "unavailable")
    with pytest.raises(UnavailableError):
        bridge.worker.run_once()
    assert time.monotonic() - began < 30
    line.silent = set()
    line.reset()
    assert bridge.portal.send_message("before").body == first.body
    assert bridge.portal.send_message("meanwhile").status == 202
    assert len(bridge.deliver()) == 2
    bridge.worker.close()
    bridge.app.state.services.context.close()


def test_a_transaction_that_was_under_way_is_given_up(url: str, line: FaultProxy) -> None:
    database = Database(url, longest_transaction_s=0.5)
    began = time.monotonic()

    def go_silent_in_between() -> None:
        with database.write() as connection:
            connection.execute(text("DELETE FROM messages"))
            line.silent = {"back"}
            connection.execute(text("SELECT 1"))

    with pytest.raises(UnavailableError):
        go_silent_in_between()
    assert time.monotonic() - began < 10
    line.silent = set()
    line.reset()
    with database.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


def test_a_use_that_is_over_in_time_is_left_alone(url: str) -> None:
    database = Database(url, longest_transaction_s=1.0)
    for _ in range(8):
        with database.read() as connection:
            connection.execute(text("SELECT pg_sleep(0.3)"))
    assert database.engine.pool.checkedin() == 1, "one connection served all"  # type: ignore[attr-defined]
    database.close()
