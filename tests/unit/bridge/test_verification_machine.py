"""A state machine over one customer's codes: whatever the order of events, the rules hold (SECURITY O2, O3)."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.unit.bridge.conftest import build, new_database, wrong


class Codes(RuleBasedStateMachine):
    """The model knows the newest sent code, when it was sent, and how often it was tried."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.bridge = build(new_database(Path(self.folder.name), 0))
        self.verification: str | None = None
        self.code: str | None = None
        self.sent_ms = 0
        self.asked_ms = -(10**15)
        self.tries = 0
        self.consumed = False
        self.old: list[str] = []
        self.approvals = 0
        self.sends = 0

    def teardown(self) -> None:
        self.bridge.worker.close()
        self.bridge.app.state.services.context.database.close()
        self.folder.cleanup()

    def _forget(self) -> None:
        self.old += [self.code] if self.code else []
        self.code, self.tries = None, 0

    @rule()
    def start(self) -> None:
        answer = self.bridge.keycloak.start()
        assert answer.status == 201
        self._forget()
        self.verification, self.consumed, self.asked_ms = answer.json()["id"], False, self.bridge.clock.ms

    @precondition(lambda self: self.verification is not None)
    @rule()
    def resend(self) -> None:
        answer = self.bridge.keycloak.resend(self.verification or "")
        if self.consumed:
            assert answer.status == 409
        elif self.bridge.clock.ms < self.asked_ms + 30_000:
            assert answer.status == 429
        else:
            assert answer.status == 200
            self._forget()
            self.asked_ms = self.bridge.clock.ms

    @rule()
    def deliver(self) -> None:
        for message in self.bridge.deliver():
            self.code, self.sent_ms = message.code, self.bridge.clock.ms
            self.sends += 1

    @rule(seconds=st.sampled_from([1, 29, 31, 60, 120, 121, 700]))
    def wait(self, seconds: int) -> None:
        self.bridge.clock.advance(seconds)

    @precondition(lambda self: self.verification is not None and self.code is not None)
    @rule()
    def try_the_newest_code(self) -> None:
        status = self._check(self.code or "")
        if status == "approved":
            assert not self.consumed
            assert self.bridge.clock.ms - self.sent_ms <= 120_000
            assert self.tries < 3
            self.consumed = True
            self.approvals += 1
        elif self.consumed:
            assert status == "consumed"
        else:
            assert status in ("expired", "exhausted")

    @precondition(lambda self: self.verification is not None)
    @rule(data=st.data())
    def try_another_code(self, data: st.DataObject) -> None:
        choices = [one for one in [*self.old, wrong(self.code or "000000")] if one != self.code]
        status = self._check(data.draw(st.sampled_from(choices)))
        assert status != "approved"
        if status == "wrong":
            self.tries += 1
        assert self.tries <= 3

    def _check(self, code: str) -> str:
        return str(self.bridge.keycloak.check(self.verification or "", code=code).json()["status"])

    @invariant()
    def approvals_never_outnumber_sends(self) -> None:
        assert self.approvals <= self.sends


TestCodes = Codes.TestCase
TestCodes.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
