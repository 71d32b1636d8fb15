"""Signatures between the callers and the bridge (docs/contracts.md, «Signed requests to the bridge»).

The form is Standard Webhooks' with method and path added: HMAC-SHA256 over `id.timestamp.METHOD.path.body`, written
`v1,<base64>`; answers are signed over `id.status.body`. Several signatures are separated by spaces and one that
verifies under one of the keys is enough, which is how a key rotates. Whether an id was seen before is the
receiver's to remember. Examples that Python and Java both run: `tests/vectors/signatures.json`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence

KEY_PREFIX = "whsec_"
KEY_BYTES = 32
MAX_KEYS = 2
TOLERANCE_S = 300

_VERSION = "v1"
# No full stop: it separates the signed parts.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_METHOD = re.compile(r"[A-Z]{3,7}")
_MAX_SIGNATURES = 4


class SignatureError(Exception):
    """A signature was not accepted; `code` is stable."""

    code = "signature_invalid"

    def __init__(self) -> None:
        super().__init__(self.code)


class SignatureMismatchError(SignatureError):
    """No signature fits any key."""


class SignatureMalformedError(SignatureError):
    """A header is missing or not written as the contract says."""

    code = "signature_malformed"


class TimestampOutOfRangeError(SignatureError):
    """The request is more than five minutes old or ahead."""

    code = "timestamp_out_of_range"


class KeyMalformedError(SignatureError):
    """A key is not `whsec_` and 32 bytes in base64, or there are too many; the key itself is never shown."""

    code = "key_malformed"


def parse_keys(text: str) -> tuple[bytes, ...]:
    """Read one key, or two separated by a space while they rotate; the first is the one to sign with."""
    written = text.split()
    if not 1 <= len(written) <= MAX_KEYS:
        raise KeyMalformedError
    return tuple(_parse_key(key) for key in written)


def _parse_key(text: str) -> bytes:
    if not text.startswith(KEY_PREFIX):
        raise KeyMalformedError
    try:
        key = base64.b64decode(text.removeprefix(KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise KeyMalformedError from None
    if len(key) != KEY_BYTES:
        raise KeyMalformedError
    return key


def sign_request(keys: Sequence[bytes], *, message_id: str, timestamp: int, method: str, path: str, body: bytes) -> str:
    """Return the `webhook-signature` of a request, one signature per key (callers pass their first key only).

    `timestamp` is in Unix seconds; `path` has its query string if there is one; `method` is in upper case.
    """
    return _signatures(keys, _request_content(message_id, str(timestamp), method, path, body))


def verify_request(
    keys: Sequence[bytes],
    signature: str | None,
    *,
    message_id: str | None,
    timestamp: str | None,
    method: str,
    path: str,
    body: bytes,
    now_s: float,
) -> None:
    """Return if the request is signed with one of `keys` and not more than 300 s away from `now_s`.

    `signature`, `message_id` and `timestamp` are header values as received. Raises a `SignatureError`.
    """
    if message_id is None or timestamp is None or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureMalformedError
    _verify(keys, signature, _request_content(message_id, timestamp, method, path, body))
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        raise TimestampOutOfRangeError


def sign_answer(keys: Sequence[bytes], *, message_id: str, status: int, body: bytes) -> str:
    """Return the `webhook-signature` of the answer to the request `message_id`."""
    return _signatures(keys, _answer_content(message_id, status, body))


def verify_answer(keys: Sequence[bytes], signature: str | None, *, message_id: str, status: int, body: bytes) -> None:
    """Return if the answer belongs to the request `message_id` and is signed with one of `keys`; else raise.

    `message_id` is the one the caller sent, never the one the answer claims.
    """
    _verify(keys, signature, _answer_content(message_id, status, body))


def _request_content(message_id: str, timestamp: str, method: str, path: str, body: bytes) -> bytes:
    if not _MESSAGE_ID.fullmatch(message_id) or not _METHOD.fullmatch(method) or not path.startswith("/"):
        raise SignatureMalformedError
    return f"{message_id}.{timestamp}.{method}.{path}.".encode() + body


def _answer_content(message_id: str, status: int, body: bytes) -> bytes:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise SignatureMalformedError
    return f"{message_id}.{status}.".encode() + body


def _signatures(keys: Sequence[bytes], content: bytes) -> str:
    if not keys:
        raise KeyMalformedError
    return " ".join(f"{_VERSION},{base64.b64encode(_mac(key, content)).decode()}" for key in keys)


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)


def _verify(keys: Sequence[bytes], signature: str | None, content: bytes) -> None:
    if not keys:
        raise KeyMalformedError
    given = _parse_signatures(signature)
    expected = [_mac(key, content) for key in keys]
    # Every pair is compared, so the time does not tell which key or signature fitted.
    fits = [hmac.compare_digest(one, other) for one in given for other in expected]
    if not any(fits):
        raise SignatureMismatchError


def _parse_signatures(header: str | None) -> list[bytes]:
    written = (header or "").split(" ")
    if len(written) > _MAX_SIGNATURES:
        raise SignatureMalformedError
    found = []
    for one in written:
        version, comma, value = one.partition(",")
        if not comma:
            raise SignatureMalformedError
        if version != _VERSION:
            continue
        try:
            found.append(base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            raise SignatureMalformedError from None
    if not found:
        raise SignatureMalformedError
    return found
