"""The way out of one channel: picks a provider for each message, and another one while that is certainly right.

Another provider is asked only when the one before has certainly not taken the message (``retry``), while the message is
worth sending, and early enough for the worker's lease. An ``unknown`` outcome ends the search: a second try could be a
second message. So does ``failed``: whoever refuses a number for good is not gone around.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sms_gateway_bridge.providers.base import HELD_UP, OnReceipt, OnSubmission, Outgoing, Provider, Submission
from sms_gateway_bridge.providers.breaker import Breaker, BreakerState
from sms_gateway_bridge.providers.routes import Routes

ANOTHER_WITHIN_S = 5.0
"""Since the claim; the longest submission after it still ends within the lease."""


@dataclass(frozen=True, slots=True)
class Report:
    """How one provider stands in this process. ``outcomes`` counts submissions since the start, by outcome."""

    provider: str
    channel: str
    ready: bool
    breaker: BreakerState
    under_way: int
    outcomes: Mapping[str, int]


class Router(Provider):
    """Stands where one provider would stand. ``threads``: submissions at once to a provider that takes one a call."""

    def __init__(
        self,
        channel: str,
        providers: Sequence[Provider],
        routes: Routes | None = None,
        *,
        threads: int = 8,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = f"router-{channel}"
        self.channels = frozenset({channel})
        self._channel = channel
        self._providers = {provider.name: provider for provider in providers}
        self._routes = routes or Routes.in_order(list(self._providers))
        self._breakers = {name: Breaker(monotonic) for name in self._providers}
        self._monotonic = monotonic
        # Of one provider, not of all: what a first choice has no room for waits for it, and is not spilt on to others.
        self.capacity = max(provider.capacity or threads for provider in providers)
        self._pool = ThreadPoolExecutor(
            max(1, sum(threads for provider in providers if provider.capacity is None)),
            thread_name_prefix=f"submit-{channel}",
        )
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._outcomes: dict[str, Counter[str]] = {name: Counter() for name in self._providers}
        self._drained: frozenset[str] = frozenset()

    def drain(self, names: Collection[str]) -> None:
        """Hand these providers nothing more; what they have under way ends by itself."""
        self._drained = frozenset(names)

    def reports(self) -> list[Report]:
        """How each provider stands."""
        with self._lock:
            return [
                Report(
                    name,
                    self._channel,
                    provider.is_ready,
                    self._breakers[name].state,
                    self._under_way[name],
                    dict(self._outcomes[name]),
                )
                for name, provider in self._providers.items()
            ]

    @property
    def is_ready(self) -> bool:
        """Whether some provider would take a message now."""
        return any(
            provider.is_ready and name not in self._drained and self._breakers[name].state != "open"
            for name, provider in self._providers.items()
        )

    def start(self, message: Outgoing, answered: OnSubmission) -> bool:
        """Submit without waiting; it is told the last provider's word."""
        ways = iter(self._routes.ways(message))
        self._next(message, ways, answered, self._monotonic(), Submission("failed", reason="no_route"))
        return True

    def _next(
        self, message: Outgoing, ways: Iterator[str], answered: OnSubmission, began: float, last: Submission
    ) -> None:
        for name in ways:
            # A provider that was passed over has not been asked: the message waits for it.
            if last.reason == "no_route":
                last = Submission("retry", reason="no_provider")
            if self._left_s(message, began) <= 0:
                break
            if self._admits(name):
                self._ask(name, message, ways, answered, began)
                return
        answered(last)

    def _admits(self, name: str) -> bool:
        if name in self._drained or not self._providers[name].is_ready:
            return False
        # Asked last: whoever the breaker admits must be sent.
        return self._breakers[name].admits()

    def _left_s(self, message: Outgoing, began: float) -> float:
        return min(ANOTHER_WITHIN_S, message.validity_s) - (self._monotonic() - began)

    def _ask(self, name: str, message: Outgoing, ways: Iterator[str], answered: OnSubmission, began: float) -> None:
        provider = self._providers[name]
        worth_s = max(1, int(message.validity_s - (self._monotonic() - began)))
        left = message if worth_s == message.validity_s else replace(message, validity_s=worth_s)

        def in_turn() -> None:
            # It may have waited for a thread.
            held_up = self._left_s(message, began) <= 0
            said(Submission("retry", reason=HELD_UP) if held_up else provider.submit(left))

        def said(submission: Submission) -> None:
            with self._lock:
                self._under_way[name] -= 1
                self._outcomes[name][submission.outcome] += 1
            self._breakers[name].settled(submission)
            if submission.outcome == "retry":
                self._next(message, ways, answered, began, submission)
            else:
                answered(submission)

        with self._lock:
            self._under_way[name] += 1
        if provider.start(left, said):
            return
        try:
            self._pool.submit(in_turn)
        except RuntimeError:  # It is closed: nobody was asked.
            said(Submission("retry", reason=HELD_UP))

    def open(self, on_receipt: OnReceipt | None = None) -> None:
        """Start what the providers keep running."""
        for provider in self._providers.values():
            provider.open(on_receipt)

    def close(self) -> None:
        """Wait for what is under way, then let go of the providers."""
        self._pool.shutdown(wait=True)
        for provider in self._providers.values():
            provider.close()
