"""A state machine over one customer's codes: whatever the order of events, the rules hold (SECURITY O2, O3)."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sms_gateway_bridge.db.upgrade import upgrade
from tests.support.databases import Databases
from tests.unit.bridge.conftest import build, wrong


class Codes(RuleBasedStateMachine):
    """The model knows the newest sent code, whose it is, when it was sent, and how often it was tried.

    `verification` is the one asked for last, `owner` the one a message was last queued for: a send that is held back by
    the budgets leaves the owner's code as good as it was, and the one asked for last without any.
    """

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self.bridge = build(database_url)
        self.verification: str | None = None
        self.owner: str | None = None
        self.code: str | None = None
        self.sent_ms = 0
        self.asked_ms = -(10**15)
        self.tries = 0
        self.consumed: set[str] = set()
        self.old: list[str] = []
        self.queued = 0
        self.sends = 0

    def teardown(self) -> None:
        self.bridge.worker.close()
        self.bridge.app.state.services.context.close()

    def _forget(self) -> None:
        self.old += [self.code] if self.code else []
        self.code, self.tries = None, 0

    def _admitted(self) -> bool:
        before, self.queued = self.queued, len(self.bridge.query("SELECT id FROM messages"))
        return self.queued > before

    def _works(self) -> bool:
        return self.bridge.clock.ms - self.sent_ms <= 120_000 and self.tries < 3

    @rule()
    def start(self) -> None:
        answer = self.bridge.keycloak.start()
        assert answer.status == 201
        self.verification, self.asked_ms = answer.json()["id"], self.bridge.clock.ms
        if self._admitted():
            self._forget()
            self.owner = self.verification

    @precondition(lambda self: self.verification is not None)
    @rule()
    def resend(self) -> None:
        answer = self.bridge.keycloak.resend(self.verification or "")
        if self.verification in self.consumed:
            assert answer.status == 409
        elif self.bridge.clock.ms < self.asked_ms + 30_000:
            assert answer.status == 429
        else:
            assert answer.status == 200
            self.asked_ms = self.bridge.clock.ms
            if self._admitted():
                self._forget()
                self.owner = self.verification
            elif self.owner == self.verification and not self._works():
                self._forget()

    @rule()
    def deliver(self) -> None:
        for message in self.bridge.deliver():
            self.code, self.sent_ms = message.code, self.bridge.clock.ms
            self.sends += 1

    @rule(seconds=st.sampled_from([1, 29, 31, 60, 120, 121, 700]))
    def wait(self, seconds: int) -> None:
        self.bridge.clock.advance(seconds)

    @precondition(lambda self: self.code is not None)
    @rule()
    def try_the_newest_code(self) -> None:
        status = self._check(self.owner, self.code or "")
        if status == "approved":
            assert self.owner not in self.consumed
            assert self._works()
            self.consumed.add(self.owner or "")
        elif self.owner in self.consumed:
            assert status == "consumed"
        else:
            assert status == "exhausted" or (status == "expired" and not self._works())

    @precondition(lambda self: self.code is not None and self.owner != self.verification)
    @rule()
    def try_the_newest_code_where_it_does_not_belong(self) -> None:
        assert self._check(self.verification, self.code or "") != "approved"

    @precondition(lambda self: self.owner is not None)
    @rule(data=st.data())
    def try_another_code(self, data: st.DataObject) -> None:
        choices = [one for one in [*self.old, wrong(self.code or "000000")] if one != self.code]
        status = self._check(self.owner, data.draw(st.sampled_from(choices)))
        assert status != "approved"
        if status == "wrong":
            self.tries += 1
        assert self.tries <= 3

    def _check(self, verification: str | None, code: str) -> str:
        return str(self.bridge.keycloak.check(verification or "", code=code).json()["status"])

    @invariant()
    def approvals_never_outnumber_sends(self) -> None:
        assert len(self.consumed) <= self.sends


def test_whatever_the_order_of_events_the_rules_of_codes_hold(databases: Databases) -> None:
    run_state_machine_as_test(
        lambda: Codes(databases(upgrade)),
        settings=settings(max_examples=12, stateful_step_count=25, deadline=None),
    )
