"""What a worker has in hand: providers are handed no more than they take, the next at once, and codes first."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from sms_gateway_bridge.providers.base import OnSubmission, Outgoing, Provider, Submission
from tests.unit.bridge.conftest import Bridge

CAPACITY = 3


class Slow(Provider):
    """Takes so many at once, and is done with one when told."""

    name = "slow"
    channels = frozenset({"mobile", "email"})
    capacity = CAPACITY

    def __init__(self) -> None:
        self.under_way: list[tuple[Outgoing, OnSubmission]] = []
        self.taken: list[str] = []
        self.validities: list[int] = []

    def start(self, message: Outgoing, answered: OnSubmission) -> bool:
        self.under_way.append((message, answered))
        self.taken.append(message.purpose)
        self.validities.append(message.validity_s)
        return True

    def finish(self, count: int) -> None:
        for _ in range(count):
            message, answered = self.under_way.pop(0)
            answered(Submission("sent", reference=message.id, provider=self.name))


@pytest.fixture
def slow(bridge: Bridge) -> Slow:
    provider = Slow()
    bridge.worker._submitting._providers = {"mobile": provider}
    return provider


def notices(bridge: Bridge, count: int) -> None:
    for number in range(count):
        bridge.portal.send_message(f"key-{number}", channel="mobile", to=f"+3932012345{number:02d}")


def codes(bridge: Bridge, count: int) -> None:
    for number in range(count):
        bridge.keycloak.start(to=f"+3932076543{number:02d}", customer_code=f"G{number}")


def test_the_provider_never_has_more_than_it_takes_and_notices_are_claimed_ahead(bridge: Bridge, slow: Slow) -> None:
    submitting = bridge.worker._submitting
    notices(bridge, 20)
    assert submitting.turn() == CAPACITY
    slow.finish(CAPACITY)
    assert slow.under_way == []
    assert submitting.turn() == CAPACITY + 2 * CAPACITY, "as many more as were finished meanwhile"
    assert len(slow.under_way) == CAPACITY
    slow.finish(1)
    assert len(slow.under_way) == CAPACITY, "the next one at once"
    assert submitting.turn() == 1, "what waits is enough"
    while slow.under_way:
        slow.finish(1)
        assert len(slow.under_way) <= CAPACITY
    while submitting.turn():
        slow.finish(len(slow.under_way))
    assert {row["state"] for row in bridge.query("SELECT state FROM messages")} == {"sent"}
    assert submitting.is_idle


def test_codes_go_before_the_notices_that_wait_and_are_not_claimed_ahead(bridge: Bridge, slow: Slow) -> None:
    submitting = bridge.worker._submitting
    notices(bridge, 9)
    submitting.turn()
    slow.finish(CAPACITY)
    submitting.turn()
    codes(bridge, 7)
    assert submitting.turn() == CAPACITY
    claimed = bridge.query("SELECT id FROM messages WHERE kind = 'code' AND state = 'sending'")
    assert len(claimed) == CAPACITY
    slow.finish(CAPACITY)
    assert slow.taken[-CAPACITY:] == ["access"] * CAPACITY


def test_what_was_sent_is_written_down_though_nothing_more_can_be_claimed(
    bridge: Bridge, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitting = bridge.worker._submitting
    notices(bridge, 2 * CAPACITY)
    submitting.turn()
    slow.finish(CAPACITY)

    def claim(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as patched:
        patched.setattr("sms_gateway_bridge.submitting.claim", claim)
        with pytest.raises(LookupError):
            submitting.turn()
    states = Counter(row["state"] for row in bridge.query("SELECT state FROM messages"))
    assert states == {"sent": CAPACITY, "queued": CAPACITY}
    assert submitting.turn() == CAPACITY, "the others are claimed once that can be done"


def test_what_waited_is_worth_less_and_what_waited_too_long_is_held_up(bridge: Bridge, slow: Slow) -> None:
    submitting, now = bridge.worker._submitting, [0.0]
    submitting._monotonic = lambda: now[0]
    notices(bridge, 9)
    submitting.turn()
    slow.finish(CAPACITY)
    submitting.turn()
    full = slow.validities[-1]
    now[0] = 12.5
    slow.finish(1)
    assert slow.validities[-1] == full - 12
    now[0] = 30.0
    slow.finish(3)
    assert slow.under_way == []
    submitting.collect()
    reasons = bridge.query("SELECT state, reason FROM messages WHERE reason IS NOT NULL")
    assert [dict(row) for row in reasons] == [{"state": "sending", "reason": "held_up"}] * 2


def test_a_provider_that_answers_at_once_is_handed_any_number(bridge: Bridge) -> None:
    class Prompt(Slow):
        capacity = 200

        def start(self, message: Outgoing, answered: OnSubmission) -> bool:
            super().start(message, answered)
            self.finish(1)
            return True

    provider = Prompt()
    bridge.worker._submitting._providers = {"mobile": provider}
    submitting = bridge.worker._submitting
    entries = [
        {
            "idempotency_key": f"k{number}",
            "brand": "generali",
            "channel": "mobile",
            "to": f"+3932{number:08d}",
            "locale": "it",
            "template": "recovery-completed",
        }
        for number in range(500)
    ]
    assert bridge.portal.request("POST", "/v1/messages/batch", {"messages": entries}).status == 202
    while submitting.turn():
        pass
    assert len(provider.taken) == 500


def test_providers_that_answer_from_many_threads_lose_nothing(bridge: Bridge) -> None:
    class Threaded(Slow):
        def start(self, message: Outgoing, answered: OnSubmission) -> bool:
            def answer() -> None:
                time.sleep(0.001)
                answered(Submission("sent", reference=message.id, provider=self.name))

            threading.Thread(target=answer).start()
            return True

    bridge.worker._submitting._providers = {"mobile": Threaded()}
    notices(bridge, 40)
    bridge.deliver()
    assert {row["state"] for row in bridge.query("SELECT state FROM messages")} == {"sent"}
