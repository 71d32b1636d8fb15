"""Random identifiers, their fingerprints at rest, and values sealed for one browser.

A stolen database must give nobody a session: identifiers that open something are kept only as HMAC-SHA256 keyed with
``PORTAL_SECRET_KEY``, and the two bearer values that must be kept for a few minutes (the bridge's proof and the set-up
link it is exchanged for) are sealed with a key derived from the browser's session identifier, which is itself not
stored. So no other browser that follows the same flow can use them either.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class BrowserSeal(Protocol):
    """Seals for one browser, and opens what was sealed for it."""

    def seal(self, text: str) -> str:
        """Encrypt for this browser alone."""
        ...

    def unseal(self, sealed: str) -> str | None:
        """Decrypt what this browser sealed; None for another's."""
        ...


def new_identifier() -> str:
    """256 random bits, URL-safe (43 characters)."""
    return secrets.token_urlsafe(32)


def fingerprint(secret_key: str, purpose: str, value: str) -> str:
    """Keyed fingerprint of an identifier, 64 hexadecimal characters; purposes never share one."""
    return hmac.new(secret_key.encode(), f"{purpose}\n{value}".encode(), "sha256").hexdigest()


def seal(secret_key: str, session_id: str, text: str) -> str:
    """Encrypt so that only the browser holding this session identifier brings the key."""
    return _cipher(secret_key, session_id).encrypt(text.encode()).decode("ascii")


def unseal(secret_key: str, session_id: str, sealed: str) -> str | None:
    """The sealed text, or None when this is another browser's session."""
    try:
        return _cipher(secret_key, session_id).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def cipher_of(secret_keys: Sequence[str], purpose: str) -> MultiFernet:
    """Encrypts what a browser carries for the portal: with the first key, and opens with each; purposes never share."""
    return MultiFernet([_derived(key.encode(), b"", purpose.encode()) for key in secret_keys])


def _cipher(secret_key: str, session_id: str) -> Fernet:
    return _derived(session_id.encode(), secret_key.encode(), b"portal sealed link")


def _derived(secret: bytes, salt: bytes, info: bytes) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=info)
    return Fernet(base64.urlsafe_b64encode(key.derive(secret)))
