"""Doing together what many ask for at the same time, as databases commit in groups.

While one go is under way, those who come wait for the next, all together. Nobody waits for company: who comes alone
goes alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from sms_gateway_bridge.errors import UnavailableError

MOST_AT_ONCE = 500

Wanted = TypeVar("Wanted")
Done = TypeVar("Done")


class Gathering(Generic[Wanted, Done]):
    """Threads and event loops may ask. ``go`` runs in a thread; its answers stand in the order of what was wanted."""

    def __init__(self, go: Callable[[Sequence[Wanted]], Sequence[Done]]) -> None:
        self._go = go
        self._waiting: list[tuple[Wanted, Future[Done]]] = []
        self._going = False
        self._lock = threading.Lock()
        # One thread, which comes with the first who asks.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gathering")

    async def one(self, wanted: Wanted) -> Done:
        """What became of ``wanted``; raises what ``go`` raises for it."""
        return await asyncio.wrap_future(self.add(wanted))

    def add(self, wanted: Wanted) -> Future[Done]:
        """`one`, for threads."""
        answer: Future[Done] = Future()
        with self._lock:
            self._waiting.append((wanted, answer))
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

    def _next(self, most: int = MOST_AT_ONCE) -> list[tuple[Wanted, Future[Done]]]:
        """Those who wait; whoever asked may have gone in the meantime."""
        with self._lock:
            together, self._waiting = self._waiting[:most], self._waiting[most:]
        return [one for one in together if one[1].set_running_or_notify_cancel()]

    def _answer(self, together: Sequence[tuple[Wanted, Future[Done]]]) -> None:
        try:
            answers = self._go([wanted for wanted, _ in together])
        except UnavailableError as error:
            # Those who came meanwhile need the same database: nobody waits for two that are given up in a row.
            for _, answer in [*together, *self._next(len(self._waiting))]:
                answer.set_exception(error)
        except Exception as error:
            if len(together) > 1:
                # What is wrong with one is not the others' affair: each alone.
                for alone in together:
                    self._answer([alone])
                return
            together[0][1].set_exception(error)
        else:
            for (_, answer), done in zip(together, answers, strict=True):
                answer.set_result(done)
