"""Authorization requests that have been pushed to Keycloak and have not come back yet.

A table rather than the session's data: two tabs may push at the same moment, and each must find its own nonce.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select

from adapters.flask_portal.repository.tables import authorization_requests as requests


@dataclass(frozen=True)
class AuthorizationRequest:
    """What the portal remembers of one request, and will hold Keycloak's answer against.

    ``needed_acr`` is 1, 2 or 3; ``not_before``, when given, is the earliest acceptable ``auth_time``; ``subject``, when
    given, the only acceptable one; ``return_to`` a path of the portal; ``repeats`` how often it was asked again.
    """

    state_fingerprint: str
    session_binding: str
    brand: str
    nonce: str
    code_verifier: str
    needed_acr: int
    return_to: str
    expires_at: datetime
    not_before: datetime | None = None
    subject: str | None = None
    operation_id: str | None = None
    repeats: int = 0


class AuthorizationRequestStore:
    """Reads and writes ``authorization_requests``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, request: AuthorizationRequest) -> None:
        """Keep a request that is about to be pushed."""
        with self._engine.begin() as connection:
            connection.execute(insert(requests).values(asdict(request)))

    def take(self, state_fingerprint: str, session_binding: str, now: datetime) -> AuthorizationRequest | None:
        """Hand out the request of this browser once; None when unknown, another browser's, taken or expired."""
        condition = (
            (requests.c.state_fingerprint == state_fingerprint)
            & (requests.c.session_binding == session_binding)
            & (requests.c.expires_at > now)
        )
        with self._engine.begin() as connection:
            row = connection.execute(select(requests).where(condition)).mappings().one_or_none()
            if row is None or connection.execute(delete(requests).where(condition)).rowcount != 1:
                return None
        return AuthorizationRequest(**row)

    def purge(self, now: datetime) -> None:
        """Delete what has expired."""
        with self._engine.begin() as connection:
            connection.execute(delete(requests).where(requests.c.expires_at < now))
