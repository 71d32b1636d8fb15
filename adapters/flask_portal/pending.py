"""Authorization requests that have been pushed to Keycloak and have not come back yet, carried by the browser.

Each is a cookie of its own, encrypted, so that two tabs each find their own nonce, no stranger can make the portal's
tables grow by asking for sign-ins, and nobody but the browser that asked can bring the answer. A browser holds at most
three; the oldest make room. What makes an answer single-use is Keycloak's code, and the cookie goes with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from cryptography.fernet import InvalidToken
from flask import Flask, Response, g, request

from adapters.flask_portal.sealing import cipher_of
from adapters.flask_portal.settings import Settings

_PREFIX = "accesso-"
_MOST = 3
_LIFETIME_S = 1800


@dataclass(frozen=True)
class AuthorizationRequest:
    """What the portal remembers of one request, and will hold Keycloak's answer against.

    ``needed_acr`` is 1, 2 or 3; ``not_before``, when given, is the earliest acceptable ``auth_time``; ``subject``, when
    given, the only acceptable one; ``return_to`` a path of the portal; ``repeats`` how often it was asked again.
    """

    state: str
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


class RequestStore(Protocol):
    """Where requests wait for their answer."""

    def add(self, pending: AuthorizationRequest) -> None:
        """Keep a request that is about to be pushed."""
        ...

    def take(self, state: str, now: datetime) -> AuthorizationRequest | None:
        """Hand out this browser's request once; None when unknown, another browser's, taken or expired."""
        ...


class PendingRequests:
    """A :class:`RequestStore` in the cookies of the request at hand."""

    def __init__(self, settings: Settings) -> None:
        self._cipher = cipher_of(settings.secret_keys, "portal authorization request")
        self._secure = settings.secure
        self._prefix = settings.cookie_name(_PREFIX)

    def install(self, app: Flask) -> None:
        """Have the answers carry what changes."""
        app.after_request(self._send)

    def add(self, pending: AuthorizationRequest) -> None:
        """Keep a request that is about to be pushed."""
        _changes()[self._name(pending.state)] = self._cipher.encrypt(_as_json(pending)).decode("ascii")

    def take(self, state: str, now: datetime) -> AuthorizationRequest | None:
        """Hand out this browser's request once; None when unknown, another browser's, taken or expired."""
        name = self._name(state)
        pending = self._open(request.cookies.get(name, ""))
        if pending is None or pending.state != state or pending.expires_at <= now:
            return None
        _changes()[name] = None
        return pending

    def _send(self, response: Response) -> Response:
        changes = _changes()
        if not changes:
            return response
        for name in self._too_many(changes):
            changes.setdefault(name, None)
        for name, value in changes.items():
            kept = {"httponly": True, "secure": self._secure, "samesite": "Lax", "path": "/"}
            if value is None:
                response.delete_cookie(name, **kept)  # type: ignore[arg-type]
            else:
                response.set_cookie(name, value, max_age=_LIFETIME_S, **kept)  # type: ignore[arg-type]
        response.vary.add("Cookie")
        return response

    def _too_many(self, changes: dict[str, str | None]) -> Iterator[str]:
        ours = {name: value for name, value in request.cookies.items() if name.startswith(self._prefix)}
        held = {name: value for name, value in ours.items() if name not in changes}
        room = _MOST - sum(1 for value in changes.values() if value is not None)
        ages = {name: pending.expires_at for name, value in held.items() if (pending := self._open(value)) is not None}
        yield from held.keys() - ages.keys()
        yield from sorted(ages, key=lambda name: ages[name], reverse=True)[max(room, 0) :]

    def _open(self, value: str) -> AuthorizationRequest | None:
        try:
            return _from_json(self._cipher.decrypt(value.encode()))
        except (InvalidToken, ValueError):
            return None

    def _name(self, state: str) -> str:
        return self._prefix + hashlib.sha256(state.encode()).hexdigest()[:16]


def _changes() -> dict[str, str | None]:
    """The cookies this answer sets, and those it takes away (None)."""
    if "pending_requests" not in g:
        g.pending_requests = {}
    changes: dict[str, str | None] = g.pending_requests
    return changes


def _as_json(pending: AuthorizationRequest) -> bytes:
    return json.dumps(asdict(pending), default=datetime.isoformat, separators=(",", ":")).encode()


def _from_json(text: bytes) -> AuthorizationRequest:
    values = json.loads(text)
    for name in ("expires_at", "not_before"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return AuthorizationRequest(**values)
