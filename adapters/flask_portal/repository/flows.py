"""Registrations and recoveries under way, from the proved contact's first code to the credential set-up link."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, insert, select, update

from adapters.flask_portal.repository.tables import registration_flows as flows


@dataclass(frozen=True)
class Flow:
    """One registration or recovery.

    ``customer_code`` is None in a recovery asked for an unknown contact, which walks through the same pages with a
    decoy at the bridge. ``status``: ``waiting`` for a code, ``exhausted``, ``expired``, ``proved`` (the bridge
    approved, Keycloak not yet asked), ``handed_over`` (Keycloak gave a set-up link), ``lapsed`` or ``refused`` (it did
    not).
    ``contact`` is canonical. ``proof`` and ``sealed_link`` are sealed for the browser that proved the contact.
    ``series`` is the first flow of a browser that began again: the bridge's newer code supersedes the older in it.
    ``asked_by`` is ``contact`` or ``tax_id``; ``questions`` are what the owner of the proved contact must still answer
    (``tax_id``, ``policy_number``, separated by a space); ``app`` the other app to go back to. ``typed`` is a keyed
    fingerprint of what a recovery was asked with, empty in a registration.
    """

    id: str
    brand: str
    purpose: str
    locale: str
    kind: str | None
    greeting_name: str | None
    channel: str
    contact: str
    customer_code: str | None
    verification_id: str | None
    status: str
    attempts_left: int
    resend_at: datetime
    code_expires_at: datetime
    expires_at: datetime
    sealed_link: str | None = None
    link_expires_at: datetime | None = None
    proof: str | None = None
    series: str = ""
    asked_by: str = "contact"
    questions: str = ""
    typed: str = ""
    app: str | None = None


class FlowStore:
    """Reads and writes ``registration_flows``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, flow: Flow) -> None:
        """Keep a new flow."""
        with self._engine.begin() as connection:
            connection.execute(insert(flows).values(asdict(flow)))

    def by_id(self, flow_id: str, now: datetime) -> Flow | None:
        """The flow with this id, or None when unknown or over."""
        return self._one(flows.c.id == flow_id, now)

    def by_verification(self, verification_id: str, now: datetime) -> Flow | None:
        """The flow that sent this verification, or None when unknown or over."""
        return self._one(flows.c.verification_id == verification_id, now)

    def change(self, flow: Flow, statuses: Collection[str], **values: Any) -> Flow:
        """Write some columns if the stored status is one of ``statuses``; the flow as it is stored then.

        Several browsers may act on one flow at once: which comes first is decided here, not by what each of them read.
        """
        write = update(flows).where(flows.c.id == flow.id, flows.c.status.in_(statuses)).values(**values)
        with self._engine.begin() as connection:
            if connection.execute(write).rowcount == 1:
                return replace(flow, **values)
            row = connection.execute(select(flows).where(flows.c.id == flow.id)).mappings().one_or_none()
        return flow if row is None else _flow(row)

    def purge(self, now: datetime) -> None:
        """Delete what is over."""
        with self._engine.begin() as connection:
            connection.execute(delete(flows).where(flows.c.expires_at < now))

    def _one(self, condition: Any, now: datetime) -> Flow | None:
        with self._engine.connect() as connection:
            query = select(flows).where(condition, flows.c.expires_at > now)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _flow(row)


def _flow(row: RowMapping) -> Flow:
    return Flow(**row)
