"""Keyed hashes: of codes and link tokens (SECURITY O1), and of contacts and addresses where only sameness matters.

All are HMAC-SHA256 under ``SMS_BRIDGE_HASH_KEY``, with a label of their own each, so that no hash of one kind can be
taken for another. A database dump alone gives no code, although there are only a million of them. While the key rotates
there are two: the first hashes what is new, both are tried on what is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from domain.networks import subscriber

CODE_DIGITS = 6
LINK_TOKEN_BYTES = 24


def new_code() -> str:
    """Six digits from the operating system's CSPRNG, leading zeros included."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def new_link_token() -> str:
    """A link token of 192 random bits, in URL-safe base64."""
    return secrets.token_urlsafe(LINK_TOKEN_BYTES)


Marks = tuple[str, ...]
"""Fingerprints of one thing, one a key, the newest first: written by the first, looked up by all."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a code confirms (SECURITY O6); without an operation, the customer alone."""

    customer_code: str
    operation_id: str | None
    text: str | None
    amount: str | None


class Hasher:
    """The keyed hashes of one installation. ``keys``: newest first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    def code(self, verification_id: str, generation: int, confirmed: Confirmed, code: str) -> bytes:
        """Hash of a code, bound to its verification, to the send it belongs to, and to the operation it confirms."""
        return _code(self._keys[0], verification_id, generation, confirmed, code)

    def link(self, verification_id: str, generation: int, token: str) -> bytes:
        """Hash of a link token, bound to its verification and to the send it belongs to."""
        return _mac(self._keys[0], "link", verification_id, str(generation), token)

    def code_fits(
        self, stored: bytes | None, verification_id: str, generation: int, confirmed: Confirmed, code: str
    ) -> bool:
        """Whether the stored hash is this code's, under any of the keys."""
        return _any_same(stored, [_code(key, verification_id, generation, confirmed, code) for key in self._keys])

    def link_fits(self, stored: bytes | None, verification_id: str, generation: int, token: str) -> bool:
        """Whether the stored hash is this link token's, under any of the keys."""
        return _any_same(stored, [_mac(key, "link", verification_id, str(generation), token) for key in self._keys])

    def fingerprint(self, label: str, *parts: str) -> Marks:
        """Stable stand-ins of 128 bits for something personal, for counting and comparing."""
        return tuple(_mac(key, f"fingerprint-{label}", *parts)[:16].hex() for key in self._keys)

    def address(self, ip: str) -> Marks:
        """Fingerprint of a client address. An IPv6 customer owns a /64: it counts as one."""
        return self.fingerprint("address", subscriber(ip))


def _code(key: bytes, verification_id: str, generation: int, confirmed: Confirmed, code: str) -> bytes:
    bound = _mac(
        key, "operation", confirmed.customer_code, confirmed.operation_id, confirmed.text, confirmed.amount
    ).hex()
    return _mac(key, "code", verification_id, str(generation), bound, code)


def _mac(key: bytes, label: str, *parts: str | None) -> bytes:
    # JSON keeps the parts apart whatever they contain.
    return hmac.digest(key, json.dumps([label, *parts]).encode(), hashlib.sha256)


def _any_same(stored: bytes | None, offered: list[bytes]) -> bool:
    # Every key is tried, whichever fits: the time tells nothing about the key's age.
    return any([same(one, stored) for one in offered])  # noqa: C419


def same(left: bytes, right: bytes | None) -> bool:
    """Constant-time comparison; nothing is the same as an absent hash."""
    return hmac.compare_digest(left, right or b"\x00" * 32) and right is not None
