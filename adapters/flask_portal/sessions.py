"""Server-side sessions, kept in the portal's tables.

Why an interface of our own and not an extension: the portal needs four things together that none offers. The identifier
is rotated when the customer signs in; only its keyed fingerprint is at rest; a session can be found and ended by
Keycloak's session id when a back-channel logout arrives, and an answer that was still being written cannot bring it
back; and both an idle and an absolute limit hold. The cookie carries the random identifier and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from adapters.flask_portal.repository.sessions import Owner, SessionStore
from adapters.flask_portal.sealing import fingerprint, new_identifier, seal, unseal
from adapters.flask_portal.settings import Settings
from domain.clock import Clock

_FINGERPRINT_PURPOSE = "session"
_TOUCH_EVERY_S = 60
_PURGE_EVERY_S = 300
_OUTLIVES_SIGN_IN = ("binding", "locale")


@dataclass(frozen=True)
class Identity:
    """Who is signed in, as verified from an ID token. ``auth_time`` is in Unix seconds."""

    brand: str
    subject: str
    customer_code: str
    keycloak_sid: str
    acr: int
    auth_time: int
    id_token: str


class PortalSession(CallbackDict[str, Any], SessionMixin):
    """The session of one browser: a JSON object, and the identity signed in if there is one."""

    def __init__(self, secret_key: str, identifier: str | None = None, data: dict[str, Any] | None = None) -> None:
        def on_update(changed: CallbackDict[str, Any]) -> None:
            cast(PortalSession, changed).modified = True

        super().__init__(data, on_update)
        self._secret_key = secret_key
        self.stored_id = identifier
        self.identifier = identifier or new_identifier()
        self.new = identifier is None
        self.modified = False
        self.last_seen_at: datetime | None = None

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    @property
    def fingerprint(self) -> str:
        """The keyed fingerprint under which this session is stored."""
        return fingerprint(self._secret_key, _FINGERPRINT_PURPOSE, self.identifier)

    @property
    def binding(self) -> str:
        """Ties records elsewhere to this browser.

        It outlives the identifier's rotation, so that a second tab's pending request still finds its own.
        """
        if "binding" not in self:
            self["binding"] = new_identifier()
        return str(self["binding"])

    @property
    def identity(self) -> Identity | None:
        """The customer signed in, whatever the brand; None when anonymous."""
        found = self.get("identity")
        return Identity(**found) if found else None

    def identity_in(self, brand: str) -> Identity | None:
        """The customer signed in with this brand."""
        identity = self.identity
        return identity if identity is not None and identity.brand == brand else None

    def sign_in(self, identity: Identity) -> None:
        """Keep the identity under a new identifier; a session fixed before the sign-in is worth nothing after it."""
        same_customer = self.identity is not None and self.identity.subject == identity.subject
        kept = dict(self) if same_customer else {name: self[name] for name in _OUTLIVES_SIGN_IN if name in self}
        kept.pop("csrf_token", None)
        self.clear()
        self.update(kept)
        self["identity"] = asdict(identity)
        self.identifier = new_identifier()

    def sign_out(self) -> None:
        """Forget everything but the language, under a new identifier."""
        locale = self.get("locale")
        self.clear()
        if locale:
            self["locale"] = locale
        self.identifier = new_identifier()

    def seal(self, text: str) -> str:
        """Encrypt for this browser alone, whose session is stored from then on so that its identifier lasts."""
        self["sealed"] = True
        return seal(self._secret_key, self.identifier, text)

    def unseal(self, sealed: str) -> str | None:
        """Decrypt what this browser sealed; None for another's."""
        return unseal(self._secret_key, self.identifier, sealed)


class DatabaseSessionInterface(SessionInterface):
    """Flask's session interface over :class:`SessionStore`."""

    def __init__(self, store: SessionStore, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._next_purge = clock.now()
        self.cookie_name = "__Host-area-clienti" if settings.secure else "area-clienti-session"

    def open_session(self, app: Flask, request: Request) -> PortalSession:  # noqa: ARG002
        """The browser's session if its cookie is known and within both limits, else an empty one."""
        secret_key = self._settings.secret_key
        identifier = request.cookies.get(self.cookie_name)
        if not identifier:
            return PortalSession(secret_key)
        known_as = fingerprint(secret_key, _FINGERPRINT_PURPOSE, identifier)
        stored = self._store.load(known_as)
        if stored is None:
            return PortalSession(secret_key)
        now = self._clock.now()
        idle = now - stored.last_seen_at > timedelta(seconds=self._settings.session_idle_s)
        if idle or now - stored.created_at > timedelta(seconds=self._settings.session_absolute_s):
            self._store.delete(known_as)
            return PortalSession(secret_key)
        session = PortalSession(secret_key, identifier, stored.data)
        session.last_seen_at = stored.last_seen_at
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Write the session back and send the cookie when the identifier is new."""
        current = cast(PortalSession, session)
        if current.modified:
            self._write(current, response)
        elif current.stored_id is not None:
            self._touch(current)

    def _write(self, session: PortalSession, response: Response) -> None:
        now = self._clock.now()
        rotated = session.stored_id != session.identifier
        if session.stored_id is not None and rotated:
            self._store.delete(fingerprint(self._settings.secret_key, _FINGERPRINT_PURPOSE, session.stored_id))
        if not session and rotated:
            self._forget_cookie(response)
        elif rotated:
            self._store.insert(session.fingerprint, dict(session), _owner(session), now)
            self._send_cookie(response, session.identifier)
            self._purge_now_and_then(now)
        elif not self._store.update(session.fingerprint, dict(session), _owner(session), now):
            self._forget_cookie(response)

    def _touch(self, session: PortalSession) -> None:
        now = self._clock.now()
        if session.last_seen_at is None or now - session.last_seen_at >= timedelta(seconds=_TOUCH_EVERY_S):
            self._store.touch(session.fingerprint, now)

    def _send_cookie(self, response: Response, identifier: str) -> None:
        response.set_cookie(
            self.cookie_name, identifier, httponly=True, secure=self._settings.secure, samesite="Lax", path="/"
        )
        response.vary.add("Cookie")

    def _forget_cookie(self, response: Response) -> None:
        response.delete_cookie(self.cookie_name, httponly=True, secure=self._settings.secure, samesite="Lax", path="/")

    def _purge_now_and_then(self, now: datetime) -> None:
        if now < self._next_purge:
            return
        self._next_purge = now + timedelta(seconds=_PURGE_EVERY_S)
        self._store.purge(
            idle_before=now - timedelta(seconds=self._settings.session_idle_s),
            created_before=now - timedelta(seconds=self._settings.session_absolute_s),
            now=now,
        )


def _owner(session: PortalSession) -> Owner:
    identity = session.identity
    if identity is None:
        return Owner()
    return Owner(identity.brand, identity.subject, identity.keycloak_sid)
