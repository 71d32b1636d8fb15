"""Receipts on their way into the database: as many as have come in are one transaction."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.messages.receipts import NewReceipt, store_all
from sms_gateway_bridge.messages.states import State

_AT_ONCE = 500


class ReceiptInbox:
    """`keep` from any thread; a thread of its own writes them down. A future ends when its receipt is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[tuple[NewReceipt, Future[None]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)
        self._started = False
        self._lock = threading.Lock()

    def keep(self, provider: str, reference: str, state: State) -> Future[None]:
        """Keep a receipt; the future raises `UnavailableError` where it could not be kept."""
        kept: Future[None] = Future()
        with self._lock:
            if not self._started:
                self._started = True
                self._thread.start()
        self._waiting.put((NewReceipt(provider, reference, state), kept))
        return kept

    def close(self) -> None:
        """Write down what has come, and end."""
        if self._started:
            self._waiting.put(None)
            self._thread.join(10)

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            together = [first]
            ends = False
            while len(together) < _AT_ONCE:
                try:
                    another = self._waiting.get_nowait()
                except Empty:
                    break
                if another is None:
                    ends = True
                    break
                together.append(another)
            self._store(together)
            if ends:
                return

    def _store(self, together: list[tuple[NewReceipt, Future[None]]]) -> None:
        try:
            store_all(self._database, [receipt for receipt, _ in together])
        except Exception as error:
            for _, kept in together:
                kept.set_exception(error)
        else:
            for _, kept in together:
                kept.set_result(None)
