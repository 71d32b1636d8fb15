"""Secrets of the bridge: how new ones are made, and how configured ones are read.

``python -m sms_gateway_bridge.keys`` prints a complete, freshly generated set as environment lines.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import sys
from urllib.parse import unquote, urlsplit

from joserfc.jwk import KeySet, OKPKey

from domain.guessable import why_guessable
from domain.signatures import KEY_BYTES, KEY_PREFIX, KeyMalformedError, parse_keys
from sms_gateway_bridge.errors import ConfigurationError

_LEAST_DISTINCT_BYTES = 8


def new_caller_key() -> str:
    """A caller's signing key: ``whsec_`` and base64 of 32 random bytes (the form of Standard Webhooks)."""
    return KEY_PREFIX + new_hash_key()


def new_hash_key() -> str:
    """The key of code hashes and fingerprints: base64 of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def new_proof_keys(existing: str | None = None) -> str:
    """A private JWK Set (JSON text) whose first key, a new Ed25519 one, signs proofs.

    With ``existing``, its keys are kept behind the new one, so proofs signed before a rotation stay verifiable.
    """
    key_id = secrets.token_hex(8)
    key = OKPKey.generate_key("Ed25519", {"kid": key_id, "alg": "EdDSA", "use": "sig"}, private=True)
    older = json.loads(existing)["keys"] if existing else []
    return json.dumps({"keys": [key.as_dict(private=True), *older]}, separators=(",", ":"))


def read_secret(name: str, text: str) -> bytes:
    """Decode base64 of 32 random bytes, or raise `ConfigurationError` naming the variable and never its value."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error, UnicodeEncodeError):
        raise ConfigurationError(f"{name} is not base64 of {KEY_BYTES} random bytes") from None
    if len(raw) != KEY_BYTES:
        raise ConfigurationError(f"{name} must hold {KEY_BYTES} random bytes in base64, it holds {len(raw)}")
    _refuse_placeholder(name, raw)
    return raw


def read_hash_keys(name: str, text: str) -> tuple[bytes, ...]:
    """One or two keys separated by a space, the one that hashes first; or `ConfigurationError`."""
    parts = text.split()
    if len(parts) > 2 or len(set(parts)) != len(parts):
        raise ConfigurationError(f"{name} must hold one key, or two different ones separated by a space")
    return tuple(read_secret(name, part) for part in parts)


def _refuse_placeholder(name: str, raw: bytes) -> None:
    if len(set(raw)) < _LEAST_DISTINCT_BYTES or raw.isascii():
        raise ConfigurationError(f"{name} is a placeholder, not {KEY_BYTES} random bytes")


def refuse_guessable_password(name: str, url: str) -> None:
    """Raise `ConfigurationError` when the password in a database URL could be guessed; a URL without one is fine."""
    password = urlsplit(url).password
    if password and (reason := why_guessable(unquote(password))):
        raise ConfigurationError(f"the password in {name} {reason}: production needs one made at random")


def read_caller_keys(name: str, text: str) -> tuple[bytes, ...]:
    """One or two ``whsec_`` keys separated by a space, newest first, decoded; or `ConfigurationError`."""
    try:
        keys = parse_keys(text)
    except KeyMalformedError:
        raise ConfigurationError(
            f"{name} must hold {KEY_PREFIX} and base64 of {KEY_BYTES} random bytes, or two separated by a space"
        ) from None
    for key in keys:
        _refuse_placeholder(name, key)
    return keys


def read_proof_keys(name: str, text: str) -> KeySet:
    """A private Ed25519 JWK Set with a ``kid`` on every key, or `ConfigurationError`."""
    try:
        keys = KeySet.import_key_set(json.loads(text))
        usable = [key for key in keys.keys if isinstance(key, OKPKey) and key.is_private and key.kid]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{name} is not a JWK Set ({type(error).__name__})") from None
    if not usable or len(usable) != len(keys.keys):
        raise ConfigurationError(f"{name} must hold private Ed25519 keys, each with a kid")
    return keys


def main() -> None:
    """Print a new set of secrets as environment lines."""
    lines = [f"SMS_BRIDGE_KEY_{caller}={new_caller_key()}" for caller in ("KEYCLOAK", "PORTAL", "WORKER")]
    lines += [f"SMS_BRIDGE_HASH_KEY={new_hash_key()}", f"SMS_BRIDGE_PROOF_KEYS='{new_proof_keys()}'"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
