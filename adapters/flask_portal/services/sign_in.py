"""Signing in, stepping up and confirming, by pushed authorization requests; what comes back is never trusted for what
was asked.

Every answer is held against the request the portal remembers: state and browser, nonce, issuer, audience and signature
(:mod:`adapters.flask_portal.gateways.oidc`), then level, freshness and subject here. A level lower or older than needed
is asked for again, at most twice, and never accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from adapters.flask_portal.errors import SignInError
from adapters.flask_portal.gateways.oidc import IdToken, OidcGateway, PushedRequest
from adapters.flask_portal.log import logger
from adapters.flask_portal.pending import AuthorizationRequest, RequestStore
from adapters.flask_portal.repository.operations import Operation
from adapters.flask_portal.repository.sessions import SessionStore
from adapters.flask_portal.sealing import new_identifier
from adapters.flask_portal.sessions import Identity
from domain.clock import Clock

OPERATION_LEVEL = 3
PERSONAL_DATA_LEVEL = 2
LEVEL_2_MAX_AGE_S = 900
_REQUEST_LIFETIME = timedelta(minutes=30)
_CLOCK_SKEW = timedelta(seconds=30)
_MOST_REPEATS = 2
# It travels in a cookie, which has to stay small; nothing of ours comes near it.
_LONGEST_PATH = 300
_TEMPORARY_ERRORS = frozenset({"temporarily_unavailable", "server_error"})


class LevelTooLowError(SignInError):
    """The answer is genuine but its level is lower, or its sign-in older, than what was needed."""

    def __init__(self, request: AuthorizationRequest, reason: str) -> None:
        super().__init__(reason)
        self.request = request


class RefusedAtKeycloakError(SignInError):
    """Keycloak answered with an error; ``temporary`` when it makes sense to try again soon."""

    def __init__(self, request: AuthorizationRequest, error: str) -> None:
        super().__init__(f"keycloak_{error}")
        self.request = request
        self.temporary = error in _TEMPORARY_ERRORS


@dataclass(frozen=True)
class Needed:
    """What a request must bring back; see :class:`AuthorizationRequest`."""

    acr: int
    return_to: str
    subject: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True)
class SignedIn:
    """An accepted answer."""

    identity: Identity
    request: AuthorizationRequest


class SignInService:
    """The relying party's decisions."""

    def __init__(
        self,
        oidc: OidcGateway,
        requests: RequestStore,
        sessions: SessionStore,
        *,
        clock: Clock,
        public_url: str,
        issuer_base: str,
    ) -> None:
        self._oidc = oidc
        self._requests = requests
        self._sessions = sessions
        self._clock = clock
        self._public_url = public_url
        self._issuer_base = issuer_base

    def begin(
        self,
        brand: str,
        locale: str,
        needed: Needed,
        *,
        operation: Operation | None = None,
        repeats: int = 0,
    ) -> str:
        """Push a request for this browser; the address to send it to.

        An operation brings its own nonce, by which the token is tied to it.
        """
        now = self._clock.now()
        state, verifier = new_identifier(), new_identifier() + new_identifier()
        nonce = operation.nonce if operation is not None and operation.nonce else new_identifier()
        request = AuthorizationRequest(
            state=state,
            brand=brand,
            nonce=nonce,
            code_verifier=verifier,
            needed_acr=needed.acr,
            return_to=needed.return_to,
            expires_at=now + _REQUEST_LIFETIME,
            not_before=needed.not_before,
            subject=needed.subject,
            operation_id=operation.id if operation else None,
            repeats=repeats,
        )
        self._requests.add(request)
        extra = {"id": operation.id, "text": operation.text, "amount": None, "nonce": nonce} if operation else None
        pushed = PushedRequest(state, nonce, verifier, needed.acr, self._callback(brand), locale, extra)
        return self._oidc.push(brand, pushed)

    def step_up_needed(self, identity: Identity) -> bool:
        """Whether personal data need a code first: the level is too low or was reached too long ago."""
        oldest = self._clock.now().timestamp() - LEVEL_2_MAX_AGE_S
        return identity.acr < PERSONAL_DATA_LEVEL or identity.auth_time < oldest

    def step_up(self, identity: Identity, return_to: str) -> Needed:
        """What a step-up of this customer must bring back."""
        not_before = self._clock.now() - timedelta(seconds=LEVEL_2_MAX_AGE_S)
        return Needed(PERSONAL_DATA_LEVEL, return_to, identity.subject, not_before)

    def complete(self, brand: str, answer: Mapping[str, str]) -> SignedIn:
        """Accept Keycloak's answer, or raise a :class:`SignInError` that says why not."""
        state = answer.get("state", "")
        now = self._clock.now()
        request = self._requests.take(state, now) if state else None
        if request is None or request.brand != brand:
            raise SignInError("unknown_state")
        if answer.get("iss", self._issuer(brand)) != self._issuer(brand):
            raise SignInError("other_issuer")
        if "error" in answer:
            raise RefusedAtKeycloakError(request, answer["error"][:60])
        token = self._oidc.exchange(
            brand,
            answer.get("code", ""),
            nonce=request.nonce,
            code_verifier=request.code_verifier,
            redirect_uri=self._callback(brand),
        )
        self._check(request, token)
        logger.info("signed_in", brand=brand, customer=token.customer_code, acr=token.acr)
        return SignedIn(_identity(brand, token), request)

    def repeat(self, locale: str, error: LevelTooLowError, operation: Operation | None) -> str:
        """Ask again for a level that came back too low; raises the error when it was asked often enough."""
        request = error.request
        lost_operation = request.operation_id is not None and operation is None
        if request.repeats >= _MOST_REPEATS or lost_operation:
            raise error
        not_before = operation.asked_at if operation else request.not_before
        needed = Needed(request.needed_acr, request.return_to, request.subject, not_before)
        repeats = request.repeats + 1
        return self.begin(request.brand, locale, needed, operation=operation, repeats=repeats)

    def sign_out_url(self, identity: Identity, id_token: str | None, locale: str) -> str:
        """Where the browser goes to end Keycloak's session too; without the ID token Keycloak asks to confirm."""
        return_to = f"{self._public_url}/{identity.brand}/"
        return self._oidc.end_session_url(identity.brand, id_token=id_token, return_to=return_to, locale=locale)

    def end_by_logout_token(self, brand: str, raw: str) -> int:
        """End the sessions a back-channel logout names; a token works once."""
        token = self._oidc.validate_logout_token(brand, raw)
        forget_at = datetime.fromtimestamp(token.expires_at, tz=self._clock.now().tzinfo)
        if not self._sessions.spend_logout_token(f"{brand}:{token.jti}"[:128], forget_at):
            raise SignInError("logout_token_replayed")
        if token.keycloak_sid is not None:
            return self._sessions.end_by_keycloak_sid(brand, token.keycloak_sid)
        return self._sessions.end_by_subject(brand, token.subject or "")

    def _check(self, request: AuthorizationRequest, token: IdToken) -> None:
        if request.subject is not None and token.subject != request.subject:
            raise SignInError("other_subject")
        if token.acr < request.needed_acr:
            raise LevelTooLowError(request, "acr_too_low")
        if request.not_before is not None:
            earliest = (request.not_before - _CLOCK_SKEW).timestamp()
            if token.auth_time < earliest or token.issued_at < earliest:
                raise LevelTooLowError(request, "auth_time_too_old")

    def _issuer(self, brand: str) -> str:
        return f"{self._issuer_base}/realms/{brand}"

    def _callback(self, brand: str) -> str:
        return f"{self._public_url}/{brand}/accesso/callback"


def own_path(brand: str, target: str | None) -> str:
    """``target`` when it is a path of this brand's portal, else the policies; no stranger's address is followed."""
    home = f"/{brand}/polizze"
    if not target or len(target) > _LONGEST_PATH or "\\" in target or any(ord(char) < 0x21 for char in target):
        return home
    parts = urlsplit(target)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith(f"/{brand}/") and "//" not in parts.path
    return parts.path if inside and ".." not in parts.path.split("/") else home


def _identity(brand: str, token: IdToken) -> Identity:
    return Identity(
        brand=brand,
        subject=token.subject,
        customer_code=token.customer_code,
        keycloak_sid=token.keycloak_sid,
        acr=token.acr,
        auth_time=token.auth_time,
        id_token=token.raw,
    )
