"""Secrets from the system's random source, in a file only its owner reads.

Development: made once a stack and kept. Production: written once as the environment file of ``docker-compose.yml``;
the parts themselves read the environment alone.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from domain.brands import variable_suffix
from sms_gateway_bridge.keys import new_caller_key, new_hash_key, new_proof_keys

CALLERS = ("KEYCLOAK", "PORTAL", "WORKER")
CLIENTS = ("PORTAL", "PROVISIONING", "OPERATORS")
DATABASE_PASSWORDS = (
    "POSTGRES_PASSWORD",
    *(
        f"{role}_DB_PASSWORD"
        for role in ("KEYCLOAK", "DIRECTORY_OWNER", "PORTAL", "PROVISIONING", "BRIDGE_OWNER", "BRIDGE")
    ),
)
_ADDRESSES = """\
# Addresses, the email relay and the text message gateway: fill these in.
PORTAL_PUBLIC_URL=
KEYCLOAK_PUBLIC_URL=
KEYCLOAK_ADMIN_URL=
SMS_BRIDGE_SMTP_URL=
SMS_BRIDGE_SMTP_FROM=
SMS_BRIDGE_SMS_GATEWAY_SECRET=

# Secrets: keep this file from everybody else. How each is changed: docs/operations.md.
"""


def development_secrets(path: Path, brands: list[str]) -> dict[str, str]:
    """The secrets in ``path``, made and stored where they are missing. Values are single lines."""
    known = known_secrets(path)
    missing = {name: value for name, value in _fresh(brands).items() if name not in known}
    if missing:
        known |= missing
        _write(path, known)
    return known


def production_environment(brands: list[str]) -> str:
    """The text of a new environment file for ``docker-compose.yml``: every secret, and the settings to fill in."""
    return _ADDRESSES + _quoted(_fresh(brands) | {name: secrets.token_urlsafe(32) for name in DATABASE_PASSWORDS})


def brand_secrets(brand: str) -> str:
    """The lines that an environment file lacks when a brand is added."""
    return _quoted(_fresh_of_brand(brand))


def write_new(path: Path, text: str) -> None:
    """Write a file that only its owner reads. Raises ``FileExistsError``: a file with secrets is never overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def known_secrets(path: Path) -> dict[str, str]:
    """The secrets in ``path``; none where there is no such file."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _fresh(brands: list[str]) -> dict[str, str]:
    fresh = {f"SMS_BRIDGE_KEY_{caller}": new_caller_key() for caller in CALLERS}
    fresh["SMS_BRIDGE_HASH_KEY"] = new_hash_key()
    fresh["SMS_BRIDGE_PROOF_KEYS"] = new_proof_keys()
    fresh["PORTAL_SECRET_KEY"] = secrets.token_urlsafe(48)
    for brand in brands:
        fresh |= _fresh_of_brand(brand)
    return fresh


def _fresh_of_brand(brand: str) -> dict[str, str]:
    suffix = variable_suffix(brand)
    fresh = {f"{client}_CLIENT_SECRET_{suffix}": secrets.token_urlsafe(32) for client in CLIENTS}
    # Typed by a person at the first sign-in, where Keycloak asks for another: it must pass the password policy.
    fresh[f"REALM_ADMIN_PASSWORD_{suffix}"] = "A1a" + secrets.token_hex(5)
    return fresh


def _quoted(values: dict[str, str]) -> str:
    # Quoted so that a shell and both generations of compose read the same; no value holds a quote.
    return "".join(f"{name}='{value}'\n" for name, value in sorted(values.items()))


def _write(path: Path, values: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "# Development secrets of this stack, made at its first start.\n"
    text += "".join(f"{name}={value}\n" for name, value in sorted(values.items()))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
