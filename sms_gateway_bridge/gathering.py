"""Doing together what many ask for at the same time, as databases commit in groups.

While one go is under way, those who come wait for the next, all together. Nobody waits for company: who comes alone
goes alone.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from sms_gateway_bridge.errors import UnavailableError

MOST_AT_ONCE = 500

Wanted = TypeVar("Wanted")
Done = TypeVar("Done")


class Gathering(Generic[Wanted, Done]):
    """Threads and event loops may ask. ``go`` runs in a thread; its answers stand in the order of what was wanted.

    Who has waited for longer than ``longest_wait_s`` seconds has gone, or asks again: it gets `UnavailableError`.
    """

    def __init__(self, go: Callable[[Sequence[Wanted]], Sequence[Done]], *, longest_wait_s: float = math.inf) -> None:
        self._go = go
        self._longest_wait_s = longest_wait_s
        self._waiting: list[_Waiting[Wanted, Done]] = []
        self._going = False
        self._lock = threading.Lock()
        # One thread, which comes with the first who asks.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gathering")

    async def one(self, wanted: Wanted) -> Done:
        """What became of ``wanted``; raises what ``go`` raises for it, or `UnavailableError`."""
        return await asyncio.wrap_future(self.add(wanted))

    def add(self, wanted: Wanted) -> Future[Done]:
        """`one`, for threads."""
        answer: Future[Done] = Future()
        with self._lock:
            self._waiting.append(_Waiting(wanted, answer, time.monotonic()))
            first, self._going = not self._going, True
        if first:
            self._thread.submit(self._run)
        return answer

    def close(self) -> None:
        """Do what has been asked for, and end."""
        self._thread.shutdown(wait=True)

    def _run(self) -> None:
        while self._is_anything_left():
            if present := self._next():
                self._answer(present)

    def _is_anything_left(self) -> bool:
        with self._lock:
            self._going = bool(self._waiting)
            return self._going

    def _next(self, most: int = MOST_AT_ONCE) -> list[_Waiting[Wanted, Done]]:
        """Those who wait; whoever asked may have gone in the meantime."""
        with self._lock:
            together, self._waiting = self._waiting[:most], self._waiting[most:]
        since = time.monotonic() - self._longest_wait_s
        return [one for one in together if one.answer.set_running_or_notify_cancel() and not one.gave_up(since)]

    def _answer(self, together: Sequence[_Waiting[Wanted, Done]]) -> None:
        try:
            answers = self._go([one.wanted for one in together])
        except UnavailableError as error:
            # Those who came meanwhile need the same database: nobody waits for two that are given up in a row.
            for one in [*together, *self._next(len(self._waiting))]:
                one.answer.set_exception(error)
        except Exception as error:
            if len(together) > 1:
                # What is wrong with one is not the others' affair: each alone.
                for one in together:
                    self._answer([one])
                return
            together[0].answer.set_exception(error)
        else:
            for one, done in zip(together, answers, strict=True):
                one.answer.set_result(done)


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Wanted, Done]):
    wanted: Wanted
    answer: Future[Done]
    asked: float

    def gave_up(self, since: float) -> bool:
        """Whether it asked before then; it is told so."""
        if self.asked >= since:
            return False
        self.answer.set_exception(UnavailableError("too many ask at once", retry_after_s=2))
        return True
