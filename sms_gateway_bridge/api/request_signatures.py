"""How a request proves who sent it: in our own way, or a receipt in the way of the service that brings it.

Ours is of callers, and of providers that can sign as they are told (docs/contracts.md). Services that sign in ways of
their own are believed in those: Twilio's signs the address and the form it posts, Vonage's brings a JWT with a hash of
the body. Neither is answered with a signature: the secrets are theirs, and nothing else is made with them.
"""

from __future__ import annotations

import abc
import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from domain.signatures import TOLERANCE_S, SignatureError, TimestampOutOfRangeError, verify_request
from sms_gateway_bridge.providers.http_gateway import HttpGateway

_JWT_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came: ``headers`` in lower case, ``path`` with its query."""

    headers: Mapping[str, str]
    method: str
    path: str
    body: bytes


class RequestSignature(abc.ABC):
    """One sender's way to sign. ``answer_keys``: with what the answers to it are signed, none where they are not."""

    answer_keys: Sequence[bytes] = ()

    @abc.abstractmethod
    def verify(self, request: Received, now_s: float) -> str:
        """The request's id, by which a repetition is known; `SignatureError` where it is not the sender's."""


class OwnSignature(RequestSignature):
    """Ours: an HMAC over id, time, method, path and body under one of the sender's keys."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self.answer_keys = tuple(keys)

    def verify(self, request: Received, now_s: float) -> str:
        """See `domain.signatures`."""
        request_id = request.headers.get("webhook-id", "")
        verify_request(
            self.answer_keys,
            request.headers.get("webhook-signature"),
            message_id=request_id,
            timestamp=request.headers.get("webhook-timestamp"),
            method=request.method,
            path=request.path,
            body=request.body,
            now_s=now_s,
        )
        return request_id


class TwilioSignature(RequestSignature):
    """``X-Twilio-Signature``: HMAC-SHA1 over the address as Twilio calls it and the sorted fields of the form.

    It holds neither time nor id. Repetitions are known by the signature; one that is forgotten by then changes nothing,
    since states only move forward. https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """

    def __init__(self, secrets: Sequence[bytes], url: str) -> None:
        self._secrets = tuple(secrets)
        self._url = url

    def verify(self, request: Received, now_s: float) -> str:  # noqa: ARG002
        """The hash of the signature stands for an id."""
        try:
            fields = parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise SignatureError from None
        content = (self._url + "".join(name + value for name, value in sorted(set(fields)))).encode()
        signature = request.headers.get("x-twilio-signature", "")
        expected = [base64.b64encode(hmac.digest(secret, content, "sha1")) for secret in self._secrets]
        if not any([hmac.compare_digest(one, signature.encode()) for one in expected]):  # noqa: C419  (all, always)
            raise SignatureError
        return hashlib.sha256(signature.encode()).hexdigest()


class VonageSignature(RequestSignature):
    """A bearer JWT (HS256) with ``iat``, ``jti`` and ``payload_hash``, the body's SHA-256 in hexadecimal.

    https://developer.vonage.com/en/messages/concepts/signed-webhooks
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._keys = [OctKey.import_key(secret) for secret in secrets]

    def verify(self, request: Received, now_s: float) -> str:
        """As our own: not older or younger than five minutes."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        claims = self._claims(token)
        issued, request_id, body_hash = (claims.get(name) for name in ("iat", "jti", "payload_hash"))
        if isinstance(issued, bool) or not isinstance(issued, int) or abs(now_s - issued) > TOLERANCE_S:
            raise TimestampOutOfRangeError
        expected = hashlib.sha256(request.body).hexdigest()
        if not isinstance(body_hash, str) or not hmac.compare_digest(body_hash.lower().encode(), expected.encode()):
            raise SignatureError
        if not isinstance(request_id, str) or not _JWT_ID.fullmatch(request_id):
            raise SignatureError
        return request_id

    def _claims(self, token: str) -> Mapping[str, object]:
        for key in self._keys:
            try:
                return jwt.decode(token, key, algorithms=["HS256"]).claims
            except (JoseError, ValueError):
                continue
        raise SignatureError


def receipt_signature(gateway: HttpGateway | None, keys: Sequence[bytes]) -> RequestSignature:
    """How a provider signs its receipts; what is not declared in a file (None) signs as we do."""
    receipts = gateway.receipts if gateway else None
    if receipts and receipts.signature == "twilio" and receipts.url:
        return TwilioSignature(keys, receipts.url)
    if receipts and receipts.signature == "vonage":
        return VonageSignature(keys)
    return OwnSignature(keys)
