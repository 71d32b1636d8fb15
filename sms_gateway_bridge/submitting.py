"""What a worker has under way: claimed messages on their way to providers, and outcomes on their way to the database.

Every channel has room of its own, so that a slow relay never keeps codes waiting. A provider that is done with one
message is handed the next at once: as many notices are claimed ahead as have ended since the last turn. Codes are not,
since a worker that dies leaves those it holds `unknown`; they go before the notices that wait here. Outcomes are
written together, as many as have come in, and are kept here while the database is away.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue

import structlog

from sms_gateway_bridge import logs
from sms_gateway_bridge.context import Context
from sms_gateway_bridge.errors import UnavailableError
from sms_gateway_bridge.messages.outgoing import compose
from sms_gateway_bridge.messages.queue import LEASE_S, Claim, Room, Settled, claim, settle
from sms_gateway_bridge.providers.base import HELD_UP, OnSubmission, Outgoing, Provider, Submission
from sms_gateway_bridge.settings import WorkerSettings

CLAIMED_AT_ONCE = 200


class Submitting:
    """Claims while there is room, submits, and writes down what became of it. One thread calls it."""

    def __init__(
        self,
        name: str,
        context: Context,
        providers: Mapping[str, Provider],
        settings: WorkerSettings,
        *,
        monotonic: Callable[[], float],
        on_change: Callable[[], None],
    ) -> None:
        self._name = name
        self._context = context
        self._providers = providers
        self._settings = settings
        self._monotonic = monotonic
        self._on_change = on_change
        # As many threads as all channels may need at once: one that is slow takes none of the others'.
        self._pool = ThreadPoolExecutor(settings.threads * len(providers), thread_name_prefix="submit")
        self._lines = {channel: _Line() for channel in providers}
        self._finished: SimpleQueue[tuple[Claim, Submission]] = SimpleQueue()
        self._unrecorded: list[tuple[Claim, Submission]] = []
        self._in_hand: Counter[tuple[str, bool]] = Counter()
        self._log = structlog.get_logger()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way or waits to be written down."""
        return not self._in_hand.total() and not self._unrecorded

    def turn(self) -> int:
        """Write down every outcome that has come in, claim what is due and there is room for, codes before notices, and
        hand it over; how many of both. One transaction. Raises `UnavailableError`: the outcomes wait for the next turn.
        """
        began = self._monotonic()
        self._receive()
        ended = Counter(_kind(one) for one, _ in self._unrecorded)
        room = {channel: self._room(channel, ended) for channel in self._providers}
        outcomes = [_settled(*one) for one in self._unrecorded]
        try:
            claims = claim(self._context.database, self._context.hasher, self._name, room, outcomes)
        except Exception:
            # What was sent is written down, whatever it is that could not be claimed.
            with contextlib.suppress(UnavailableError):
                self.collect()
            raise
        self._forget_recorded()
        for one in claims:
            self._in_hand[_kind(one)] += 1
            self._prepare(one, began)
        for channel in {one.row["channel"] for one in claims}:
            self._hand_over(channel)
        return len(outcomes) + len(claims)

    def collect(self) -> int:
        """Write down every outcome that has come in and claim nothing, as a worker does that ends; how many."""
        self._receive()
        if self._unrecorded:
            settle(self._context.database, self._name, [_settled(*one) for one in self._unrecorded])
        return self._forget_recorded()

    def close(self) -> None:
        """Wait for the threads; what is still under way with a provider is that provider's to end."""
        self._pool.shutdown(wait=True)

    def _receive(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                self._unrecorded.append(self._finished.get_nowait())

    def _forget_recorded(self) -> int:
        done, self._unrecorded = self._unrecorded, []
        self._in_hand.subtract(_kind(one) for one, _ in done)
        return len(done)

    def _room(self, channel: str, ended: Counter[tuple[str, bool]]) -> Room:
        code, notice = (channel, True), (channel, False)
        codes, notices = self._in_hand[code] - ended[code], self._in_hand[notice] - ended[notice]
        capacity, ahead = self._capacity(channel), ended[code] + ended[notice]
        return Room(
            codes=min(capacity - codes, CLAIMED_AT_ONCE),
            notices=min(capacity + ahead - codes - notices, CLAIMED_AT_ONCE),
        )

    def _capacity(self, channel: str) -> int:
        return self._providers[channel].capacity or self._settings.threads

    def _prepare(self, one: Claim, began: float) -> None:
        try:
            outgoing = compose(self._context, self._settings, one)
        except Exception as error:
            self._fail(one, error)
            return
        self._lines[one.row["channel"]].add((one, outgoing, began))

    def _hand_over(self, channel: str) -> None:
        """Give the provider what it has room for; from any thread."""
        self._lines[channel].hand_out(self._capacity(channel), partial(self._launch, channel))

    def _launch(self, channel: str, ready: _Ready) -> None:
        one, outgoing, began = ready
        try:
            self._begin(outgoing, self._providers[channel], began, partial(self._answered, channel, one))
        except Exception as error:
            self._lines[channel].done()
            self._fail(one, error)

    def _answered(self, channel: str, one: Claim, submission: Submission) -> None:
        self._lines[channel].done()
        self._finish(one, submission)
        self._hand_over(channel)

    def _begin(self, outgoing: Outgoing, provider: Provider, began: float, answered: OnSubmission) -> None:
        waited_s = self._monotonic() - began
        # A worker that was stopped in between must not send what has expired or what another one has taken over.
        if waited_s >= LEASE_S or waited_s >= outgoing.validity_s:
            answered(Submission("retry", reason=HELD_UP))
            return
        if waited_s >= 1:
            outgoing = replace(outgoing, validity_s=outgoing.validity_s - int(waited_s))
        if not provider.start(outgoing, answered):
            self._pool.submit(lambda: answered(provider.submit(outgoing)))

    def _fail(self, one: Claim, error: Exception) -> None:
        self._log.error("message_failed", message_id=one.row["id"], **logs.where(error))
        self._finish(one, Submission("failed", reason="internal_error"))

    def _finish(self, one: Claim, submission: Submission) -> None:
        self._finished.put((one, submission))
        self._on_change()


_Ready = tuple[Claim, Outgoing, float]
"""A message, worded, and when it was claimed."""


class _Line:
    """Who waits for one channel's provider."""

    def __init__(self) -> None:
        self._codes: deque[_Ready] = deque()
        self._notices: deque[_Ready] = deque()
        self._with_provider = 0
        self._handing_out = False
        self._lock = threading.Lock()

    def add(self, ready: _Ready) -> None:
        with self._lock:
            (self._notices if ready[0].minted is None else self._codes).append(ready)

    def hand_out(self, capacity: int, give: Callable[[_Ready], None]) -> None:
        """Give what there is room for, codes first. Who comes while another does so leaves it to that one.

        So a provider that answers at once, and thereby asks for more, does not nest.
        """
        with self._lock:
            if self._handing_out:
                return
            self._handing_out = True
        while True:
            with self._lock:
                waiting = self._codes or self._notices
                if not waiting or self._with_provider >= capacity:
                    self._handing_out = False
                    return
                self._with_provider += 1
                ready = waiting.popleft()
            give(ready)

    def done(self) -> None:
        """The provider has room for one more."""
        with self._lock:
            self._with_provider -= 1


def _kind(one: Claim) -> tuple[str, bool]:
    """Its channel, and whether it is a code."""
    return one.row["channel"], one.minted is not None


def _settled(one: Claim, submission: Submission) -> Settled:
    return Settled(
        message_id=one.row["id"],
        outcome=submission.outcome,
        provider=submission.provider,
        reference=submission.reference,
        reason=submission.reason,
        submissions=one.row["submissions"],
    )
