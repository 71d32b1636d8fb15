"""How long calls take, one after the other: rates and percentiles."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")
_MS = 1_000_000
_S = 1_000_000_000


@dataclass(frozen=True)
class Timings:
    """Durations in nanoseconds, in the order they were taken."""

    samples: tuple[int, ...]

    def __add__(self, others: Timings) -> Timings:
        return Timings(self.samples + others.samples)

    @property
    def per_second(self) -> float:
        """Calls a second, one at a time."""
        return len(self.samples) * _S / sum(self.samples)

    def percentile_ms(self, percent: float) -> float:
        """The duration that so many percent of the calls do not exceed (nearest rank), in milliseconds."""
        rank = max(1, math.ceil(len(self.samples) * percent / 100))
        return sorted(self.samples)[rank - 1] / _MS


def timed(
    call: Callable[[_T], object],
    arguments: Iterable[_T],
    *,
    limit_s: float = math.inf,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Timings:
    """Call with each argument in turn and time each call.

    After ``limit_s`` seconds no further call is begun; one is always made.
    """
    samples: list[int] = []
    deadline = clock() + limit_s * _S
    for argument in arguments:
        began = clock()
        call(argument)
        ended = clock()
        samples.append(ended - began)
        if ended > deadline:
            break
    return Timings(tuple(samples))
