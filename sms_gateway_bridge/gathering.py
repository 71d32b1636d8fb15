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

from sms_gateway_bridge.errors import BridgeError

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
        while together := self._next():
            # Whoever asked may have gone in the meantime.
            if present := [one for one in together if one[1].set_running_or_notify_cancel()]:
                self._answer(present)

    def _next(self) -> Sequence[tuple[Wanted, Future[Done]]]:
        with self._lock:
            together, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            self._going = bool(together)
        return together

    def _answer(self, together: Sequence[tuple[Wanted, Future[Done]]]) -> None:
        try:
            answers = self._go([wanted for wanted, _ in together])
        except Exception as error:
            if len(together) > 1 and not isinstance(error, BridgeError):
                # What is wrong with one is not the others' affair: each alone.
                for alone in together:
                    self._answer([alone])
                return
            for _, answer in together:
                answer.set_exception(error)
        else:
            for (_, answer), done in zip(together, answers, strict=True):
                answer.set_result(done)
