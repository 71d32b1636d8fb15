"""A disk on which nothing more can be written: an honest 503, nothing acknowledged is lost, and recovery by itself."""

from __future__ import annotations

import resource
import time
from collections import Counter
from pathlib import Path

import pytest
import requests

from tests.integration.bridge.test_running_bridge import RunningBridge, running
from tests.support.bridge_client import outbox

pytestmark = [
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of other processes are Linux's"),
    pytest.mark.timeout(120),
]


def let_files_grow(bridge: RunningBridge, *, to: int) -> None:
    """Let both processes write no further than so many bytes into any file; -1: as far as they want."""
    for process in bridge.processes:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (to, -1))  # type: ignore[attr-defined]


def post(bridge: RunningBridge, number: int) -> int:
    answer = bridge.client("portal").send_message(f"key-{number}", to=f"n{number}@example.com")
    if answer.status == 503:
        assert answer.json()["code"] == "unavailable"
        assert "retry-after" in answer.headers
    return answer.status


def arrived(bridge: RunningBridge, count: int) -> Counter[str]:
    """How often each contact got a message, once that many did."""
    deadline = time.monotonic() + 40
    while True:
        found = Counter(message["to"] for message in outbox(bridge.url))
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {count} arrived"
        time.sleep(0.1)


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/bridge.db") as bridge:
        accepted = [number for number in range(10) if post(bridge, number) == 202]
        assert len(accepted) == 10
        let_files_grow(bridge, to=0)
        assert {post(bridge, number) for number in range(10, 15)} == {503}
        assert bridge.client("keycloak").start().status == 503
        assert requests.get(f"{bridge.url}/healthz", timeout=5).status_code == 200
        let_files_grow(bridge, to=-1)
        # Whoever was refused asks again, and so does whoever is not sure.
        assert {post(bridge, number) for number in range(15)} == {202}
        assert arrived(bridge, 15) == Counter({f"n{number}@example.com": 1 for number in range(15)})
        verification = bridge.client("keycloak").start(to="+393201110077").json()["id"]
        assert bridge.client("keycloak").show(verification).json()["status"] == "pending"
