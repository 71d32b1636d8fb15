"""How fast an SMSC may be asked: a contract's rate, and the pace it accepts when it says that we are too fast."""

from __future__ import annotations

import asyncio

FIRST_STEP_S = 0.02
LONGEST_STEP_S = 2.0
_RECOVERY = 0.9


class Pace:
    """Turns are given one after the other, ``interval`` seconds apart.

    A refusal for being too fast doubles the interval and holds everybody back for that long; every message that is
    taken shortens it again, until the contract's own rate is reached. Nothing is dropped: who waits keeps its turn.
    """

    def __init__(self, messages_per_s: float | None) -> None:
        self._least = 1 / messages_per_s if messages_per_s else 0.0
        self.interval = self._least
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        mine = max(self._next, now)
        self._next = mine + self.interval
        if mine > now:
            await asyncio.sleep(mine - now)

    def refused(self) -> None:
        """The SMSC asked for patience."""
        self.interval = min(max(self.interval * 2, FIRST_STEP_S), LONGEST_STEP_S)
        self._next = max(self._next, asyncio.get_running_loop().time() + self.interval)

    def taken(self) -> None:
        """The SMSC took a message."""
        if self.interval > self._least:
            self.interval = max(self.interval * _RECOVERY, self._least)
            if self.interval < FIRST_STEP_S / 20:
                self.interval = self._least
