"""Server-side sessions at rest: found by the keyed fingerprint of an identifier only the browser holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from adapters.flask_portal.repository.tables import sessions, spent_logout_tokens


@dataclass(frozen=True)
class StoredSession:
    """One row: the session's data (JSON object) and its two clocks."""

    data: dict[str, Any]
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class Owner:
    """Who is signed in, for finding the session again when Keycloak ends it; all None for an anonymous one."""

    brand: str | None = None
    subject: str | None = None
    keycloak_sid: str | None = None


class SessionStore:
    """Reads and writes ``portal_sessions`` and ``spent_logout_tokens``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self, fingerprint: str) -> StoredSession | None:
        """The session with this fingerprint, or None."""
        query = select(sessions.c.data, sessions.c.created_at, sessions.c.last_seen_at)
        with self._engine.connect() as connection:
            row = connection.execute(query.where(sessions.c.fingerprint == fingerprint)).one_or_none()
        return None if row is None else StoredSession(row.data, row.created_at, row.last_seen_at)

    def insert(self, fingerprint: str, data: dict[str, Any], owner: Owner, now: datetime) -> None:
        """Begin a session."""
        values = {
            "fingerprint": fingerprint,
            "data": data,
            "brand": owner.brand,
            "subject": owner.subject,
            "keycloak_sid": owner.keycloak_sid,
            "created_at": now,
            "last_seen_at": now,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(sessions).values(values))

    def update(self, fingerprint: str, data: dict[str, Any], owner: Owner, now: datetime) -> bool:
        """Write the data back; False when the session was ended meanwhile, which a late answer must not undo."""
        change = update(sessions).where(sessions.c.fingerprint == fingerprint)
        values = {
            "data": data,
            "brand": owner.brand,
            "subject": owner.subject,
            "keycloak_sid": owner.keycloak_sid,
            "last_seen_at": now,
        }
        with self._engine.begin() as connection:
            return connection.execute(change.values(values)).rowcount == 1

    def touch(self, fingerprint: str, now: datetime) -> None:
        """Record that the session was used."""
        with self._engine.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.fingerprint == fingerprint).values(last_seen_at=now))

    def delete(self, fingerprint: str) -> None:
        """End one session."""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.fingerprint == fingerprint))

    def end_by_keycloak_sid(self, brand: str, keycloak_sid: str) -> int:
        """End the sessions that began with this Keycloak session; the number ended."""
        condition = (sessions.c.brand == brand) & (sessions.c.keycloak_sid == keycloak_sid)
        with self._engine.begin() as connection:
            return connection.execute(delete(sessions).where(condition)).rowcount

    def end_by_subject(self, brand: str, subject: str) -> int:
        """End every session of this customer; the number ended."""
        condition = (sessions.c.brand == brand) & (sessions.c.subject == subject)
        with self._engine.begin() as connection:
            return connection.execute(delete(sessions).where(condition)).rowcount

    def spend_logout_token(self, jti: str, expires_at: datetime) -> bool:
        """Remember a logout token; False when it was seen before."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(spent_logout_tokens).values(jti=jti, expires_at=expires_at))
        except IntegrityError:
            return False
        return True

    def purge(self, *, idle_before: datetime, created_before: datetime, now: datetime) -> None:
        """Delete what has expired."""
        expired = or_(sessions.c.last_seen_at < idle_before, sessions.c.created_at < created_before)
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(expired))
            connection.execute(delete(spent_logout_tokens).where(spent_logout_tokens.c.expires_at < now))
