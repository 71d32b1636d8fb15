"""Answers to strangers that take the same time whether or not there is somebody behind what they typed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Pace:
    """Stretches the time of a block to the next whole multiple of ``quantum_s`` seconds, errors included."""

    def __init__(
        self,
        quantum_s: float,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._quantum_s = quantum_s
        self._monotonic = monotonic
        self._sleep = sleep

    @contextmanager
    def even(self) -> Iterator[None]:
        """Run the block and wait for the rest of its quantum."""
        began = self._monotonic()
        try:
            yield
        finally:
            spent = self._monotonic() - began
            if self._quantum_s > 0:
                whole = max(1, math.ceil(spent / self._quantum_s)) * self._quantum_s
                self._sleep(whole - spent)
