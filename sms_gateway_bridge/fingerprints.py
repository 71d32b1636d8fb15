"""Keyed hashes: of codes and link tokens (SECURITY O1), and of contacts and addresses where only sameness matters.

All are HMAC-SHA256 under ``SMS_BRIDGE_HASH_KEY``, with a label of their own each, so that no hash of one kind can be
taken for another. A database dump alone gives no code, although there are only a million of them.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import secrets

CODE_DIGITS = 6
LINK_TOKEN_BYTES = 24


def new_code() -> str:
    """Six digits from the operating system's CSPRNG, leading zeros included."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def new_link_token() -> str:
    """A link token of 192 random bits, in URL-safe base64."""
    return secrets.token_urlsafe(LINK_TOKEN_BYTES)


class Hasher:
    """The keyed hashes of one installation."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def code(self, verification_id: str, generation: int, operation: str, code: str) -> bytes:
        """Hash of a code, bound to its verification, to the send it belongs to, and to the operation it confirms."""
        return self._mac("code", verification_id, str(generation), operation, code)

    def link(self, verification_id: str, generation: int, token: str) -> bytes:
        """Hash of a link token, bound to its verification and to the send it belongs to."""
        return self._mac("link", verification_id, str(generation), token)

    def operation(self, customer_code: str, operation_id: str | None, text: str | None, amount: str | None) -> str:
        """Digest of an operation bound to its customer (SECURITY O6); without an operation, of the customer alone."""
        return self._mac("operation", customer_code, operation_id, text, amount).hex()

    def fingerprint(self, label: str, *parts: str) -> str:
        """A stable stand-in of 128 bits for something personal, for counting and comparing."""
        return self._mac(f"fingerprint-{label}", *parts)[:16].hex()

    def address(self, ip: str) -> str:
        """Fingerprint of a client address. An IPv6 customer owns a /64: it counts as one."""
        parsed = ipaddress.ip_address(ip)
        if isinstance(parsed, ipaddress.IPv6Address):
            mapped = parsed.ipv4_mapped
            ip = str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
        return self.fingerprint("address", ip)

    def _mac(self, label: str, *parts: str | None) -> bytes:
        # JSON keeps the parts apart whatever they contain.
        return hmac.digest(self._key, json.dumps([label, *parts]).encode(), hashlib.sha256)


def same(left: bytes, right: bytes | None) -> bool:
    """Constant-time comparison; nothing is the same as an absent hash."""
    return hmac.compare_digest(left, right or b"\x00" * 32) and right is not None
