"""Receipts on their way into the database: as many as have come in are one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.gathering import Gathering
from sms_gateway_bridge.messages.receipts import NewReceipt, store_all
from sms_gateway_bridge.messages.states import State


class ReceiptInbox:
    """`keep` from any thread. A future ends when its receipt is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering = Gathering(self._store)

    def keep(self, provider: str, reference: str, state: State) -> Future[None]:
        """Keep a receipt; the future raises `UnavailableError` where it could not be kept."""
        return self._gathering.add(NewReceipt(provider, reference, state))

    def close(self) -> None:
        """Write down what has come, and end."""
        self._gathering.close()

    def _store(self, together: Sequence[NewReceipt]) -> Sequence[None]:
        store_all(self._database, together)
        return [None] * len(together)
