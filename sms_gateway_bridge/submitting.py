"""What a worker has under way: claimed messages on their way to providers, and outcomes on their way to the database.

Every channel has room of its own, so that a slow relay never keeps codes waiting. Outcomes are written together, as
many as have come in; while the database is away they are kept here, and a worker that dies with them leaves `unknown`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue

import structlog

from sms_gateway_bridge import logs
from sms_gateway_bridge.context import Context
from sms_gateway_bridge.messages.outgoing import compose
from sms_gateway_bridge.messages.queue import LEASE_S, Claim, Settled, claim, has_due, settle
from sms_gateway_bridge.providers.base import HELD_UP, Outgoing, Provider, Submission
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
        self._finished: SimpleQueue[tuple[Claim, Submission]] = SimpleQueue()
        self._unrecorded: list[tuple[Claim, Submission]] = []
        self._under_way: Counter[str] = Counter()
        self._more_is_due = False
        self._lock = threading.Lock()
        self._log = structlog.get_logger()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way or waits to be written down."""
        return not self._under_way.total() and not self._unrecorded

    @property
    def more_is_due(self) -> bool:
        """Whether the last `take` had to leave something, or may have."""
        return self._more_is_due

    def take(self) -> int:
        """Claim and submit what is due, codes before notices; returns how many."""
        taken = 0
        self._more_is_due = False
        for channel, provider in self._providers.items():
            room = (provider.capacity or self._settings.threads) - self._under_way[channel]
            if room <= 0:
                self._more_is_due = True
                continue
            if not has_due(self._context.database, channel):
                continue
            began = self._monotonic()
            count = min(room, CLAIMED_AT_ONCE)
            claims = claim(self._context.database, self._context.hasher, self._name, count, channel=channel)
            self._under_way[channel] += len(claims)
            for one in claims:
                self._launch(one, provider, began)
            taken += len(claims)
            self._more_is_due |= len(claims) == count
        return taken

    def collect(self) -> int:
        """Write down, in one transaction, every outcome that has come in; how many. Raises `UnavailableError`."""
        while True:
            try:
                self._unrecorded.append(self._finished.get_nowait())
            except Empty:
                break
        if not self._unrecorded:
            return 0
        settle(self._context.database, self._name, [_settled(*one) for one in self._unrecorded])
        done, self._unrecorded = self._unrecorded, []
        for one, _ in done:
            self._under_way[one.row["channel"]] -= 1
        return len(done)

    def close(self) -> None:
        """Wait for the threads; what is still under way with a provider is that provider's to end."""
        self._pool.shutdown(wait=True)

    def _launch(self, one: Claim, provider: Provider, began: float) -> None:
        try:
            outgoing = compose(self._context, self._settings, one)
            future = self._begin(outgoing, provider, began)
        except Exception as error:
            self._log.error("message_failed", message_id=one.row["id"], **logs.where(error))
            self._finish(one, Submission("failed", reason="internal_error"))
            return
        future.add_done_callback(lambda done: self._finish(one, done.result()))

    def _begin(self, outgoing: Outgoing, provider: Provider, began: float) -> Future[Submission]:
        if self._is_too_late(outgoing, began):
            held_up: Future[Submission] = Future()
            held_up.set_result(Submission("retry", reason=HELD_UP))
            return held_up
        return provider.start(outgoing) or self._pool.submit(provider.submit, outgoing)

    def _is_too_late(self, outgoing: Outgoing, began: float) -> bool:
        # A worker that was stopped in between must not send what has expired or what another one has taken over.
        waited_s = self._monotonic() - began
        return waited_s >= LEASE_S or waited_s >= outgoing.validity_s

    def _finish(self, one: Claim, submission: Submission) -> None:
        self._finished.put((one, submission))
        self._on_change()


def _settled(one: Claim, submission: Submission) -> Settled:
    return Settled(
        message_id=one.row["id"],
        outcome=submission.outcome,
        provider=submission.provider,
        reference=submission.reference,
        reason=submission.reason,
        submissions=one.row["submissions"],
    )
