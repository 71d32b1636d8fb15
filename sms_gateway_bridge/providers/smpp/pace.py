"""How fast an SMSC may be asked: a contract's rate, and the pace it accepts when it says that we are too fast."""

from __future__ import annotations

import asyncio
import math

FIRST_STEP_S = 0.02
LONGEST_STEP_S = 2.0
_RECOVERY = 0.9


class Pace:
    """Turns are given one after the other, ``interval`` seconds apart.

    A refusal for being too fast doubles the interval and holds everybody back for that long; every message that is
    taken shortens it again, until the contract's own rate is reached. Nothing is dropped: who waits keeps its turn.
    What was asked at the old pace says nothing of the new one: a window refused as a whole doubles the interval once.
    """

    def __init__(self, messages_per_s: float | None) -> None:
        self._least = 1 / messages_per_s if messages_per_s else 0.0
        self.interval = self._least
        self._next = 0.0
        self._slowed = -math.inf

    async def turn(self) -> float:
        """Wait for the next turn; returns when it was, by the loop's clock."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        mine = max(self._next, now)
        self._next = mine + self.interval
        if mine > now:
            await asyncio.sleep(mine - now)
        return mine

    def refused(self, turn: float) -> None:
        """The SMSC asked for patience when it was asked in that turn."""
        now = asyncio.get_running_loop().time()
        if turn > self._slowed:
            self.interval = min(max(self.interval * 2, FIRST_STEP_S), LONGEST_STEP_S)
            self._slowed = now
        self._next = max(self._next, now + self.interval)

    def taken(self) -> None:
        """The SMSC took a message."""
        if self.interval > self._least:
            self.interval = max(self.interval * _RECOVERY, self._least)
            if self.interval < FIRST_STEP_S / 20:
                self.interval = self._least
