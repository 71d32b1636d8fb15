"""The health check of a worker's container tells the truth about that worker, and about no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from sms_gateway_bridge import alive, heartbeats
from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.upgrade import upgrade


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/bridge.db"
    upgrade(url)
    monkeypatch.setenv("SMS_BRIDGE_DATABASE_URL", url)
    return url


def _beat(url: str, worker: str, ago_s: int = 0) -> None:
    now = Database(url).now_ms
    database = Database(url, clock=lambda connection: now(connection) - ago_s * 1000)
    heartbeats.beat(database, worker)
    database.close()


def test_a_worker_of_this_host_with_a_fresh_heartbeat_is_alive(url: str) -> None:
    assert alive.main() == 1
    _beat(url, heartbeats.new_name())
    assert alive.main() == 0


def test_another_hosts_worker_says_nothing_about_this_one(url: str) -> None:
    _beat(url, "another-host-1-00000000")
    assert alive.main() == 1


def test_an_old_heartbeat_is_no_life(url: str) -> None:
    _beat(url, heartbeats.new_name(), ago_s=heartbeats.ALIVE_FOR_S + 2)
    assert alive.main() == 1


def test_without_its_database_a_worker_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_BRIDGE_DATABASE_URL", "postgresql://bridge@127.0.0.1:1/nowhere")
    assert alive.main() == 1
    monkeypatch.delenv("SMS_BRIDGE_DATABASE_URL")
    assert alive.main() == 1
