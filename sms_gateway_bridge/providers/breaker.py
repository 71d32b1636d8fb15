"""A circuit breaker: a provider that fails again and again is left alone, and tried by one message at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

from sms_gateway_bridge.providers.base import HELD_UP, Submission

BreakerState = Literal["closed", "half-open", "open"]

TROUBLES = 5
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0


class Breaker:
    """Counts troubles in a row. Safe to use from several threads.

    A trouble is a submission that did not get through or whose outcome nobody knows; a refusal of one message is an
    answer, and so no trouble. After `TROUBLES` of them the breaker is open for a pause; then one message is let
    through as a probe: an answer closes the breaker, another trouble opens it for twice as long.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._troubles = 0
        self._pause_s = FIRST_PAUSE_S
        self._open_until: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """How it stands."""
        with self._lock:
            if self._open_until is None:
                return "closed"
            return "half-open" if self._probing or self._now_s() >= self._open_until else "open"

    def admits(self) -> bool:
        """Whether a message may be handed over now; where it would be the probe, it is then the only one.

        Whoever was admitted reports with `settled`.
        """
        with self._lock:
            if self._open_until is None:
                return True
            if self._probing or self._now_s() < self._open_until:
                return False
            self._probing = True
            return True

    def settled(self, submission: Submission) -> None:
        """What became of a message that was admitted."""
        with self._lock:
            self._probing = False
            if submission.reason == HELD_UP:
                return
            if submission.outcome in ("sent", "failed"):
                self._troubles, self._open_until, self._pause_s = 0, None, FIRST_PAUSE_S
                return
            self._troubles += 1
            if self._open_until is not None:
                self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
                self._open_until = self._now_s() + self._pause_s
            elif self._troubles >= TROUBLES:
                self._open_until = self._now_s() + self._pause_s
