"""A state machine over messages: whatever providers, receipts, crashes and clocks do, their rules hold (B2, B3, B4)."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.messages.queue import LEASE_S, claim, settle_overdue
from sms_gateway_bridge.messages.states import ORDER
from sms_gateway_bridge.providers.base import Outcome, Outgoing, Submission
from tests.support.databases import Databases
from tests.unit.bridge.conftest import Bridge, RecordingProvider, build, room
from tests.unit.bridge.test_delivery_receipts import provider_of

THEN = st.sampled_from(["sent", "sent", "failed", "unknown", "retry", "the worker dies", None])
"""What the worker meets then; None: it does nothing yet. Part of most rules, for Hypothesis leaves some rules out."""

WORDS = ("accepted", "delivered", "undelivered", "expired", "teleported")


class Telling(RecordingProvider):
    """Does as told with every message, and remembers when it was handed over and what was said."""

    name = "outbox"

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.outcome: Outcome = "sent"
        self.handed: dict[str, list[tuple[int, Outcome]]] = defaultdict(list)
        self._bridge = bridge

    def _submit(self, message: Outgoing) -> Submission:
        self.handed[message.id].append((self._bridge.clock.ms, self.outcome))
        return Submission(self.outcome, reference=f"r-{message.id}" if self.outcome == "sent" else None)


class Messages(RuleBasedStateMachine):
    """The model knows which id each key got, how far each message has come, and who was handed what."""

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self.bridge = build(database_url)
        self.provider = Telling(self.bridge)
        self.bridge.worker._submitting._providers = {"mobile": self.provider, "email": self.provider}
        self.ids: dict[str, str] = {}
        self.furthest: dict[str, int] = {}

    def teardown(self) -> None:
        self.provider.outcome = "sent"
        for _ in range(3):
            self.bridge.clock.advance(LEASE_S + 31)
            settle_overdue(self.bridge.context.database)
            self.bridge.deliver()
        self.rules_hold()
        left = {row["state"] for row in self._rows()} & {"queued", "sending"}
        self.bridge.worker.close()
        self.bridge.app.state.services.context.close()
        assert not left, "every message comes to an end"

    def _rows(self) -> list[dict[str, object]]:
        return [dict(row) for row in self.bridge.query("SELECT id, kind, state, expires_ms, caller FROM messages")]

    def _then(self, then: str | None) -> None:
        if then == "the worker dies":
            claim(self.bridge.context.database, self.bridge.context.hasher, "worker-that-dies", room(2))
        elif then is not None:
            self.provider.outcome = then  # type: ignore[assignment]
            self.bridge.worker.run_once()

    @rule(key=st.sampled_from("abcd"), then=THEN)
    def send_a_notice(self, key: str, then: str | None) -> None:
        answer = self.bridge.portal.send_message(key, to=f"{key}@example.com")
        assert answer.status == 202
        assert self.ids.setdefault(key, answer.json()["id"]) == answer.json()["id"]
        assert self.bridge.portal.send_message(key, to="other@example.com").status == 422
        self._then(then)

    @rule(customer=st.sampled_from("XYZ"), then=THEN)
    def start_a_verification(self, customer: str, then: str | None) -> None:
        number = f"+39320123456{'XYZ'.index(customer)}"
        assert self.bridge.keycloak.start(customer_code=customer, to=number).status == 201
        self._then(then)

    @rule(seconds=st.sampled_from([1, 5, 31, 121, 700]), then=THEN)
    def wait(self, seconds: int, then: str | None) -> None:
        self.bridge.clock.advance(seconds)
        self._then(then)

    @rule()
    def settle(self) -> None:
        settle_overdue(self.bridge.context.database)

    @precondition(lambda self: self.provider.handed)
    @rule(data=st.data(), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    def receipts_come(self, data: st.DataObject, words: list[str]) -> None:
        message = data.draw(st.sampled_from(sorted(self.provider.handed)))
        reference = data.draw(st.sampled_from([message, f"r-{message}", "r-msg_of_nobody"]))
        for word in words:
            body = {"reference": reference, "status": word}
            assert provider_of(self.bridge).request("POST", "/v1/receipts/outbox", body).status == 202
            receipts.apply(self.bridge.context.database)
            self.rules_hold()
        forged = {"reference": message, "status": "delivered"}
        assert self.bridge.portal.request("POST", "/v1/receipts/outbox", forged).status == 401

    @invariant()
    def rules_hold(self) -> None:
        for row in self._rows():
            name, state = str(row["id"]), str(row["state"])
            assert ORDER.index(state) >= self.furthest.get(name, 0), f"{state} is a step back"  # type: ignore[arg-type]
            self.furthest[name] = ORDER.index(state)  # type: ignore[arg-type]
            handed = self.provider.handed.get(name, [])
            assert all(at < int(str(row["expires_ms"])) for at, _ in handed), "nothing is handed over too late"
            taken = [outcome for _, outcome in handed if outcome != "retry"]
            # Where a message was taken, or perhaps taken, it is never handed over again.
            assert len(taken) <= 1, f"handed over {len(taken)} times"


def test_whatever_happens_to_messages_their_rules_hold(databases: Databases) -> None:
    run_state_machine_as_test(
        lambda: Messages(databases(upgrade)),
        settings=settings(max_examples=15, stateful_step_count=30, deadline=None),
    )
