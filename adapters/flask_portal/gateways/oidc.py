"""OpenID Connect towards the brand's realm: pushed requests, the code's exchange, ID and logout tokens.

Authlib exchanges the code and validates the ID token's claims; the pushed authorization request (RFC 9126), which it
does not have, is posted with requests. Addresses the browser opens are Keycloak's public ones, all others the inside
ones; the issuer is the public one. Only RS256 is accepted, as the realm is configured.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from adapters.flask_portal.errors import SignInError, SystemUnavailableError
from domain.clock import Clock

CLIENT_ID = "portal"
_ALGORITHMS = ["RS256"]
_LEEWAY_S = 30
_BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TOKEN_MAX_AGE_S = 300
# A stranger can name any key: however many tokens come, Keycloak is asked for its keys no more often than this.
_KEYS_RENEWED_EVERY_S = 10


@dataclass(frozen=True)
class PushedRequest:
    """What one authorization request asks for; ``operation`` only with ``acr`` 3."""

    state: str
    nonce: str
    code_verifier: str
    acr: int
    redirect_uri: str
    locale: str
    operation: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class IdToken:
    """The claims of an ID token whose signature, issuer, audience, times and nonce were verified."""

    raw: str
    subject: str
    customer_code: str
    keycloak_sid: str
    acr: int
    auth_time: int
    issued_at: int


@dataclass(frozen=True)
class LogoutToken:
    """A verified back-channel logout token; one of ``keycloak_sid`` and ``subject`` is given."""

    jti: str
    expires_at: int
    keycloak_sid: str | None
    subject: str | None


class OidcGateway:
    """The relying party's side of every realm."""

    def __init__(
        self,
        base_url: str,
        public_url: str,
        secrets: Mapping[str, str],
        http: requests.Session,
        *,
        clock: Clock,
        timeout_s: float,
    ) -> None:
        self._base_url = base_url
        self._public_url = public_url
        self._secrets = secrets
        self._http = http
        self._clock = clock
        self._timeout_s = timeout_s
        self._keys: dict[str, KeySet] = {}
        self._renewed_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def push(self, brand: str, request: PushedRequest) -> str:
        """Push the request; the address to send the browser to."""
        parameters = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": request.redirect_uri,
            "scope": "openid",
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": create_s256_code_challenge(request.code_verifier),
            "code_challenge_method": "S256",
            "claims": json.dumps({"id_token": {"acr": {"essential": True, "values": [str(request.acr)]}}}),
            "ui_locales": request.locale,
        }
        if request.operation is not None:
            parameters["operation"] = json.dumps(request.operation, ensure_ascii=False)
        content = self._post(brand, "ext/par/request", parameters)
        query = urlencode({"client_id": CLIENT_ID, "request_uri": str(content["request_uri"])})
        return f"{self._realm(self._public_url, brand)}/auth?{query}"

    def exchange(self, brand: str, code: str, *, nonce: str, code_verifier: str, redirect_uri: str) -> IdToken:
        """Exchange the code and validate the ID token; raises :class:`SignInError` or `SystemUnavailableError`."""
        with OAuth2Session(CLIENT_ID, self._secrets[brand]) as session:
            session.trust_env = False
            try:
                answer = session.fetch_token(
                    f"{self._realm(self._base_url, brand)}/token",
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=code_verifier,
                    redirect_uri=redirect_uri,
                    timeout=self._timeout_s,
                )
            except AuthlibBaseError:
                raise SignInError("code_refused") from None
            except (requests.RequestException, ValueError):
                raise SystemUnavailableError("Keycloak does not exchange the code") from None
        return self.validate_id_token(brand, str(answer.get("id_token") or ""), nonce, answer.get("access_token"))

    def validate_id_token(self, brand: str, raw: str, nonce: str, access_token: str | None = None) -> IdToken:
        """Verify signature, issuer, audience, times and nonce."""
        token = self._decode(brand, raw)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {"iss": {"essential": True, "value": self._issuer(brand)}, "aud": {"essential": True, "value": CLIENT_ID}},
            {"nonce": nonce, "client_id": CLIENT_ID, "access_token": access_token},
        )
        try:
            claims.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY_S)
        except (JoseError, AuthlibBaseError) as error:
            raise SignInError(f"id_token_{type(error).__name__}") from None
        return _id_token(raw, claims)

    def validate_logout_token(self, brand: str, raw: str) -> LogoutToken:
        """Verify a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6) but for its replay."""
        claims = self._decode(brand, raw).claims
        now = int(self._clock.now().timestamp())
        audience = claims.get("aud")
        issued_at, expires_at = claims.get("iat"), claims.get("exp")
        if claims.get("iss") != self._issuer(brand):
            raise SignInError("logout_token_issuer")
        if CLIENT_ID not in (audience if isinstance(audience, list) else [audience]):
            raise SignInError("logout_token_audience")
        if not isinstance(issued_at, int) or abs(now - issued_at) > _LOGOUT_TOKEN_MAX_AGE_S:
            raise SignInError("logout_token_time")
        if isinstance(expires_at, int) and expires_at + _LEEWAY_S < now:
            raise SignInError("logout_token_expired")
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(_BACKCHANNEL_EVENT), dict):
            raise SignInError("logout_token_events")
        if "nonce" in claims:
            raise SignInError("logout_token_nonce")
        sid, subject, jti = claims.get("sid"), claims.get("sub"), claims.get("jti")
        if not jti or not (sid or subject):
            raise SignInError("logout_token_incomplete")
        # Remembered for as long as its iat is accepted, or a replay would pass once it is forgotten.
        forget_at = issued_at + 2 * _LOGOUT_TOKEN_MAX_AGE_S
        return LogoutToken(str(jti), forget_at, str(sid) if sid else None, str(subject) if subject else None)

    def end_session_url(self, brand: str, *, id_token: str | None, return_to: str, locale: str) -> str:
        """Where the browser goes to end the Keycloak session."""
        query = urlencode(
            {
                "client_id": CLIENT_ID,
                **({"id_token_hint": id_token} if id_token else {}),
                "post_logout_redirect_uri": return_to,
                "ui_locales": locale,
            }
        )
        return f"{self._realm(self._public_url, brand)}/logout?{query}"

    def _issuer(self, brand: str) -> str:
        return f"{self._public_url}/realms/{brand}"

    @staticmethod
    def _realm(base_url: str, brand: str) -> str:
        return f"{base_url}/realms/{brand}/protocol/openid-connect"

    def _post(self, brand: str, path: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = self._http.post(
                f"{self._realm(self._base_url, brand)}/{path}",
                data=parameters,
                auth=(CLIENT_ID, self._secrets[brand]),
                timeout=self._timeout_s,
                allow_redirects=False,
            )
            answer.raise_for_status()
            content = answer.json()
        except (requests.RequestException, ValueError):
            raise SystemUnavailableError("Keycloak does not take the authorization request") from None
        if not isinstance(content, dict) or "request_uri" not in content:
            raise SystemUnavailableError("Keycloak's answer to the authorization request lacks its address")
        return content

    def _decode(self, brand: str, raw: str) -> jwt.Token:
        try:
            try:
                return jwt.decode(raw, self._key_set(brand), algorithms=_ALGORITHMS)
            except InvalidKeyIdError:
                return jwt.decode(raw, self._key_set(brand, renew=True), algorithms=_ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise SignInError(f"token_{type(error).__name__}") from None

    def _key_set(self, brand: str, *, renew: bool = False) -> KeySet:
        """The realm's keys as last read; ``renew`` reads them again, unless that was done a moment ago."""
        with self._lock:
            now = self._clock.now().timestamp()
            too_soon = now - self._renewed_at.get(brand, -_KEYS_RENEWED_EVERY_S) < _KEYS_RENEWED_EVERY_S
            if brand not in self._keys or (renew and not too_soon):
                if renew:
                    self._renewed_at[brand] = now
                self._keys[brand] = self._fetch_keys(brand)
            return self._keys[brand]

    def _fetch_keys(self, brand: str) -> KeySet:
        try:
            answer = self._http.get(
                f"{self._realm(self._base_url, brand)}/certs", timeout=self._timeout_s, allow_redirects=False
            )
            answer.raise_for_status()
            keys = [key for key in answer.json()["keys"] if key.get("use", "sig") == "sig"]
            return KeySet.import_key_set({"keys": keys})
        except (requests.RequestException, ValueError, KeyError, JoseError):
            raise SystemUnavailableError("Keycloak's keys cannot be read") from None


def _id_token(raw: str, claims: Mapping[str, Any]) -> IdToken:
    texts = [claims.get(name) for name in ("sub", "customer_code", "sid", "acr")]
    times = [claims.get(name) for name in ("auth_time", "iat")]
    complete = all(isinstance(one, str) and one for one in texts) and all(isinstance(one, int) for one in times)
    if not complete or not str(claims["acr"]).isdecimal():
        raise SignInError("id_token_incomplete")
    return IdToken(
        raw=raw,
        subject=claims["sub"],
        customer_code=claims["customer_code"],
        keycloak_sid=claims["sid"],
        acr=int(claims["acr"]),
        auth_time=claims["auth_time"],
        issued_at=claims["iat"],
    )
