"""Server-side sessions, kept in the portal's tables.

Why an interface of our own and not an extension: the portal needs four things together that none offers. The identifier
is rotated when the customer signs in; only its keyed fingerprint is at rest; a session can be found and ended by
Keycloak's session id when a back-channel logout arrives, and an answer that was still being written cannot bring it
back; and both an idle and an absolute limit hold. The cookie carries the random identifier and nothing else.

A browser that only looks around leaves no row: until there is something to keep, its cookie is a signed random seed
that its CSRF tokens are derived from. The language has a cookie of its own and outlives the session.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Request, Response, request
from flask import session as flask_session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import CallbackDict

from adapters.flask_portal.errors import SystemUnavailableError
from adapters.flask_portal.repository.engine import is_unavailable
from adapters.flask_portal.repository.sessions import Owner, SessionStore
from adapters.flask_portal.sealing import fingerprint, new_identifier, seal, unseal
from adapters.flask_portal.settings import Settings
from domain.clock import Clock

_FINGERPRINT_PURPOSE = "session"
_TOUCH_EVERY_S = 60
_PURGE_EVERY_S = 300
_LOCALE = "locale"
_CSRF = "csrf_token"
_LOCALE_COOKIE_S = 365 * 24 * 3600
_WITHOUT_SESSION = frozenset({"health.healthz", "health.readyz", "theme.resource"})


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
    """The session of one browser: a JSON object, and the identity signed in if there is one.

    ``secret_key`` is the one that the browser's cookie was made with; ``seed`` what an unstored browser's CSRF tokens
    come from, None for a browser that has none yet.
    """

    def __init__(
        self,
        secret_key: str,
        identifier: str | None = None,
        data: dict[str, Any] | None = None,
        *,
        seed: str | None = None,
    ) -> None:
        def on_update(changed: CallbackDict[str, Any]) -> None:
            cast(PortalSession, changed).modified = True

        super().__init__(data, on_update)
        self._secret_key = secret_key
        self.stored_id = identifier
        self.identifier = identifier or new_identifier()
        self.new = identifier is None
        self.modified = False
        self.unavailable = False
        self.last_seen_at: datetime | None = None
        self.seed = seed
        self.seed_is_new = False
        self.loaded_locale = self.get(_LOCALE)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (key == _CSRF and self.stored_id is None)

    def __getitem__(self, key: str) -> Any:
        if key == _CSRF and self.stored_id is None and not super().__contains__(key):
            return self._derived_csrf_token()
        return super().__getitem__(key)

    def _derived_csrf_token(self) -> str:
        if self.seed is None:
            self.seed, self.seed_is_new = new_identifier(), True
        return fingerprint(self._secret_key, "csrf", self.seed)

    def kept(self) -> dict[str, Any]:
        """What a row would hold: all but the language, and the CSRF token that open pages of this browser carry."""
        kept = {name: value for name, value in self.items() if name != _LOCALE}
        if kept and self.seed is not None:
            kept.setdefault(_CSRF, self._derived_csrf_token())
        return kept

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    @property
    def fingerprint(self) -> str:
        """The keyed fingerprint under which this session is stored."""
        return self.fingerprint_of(self.identifier)

    def fingerprint_of(self, identifier: str) -> str:
        """The fingerprint of an identifier this browser has or had."""
        return fingerprint(self._secret_key, _FINGERPRINT_PURPOSE, identifier)

    @property
    def binding(self) -> str:
        """Ties records elsewhere to this browser, until it signs in or out."""
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
        """Keep the identity under a new identifier; a session fixed before the sign-in is worth nothing after it.

        The ID token is kept sealed: it is needed once, to sign out, and whoever reads the tables must not have it.
        """
        same_customer = self.identity is not None and self.identity.subject == identity.subject
        kept = dict(self) if same_customer else {name: self[name] for name in (_LOCALE,) if name in self}
        kept.pop(_CSRF, None)
        self.clear()
        self.update(kept)
        self.identifier = new_identifier()
        self.seed = None
        self["identity"] = asdict(replace(identity, id_token=self.seal(identity.id_token)))

    def id_token(self) -> str | None:
        """The ID token of the customer signed in, as Keycloak wants it at sign-out; None when there is none."""
        identity = self.identity
        return None if identity is None else self.unseal(identity.id_token)

    def sign_out(self) -> None:
        """Forget everything but the language, under a new identifier."""
        locale = self.get(_LOCALE)
        self.clear()
        if locale:
            self[_LOCALE] = locale
        self.identifier = new_identifier()
        self.seed = None

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
        self.cookie_name = settings.cookie_name("area-clienti")
        self.locale_cookie_name = settings.cookie_name("lingua")

    def open_session(self, app: Flask, request: Request) -> PortalSession:  # noqa: ARG002
        """The browser's session if its cookie is known and within both limits, else an empty one.

        When the database cannot tell, the session is marked unavailable: `require_sessions` answers for it.
        """
        locale = request.cookies.get(self.locale_cookie_name, "")
        chosen = {_LOCALE: locale} if locale.isalpha() and len(locale) == 2 else {}
        try:
            return self._known(request.cookies.get(self.cookie_name, ""), chosen)
        except SQLAlchemyError as error:
            if not is_unavailable(error):
                raise
            session = PortalSession(self._settings.secret_key, data=chosen)
            session.unavailable = True
            return session

    def _known(self, value: str, chosen: dict[str, str]) -> PortalSession:
        for secret_key in self._settings.secret_keys:
            if (seed := _seed_in(secret_key, value)) is not None:
                return PortalSession(secret_key, data=chosen, seed=seed)
            session = self._stored(secret_key, value, chosen) if value else None
            if session is not None:
                return session
        return PortalSession(self._settings.secret_key, data=chosen)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Write the session back and send the cookie when the identifier is new.

        A session that could not be read is not written: nobody is signed out because the database was away.
        """
        current = cast(PortalSession, session)
        if current.unavailable:
            return
        try:
            self._save(current, response)
        except SQLAlchemyError:
            current.unavailable = True
            raise

    def _save(self, current: PortalSession, response: Response) -> None:
        locale = current.get(_LOCALE)
        if locale is not None and locale != current.loaded_locale:
            self._send_cookie(response, self.locale_cookie_name, locale, max_age=_LOCALE_COOKIE_S)
        kept = current.kept()
        if current.modified and (kept or current.stored_id is not None):
            self._write(current, kept, response)
            return
        if current.stored_id is not None:
            self._touch(current)
        if current.seed is not None and current.seed_is_new:
            self._send_cookie(response, self.cookie_name, _cookie_of_seed(self._settings.secret_key, current.seed))

    def _stored(self, secret_key: str, identifier: str, chosen: dict[str, str]) -> PortalSession | None:
        known_as = fingerprint(secret_key, _FINGERPRINT_PURPOSE, identifier)
        stored = self._store.load(known_as)
        if stored is None:
            return None
        now = self._clock.now()
        idle = now - stored.last_seen_at > timedelta(seconds=self._settings.session_idle_s)
        if idle or now - stored.created_at > timedelta(seconds=self._settings.session_absolute_s):
            self._store.delete(known_as)
            return None
        session = PortalSession(secret_key, identifier, {**stored.data, **chosen})
        session.last_seen_at = stored.last_seen_at
        return session

    def _write(self, session: PortalSession, kept: dict[str, Any], response: Response) -> None:
        now = self._clock.now()
        rotated = session.stored_id != session.identifier
        if session.stored_id is not None and rotated:
            self._store.delete(session.fingerprint_of(session.stored_id))
        if not kept and rotated:
            self._forget_cookie(response)
        elif rotated:
            self._store.insert(session.fingerprint, kept, _owner(session), now)
            self._send_cookie(response, self.cookie_name, session.identifier)
            self._purge_now_and_then(now)
        elif not self._store.update(session.fingerprint, kept, _owner(session), now):
            self._forget_cookie(response)

    def _touch(self, session: PortalSession) -> None:
        now = self._clock.now()
        if session.last_seen_at is None or now - session.last_seen_at >= timedelta(seconds=_TOUCH_EVERY_S):
            self._store.touch(session.fingerprint, now)

    def _send_cookie(self, response: Response, name: str, value: str, max_age: int | None = None) -> None:
        response.set_cookie(
            name, value, max_age=max_age, httponly=True, secure=self._settings.secure, samesite="Lax", path="/"
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


def _cookie_of_seed(secret_key: str, seed: str) -> str:
    return f"{seed}.{fingerprint(secret_key, 'anonymous session', seed)}"


def _seed_in(secret_key: str, value: str) -> str | None:
    """The seed of an unstored browser's cookie; None for any other value, a forged one included."""
    seed, dot, _ = value.partition(".")
    genuine = dot and hmac.compare_digest(_cookie_of_seed(secret_key, seed).encode(), value.encode())
    return seed if genuine else None


def require_sessions(app: Flask) -> None:
    """Answer 503 to whoever has a session while the database cannot say which: they are no strangers."""

    @app.before_request
    def check_session() -> None:
        if cast(PortalSession, flask_session).unavailable and request.endpoint not in _WITHOUT_SESSION:
            raise SystemUnavailableError("the session cannot be read")
