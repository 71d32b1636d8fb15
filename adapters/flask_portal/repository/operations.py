"""Operations waiting for, or confirmed by, a fresh one-time code; and the domiciles they write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.flask_portal.repository.tables import domiciles, operations


@dataclass(frozen=True)
class Operation:
    """One thing a customer asked for that only a fresh code may confirm.

    ``text`` is what the message with the code names. ``nonce`` is that of the authorization request asked last.
    ``status``: ``pending``, ``confirmed``. ``payload`` is what will be written, JSON.
    """

    id: str
    brand: str
    kind: str
    subject: str
    customer_code: str
    text: str
    payload: Mapping[str, Any]
    status: str
    created_at: datetime
    expires_at: datetime
    nonce: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True)
class Domicile:
    """Where a customer wants to be written to; country is ISO 3166-1 alpha-2."""

    street: str
    postal_code: str
    city: str
    province: str
    country: str


class OperationStore:
    """Reads and writes ``portal_operations`` and ``domiciles``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, operation: Operation) -> None:
        """Keep a new operation."""
        with self._engine.begin() as connection:
            connection.execute(insert(operations).values(asdict(operation)))

    def of_customer(self, operation_id: str, brand: str, customer_code: str) -> Operation | None:
        """The customer's own operation, or None: someone else's does not exist."""
        condition = (
            (operations.c.id == operation_id)
            & (operations.c.brand == brand)
            & (operations.c.customer_code == customer_code)
        )
        with self._engine.connect() as connection:
            row = connection.execute(select(operations).where(condition)).mappings().one_or_none()
        return None if row is None else Operation(**row)

    def ask(self, operation_id: str, nonce: str, now: datetime) -> bool:
        """Bind a still pending operation to the nonce about to be pushed; an older nonce stops counting."""
        pending = (operations.c.id == operation_id) & (operations.c.status == "pending")
        change = update(operations).where(pending, operations.c.expires_at > now)
        with self._engine.begin() as connection:
            return connection.execute(change.values(nonce=nonce, asked_at=now)).rowcount == 1

    def confirm_domicile(self, operation: Operation, domicile: Domicile, now: datetime) -> bool:
        """Consume the operation and write the domicile, both or neither.

        False when it was consumed before, has expired, or was asked again with another nonce.
        """
        still_open = (
            (operations.c.id == operation.id)
            & (operations.c.status == "pending")
            & (operations.c.nonce == operation.nonce)
            & (operations.c.subject == operation.subject)
            & (operations.c.expires_at > now)
        )
        with self._engine.begin() as connection:
            if connection.execute(update(operations).where(still_open).values(status="confirmed")).rowcount != 1:
                return False
            _write_domicile(connection, operation, domicile, now)
        return True

    def domicile(self, customer_code: str) -> Domicile | None:
        """The domicile the customer wrote, laid over the directory's; None when there is none."""
        query = select(
            domiciles.c.street, domiciles.c.postal_code, domiciles.c.city, domiciles.c.province, domiciles.c.country
        )
        with self._engine.connect() as connection:
            found = connection.execute(query.where(domiciles.c.customer_code == customer_code))
            row = found.mappings().one_or_none()
        return None if row is None else Domicile(**row)

    def purge(self, expired_before: datetime) -> None:
        """Delete operations that expired before this time."""
        with self._engine.begin() as connection:
            connection.execute(delete(operations).where(operations.c.expires_at < expired_before))


def _write_domicile(connection: Connection, operation: Operation, domicile: Domicile, now: datetime) -> None:
    values = {**asdict(domicile), "operation_id": operation.id, "updated_at": now}
    # One statement, not "update, else insert": two first domiciles at once would both insert.
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    write = dialect.insert(domiciles).values(customer_code=operation.customer_code, **values)
    connection.execute(write.on_conflict_do_update(index_elements=["customer_code"], set_=values))
