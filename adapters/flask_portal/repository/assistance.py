"""Requests for assistance, kept for whoever answers them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select, update

from adapters.flask_portal.repository.tables import assistance_requests as requests


@dataclass(frozen=True)
class AssistanceRequest:
    """One request; ``email`` is canonical, ``customer_code`` None unless it was made signed in.

    ``status`` is ``open`` or ``closed``.
    """

    reference: str
    brand: str
    topic: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    policy_number: str = field(repr=False)
    text: str = field(repr=False)
    locale: str
    customer_code: str | None
    created_at: datetime
    status: str = "open"
    confirmed_at: datetime | None = None
    closed_at: datetime | None = None


class AssistanceStore:
    """Reads and writes ``assistance_requests``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, request: AssistanceRequest) -> None:
        """Keep a new request."""
        with self._engine.begin() as connection:
            connection.execute(insert(requests).values(asdict(request)))

    def confirmed(self, reference: str, now: datetime) -> None:
        """The confirmation was handed over to be sent."""
        with self._engine.begin() as connection:
            connection.execute(update(requests).where(requests.c.reference == reference).values(confirmed_at=now))

    def listed(self, brand: str | None = None, *, closed_too: bool = True) -> list[AssistanceRequest]:
        """The requests of a brand, or of all, oldest first."""
        query = select(requests).order_by(requests.c.created_at, requests.c.reference)
        if brand is not None:
            query = query.where(requests.c.brand == brand)
        if not closed_too:
            query = query.where(requests.c.status == "open")
        with self._engine.connect() as connection:
            return [AssistanceRequest(**row) for row in connection.execute(query).mappings()]

    def by_reference(self, reference: str) -> AssistanceRequest | None:
        """The request of this reference; None where there is none (any more)."""
        with self._engine.connect() as connection:
            row = connection.execute(select(requests).where(requests.c.reference == reference)).mappings().first()
        return None if row is None else AssistanceRequest(**row)

    def close(self, reference: str, now: datetime) -> None:
        """Close an open request; one that was closed before keeps its time."""
        open_one = (requests.c.reference == reference) & (requests.c.status == "open")
        with self._engine.begin() as connection:
            connection.execute(update(requests).where(open_one).values(status="closed", closed_at=now))

    def purge(self, *, asked_before: datetime, closed_before: datetime) -> None:
        """Delete what was asked, or closed, earlier than that."""
        over = (requests.c.created_at < asked_before) | (requests.c.closed_at < closed_before)
        with self._engine.begin() as connection:
            connection.execute(delete(requests).where(over))
