"""Doing together what many ask for at the same time, as databases commit in groups.

While one go is under way, those who come wait for the next, all together. Nobody waits for company: who comes alone
goes alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._add(wanted, answer)
        return await answer

    def add(self, wanted: Wanted) -> Future[Done]:
        """`one`, for threads."""
        answer: Future[Done] = Future()
        self._add(wanted, answer)
        return answer

    def close(self) -> None:
        """Do what has been asked for, and end."""
        self._thread.shutdown(wait=True)

    def _add(self, wanted: Wanted, answer: _Answer[Done]) -> None:
        with self._lock:
            self._waiting.append(_Waiting(wanted, answer, time.monotonic()))
            first, self._going = not self._going, True
        if first:
            self._thread.submit(self._run)

    def _run(self) -> None:
        while self._is_anything_left():
            if present := self._next():
                _tell(self._outcomes(present))

    def _is_anything_left(self) -> bool:
        with self._lock:
            self._going = bool(self._waiting)
            return self._going

    def _next(self, most: int = MOST_AT_ONCE) -> list[_Waiting[Wanted, Done]]:
        """Those who wait. Whoever asked may have gone in the meantime, or has waited for too long and is told so."""
        with self._lock:
            together, self._waiting = self._waiting[:most], self._waiting[most:]
        since = time.monotonic() - self._longest_wait_s
        there = [one for one in together if one.is_there()]
        _tell((one, UnavailableError("too many ask at once", retry_after_s=2)) for one in there if one.asked < since)
        return [one for one in there if one.asked >= since]

    def _outcomes(self, together: Sequence[_Waiting[Wanted, Done]]) -> list[_Told[Wanted, Done]]:
        try:
            answers = self._go([one.wanted for one in together])
        except UnavailableError as error:
            # Those who came meanwhile need the same database: nobody waits for two that are given up in a row.
            return [(one, error) for one in [*together, *self._next(len(self._waiting))]]
        except Exception as error:
            if len(together) == 1:
                return [(together[0], error)]
            # What is wrong with one is not the others' affair: each alone.
            return [told for one in together for told in self._outcomes([one])]
        return list(zip(together, answers, strict=True))


_Answer = Future[Done] | asyncio.Future[Done]


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Wanted, Done]):
    wanted: Wanted
    answer: _Answer[Done]
    asked: float

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """Where it waits; a thread waits by itself."""
        return self.answer.get_loop() if isinstance(self.answer, asyncio.Future) else None

    def is_there(self) -> bool:
        """Whether it still waits; a thread cannot go any more afterwards."""
        if isinstance(self.answer, asyncio.Future):
            return not self.answer.cancelled()
        return self.answer.set_running_or_notify_cancel()


_Told = tuple[_Waiting[Wanted, Done], Done | Exception]


def _tell(told: Iterable[_Told[Any, Any]]) -> None:
    """Give each its outcome, with one call into each event loop: every call wakes that thread, and waits for it."""
    by_loop: defaultdict[asyncio.AbstractEventLoop | None, list[_Told[Any, Any]]] = defaultdict(list)
    for one in told:
        by_loop[one[0].loop].append(one)
    for loop, part in by_loop.items():
        if loop is None:
            _answer_all(part)
        else:
            # In a loop that is closed nobody waits any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_answer_all, part)


def _answer_all(told: Iterable[_Told[Any, Any]]) -> None:
    for waiting, outcome in told:
        # Who waits in a loop may have gone until now.
        if waiting.answer.done():
            continue
        if isinstance(outcome, Exception):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)
