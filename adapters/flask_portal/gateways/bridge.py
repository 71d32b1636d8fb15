"""Client of the SMS gateway bridge: one-time codes for registration and recovery, and notices.

Requests are signed and so are the answers (``docs/contracts.md``, «Signed requests to the bridge»); an answer whose
signature does not verify is no answer. Raises :class:`SystemUnavailableError`, :class:`TooManyRequestsError`,
:class:`NotFoundError` and :class:`RefusedError` with the bridge's problem code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import requests

from adapters.flask_portal.errors import (
    NotFoundError,
    RefusedError,
    SystemUnavailableError,
    TooManyRequestsError,
    UntrustedAnswerError,
)
from domain.clock import Clock
from domain.signatures import SignatureError, sign_request, verify_answer

_CALLER = "portal"
_DEFAULT_RETRY_AFTER_S = 30


@dataclass(frozen=True)
class Verification:
    """A code (and link) that is on its way. ``masked_to`` is for showing; times as the bridge decided them."""

    id: str
    expires_at: datetime
    resend_after_s: int
    masked_to: str


@dataclass(frozen=True)
class Check:
    """What the bridge says to a code or link token.

    ``status``: ``approved``, ``wrong``, ``expired``, ``exhausted``, ``superseded``, ``consumed``. ``proof`` only with
    ``approved``.
    """

    status: str
    attempts_left: int
    proof: str | None


@dataclass(frozen=True)
class VerificationRequest:
    """What to send and to whom; ``to`` is canonical, ``link_url`` None where the brand sends a code only.

    A ``decoy`` is asked for where nothing may be sent and nobody may tell.
    """

    brand: str
    purpose: str
    channel: str
    to: str
    locale: str
    customer_code: str
    flow_id: str
    client_ip: str | None
    policy: dict[str, int] | None
    link_url: str | None
    greeting_name: str | None
    decoy: bool = False

    def as_json(self) -> dict[str, Any]:
        """The request's body, without what is not given."""
        return {name: value for name, value in vars(self).items() if value is not None and value is not False}


@dataclass(frozen=True)
class Notice:
    """A message in one of the bridge's templates; ``to`` is canonical."""

    brand: str
    channel: str
    to: str = field(repr=False)
    locale: str
    template: str
    parameters: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """The request's body."""
        return dict(vars(self))


class BridgeGateway:
    """Speaks to the bridge as the caller ``portal``."""

    def __init__(
        self, base_url: str, keys: tuple[bytes, ...], http: requests.Session, clock: Clock, timeout_s: float
    ) -> None:
        self._base_url = base_url
        self._keys = keys
        self._http = http
        self._clock = clock
        self._timeout_s = timeout_s

    def start(self, request: VerificationRequest) -> Verification:
        """Send a code."""
        return _verification(self._call("POST", "/v1/verifications", request.as_json()))

    def resend(self, verification_id: str, customer_code: str, client_ip: str | None) -> Verification:
        """Send a new code for the same verification; the older stops counting."""
        body = {"customer_code": customer_code, "client_ip": client_ip}
        path = f"/v1/verifications/{verification_id}/resend"
        return _verification(self._call("POST", path, {k: v for k, v in body.items() if v is not None}))

    def check_code(self, verification_id: str, customer_code: str, code: str) -> Check:
        """Compare a code; every call costs an attempt."""
        return self._check(verification_id, {"code": code, "customer_code": customer_code})

    def check_link(self, verification_id: str, customer_code: str, token: str) -> Check:
        """Compare a link's token."""
        return self._check(verification_id, {"link_token": token, "customer_code": customer_code})

    def notify(self, notice: Notice, key: str) -> None:
        """Send a notice, once for each ``key`` however often it is asked for."""
        self._call("POST", "/v1/messages", notice.as_json(), {"idempotency-key": key})

    def _check(self, verification_id: str, body: dict[str, str]) -> Check:
        answer = self._call("POST", f"/v1/verifications/{verification_id}/check", body)
        try:
            return Check(str(answer["status"]), int(answer.get("attempts_left") or 0), answer.get("proof"))
        except (KeyError, TypeError, ValueError):
            raise UntrustedAnswerError("the bridge's check lacks a status") from None

    def _call(
        self, method: str, path: str, payload: dict[str, Any] | None, more_headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        body = b"" if payload is None else json.dumps(payload, separators=(",", ":")).encode()
        message_id = uuid4().hex
        try:
            answer = self._http.request(
                method,
                self._base_url + path,
                data=body or None,
                headers={**self._headers(message_id, method, path, body), **(more_headers or {})},
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except requests.RequestException:
            # The original names host and path, and the path holds a verification's id.
            raise SystemUnavailableError("the bridge does not answer") from None
        self._verify(answer, message_id)
        return _content(answer)

    def _headers(self, message_id: str, method: str, path: str, body: bytes) -> dict[str, str]:
        timestamp = int(self._clock.now().timestamp())
        signature = sign_request(
            self._keys[:1], message_id=message_id, timestamp=timestamp, method=method, path=path, body=body
        )
        return {
            "x-caller": _CALLER,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
            "content-type": "application/json",
        }

    def _verify(self, answer: requests.Response, message_id: str) -> None:
        try:
            verify_answer(
                self._keys,
                answer.headers.get("webhook-signature"),
                message_id=message_id,
                status=answer.status_code,
                body=answer.content,
            )
        except SignatureError as error:
            raise UntrustedAnswerError(f"the bridge's answer is not signed by it: {error.code}") from None


def _content(answer: requests.Response) -> dict[str, Any]:
    status = answer.status_code
    try:
        content = answer.json()
    except ValueError:
        content = {}
    if not isinstance(content, dict):
        raise UntrustedAnswerError("the bridge's answer is not an object")
    if status in {200, 201, 202}:
        return content
    code = str(content.get("code") or "refused")
    if status == 404:
        raise NotFoundError("the bridge knows no such verification")
    if status == 429:
        retry_after = answer.headers.get("Retry-After", "")
        wait_s = int(retry_after) if retry_after.isdigit() else _DEFAULT_RETRY_AFTER_S
        raise TooManyRequestsError("the bridge asks to wait", retry_after_s=wait_s)
    if status in {400, 409, 422}:
        raise RefusedError(code)
    raise SystemUnavailableError(f"the bridge answered {status} ({code})")


def _verification(content: dict[str, Any]) -> Verification:
    try:
        return Verification(
            id=str(content["id"]),
            expires_at=datetime.fromisoformat(content["expires_at"]),
            resend_after_s=int(content["resend_after_s"]),
            masked_to=str(content["masked_to"]),
        )
    except (KeyError, TypeError, ValueError):
        raise UntrustedAnswerError("the bridge's verification lacks a field") from None
