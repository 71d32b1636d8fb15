"""Requests for assistance, kept for whoever answers them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select, update

from adapters.flask_portal.repository.tables import assistance_requests as requests


@dataclass(frozen=True)
class AssistanceRequest:
    """One request; ``email`` is canonical, ``customer_code`` None unless it was made signed in, ``status`` ``open``."""

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

    def of_brand(self, brand: str) -> list[AssistanceRequest]:
        """The brand's requests, oldest first."""
        query = select(requests).where(requests.c.brand == brand).order_by(requests.c.created_at)
        with self._engine.connect() as connection:
            return [AssistanceRequest(**row) for row in connection.execute(query).mappings()]

    def purge(self, before: datetime) -> None:
        """Delete the requests made earlier than that."""
        with self._engine.begin() as connection:
            connection.execute(delete(requests).where(requests.c.created_at < before))
