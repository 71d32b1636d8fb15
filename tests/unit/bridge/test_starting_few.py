"""Few verifications begin at a time, and nobody is sent a code whom nobody waits for."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sms_gateway_bridge.api import verifications
from sms_gateway_bridge.app import STARTED_AT_ONCE
from tests.unit.bridge.conftest import Bridge


def test_who_waited_too_long_is_told_to_ask_again_and_gets_no_code(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifications, "LONGEST_WAIT_S", 0.2)
    begun, let_go = threading.Semaphore(0), threading.Event()
    start = verifications.starting.start

    def slow_start(*arguments: Any) -> Any:
        begun.release()
        assert let_go.wait(30)
        return start(*arguments)

    monkeypatch.setattr(verifications.starting, "start", slow_start)
    with ThreadPoolExecutor(STARTED_AT_ONCE + 1) as callers:
        first = [
            callers.submit(bridge.keycloak.start, to=f"+39320123456{n}", customer_code=f"G{n}")
            for n in range(STARTED_AT_ONCE)
        ]
        for _ in first:
            assert begun.acquire(timeout=30)
        late = callers.submit(bridge.keycloak.start, to="+393209999999")
        # It waits behind the others for longer than anybody should.
        assert not begun.acquire(timeout=0.5)
        let_go.set()
        answer = late.result(30)
    assert (answer.status, answer.json()["code"]) == (503, "unavailable")
    assert [one.result(30).status for one in first] == [201] * STARTED_AT_ONCE
    assert len(bridge.deliver()) == STARTED_AT_ONCE
