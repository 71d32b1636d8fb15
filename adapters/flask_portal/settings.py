"""The portal's settings: read once from the environment, then frozen.

Names and meaning: ``docs/contracts.md``, table Environment. A missing or unusable value raises
:class:`~adapters.flask_portal.errors.ConfigurationError` with one sentence that names the variable, never its value.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from adapters.flask_portal.errors import ConfigurationError
from domain.brands import variable_suffix
from domain.guessable import why_guessable
from domain.signatures import SignatureError, parse_keys

_MINIMUM_SECRET_LENGTH = 32


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations. Times are whole seconds.

    ``trusted_proxies``: how many proxies in front append to ``X-Forwarded-For``; 0 believes none of it.
    ``former_secret_keys``: what the secret key was before, while browsers still hold what it signed.
    """

    environment: str
    database_url: str = field(repr=False)
    brands_dir: Path
    themes_dir: Path
    keycloak_url: str
    keycloak_public_url: str
    public_url: str
    secret_key: str = field(repr=False)
    bridge_url: str
    bridge_keys: tuple[bytes, ...] = field(repr=False)
    client_secrets: Mapping[str, str] = field(repr=False)
    former_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    clock_offset_s: int = 0
    trusted_proxies: int = 0
    session_idle_s: int = 30 * 60
    session_absolute_s: int = 12 * 3600
    gateway_timeout_s: float = 5.0
    answer_quantum_s: float = 0.5

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret key, and after it those it replaces."""
        return (self.secret_key, *self.former_secret_keys)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the portal over https."""
        return self.public_url.startswith("https://")

    def cookie_name(self, name: str) -> str:
        """``name``, over https with the prefix that keeps other hosts and plain http from setting it (RFC 6265bis)."""
        return f"__Host-{name}" if self.secure else name

    @property
    def host(self) -> str:
        """Host and port of the public address, the only ``Host`` the portal answers to."""
        return urlsplit(self.public_url).netloc

    @property
    def keycloak_origin(self) -> str:
        """Origin of the sign-in pages as the browser sees them."""
        parts = urlsplit(self.keycloak_public_url)
        return f"{parts.scheme}://{parts.netloc}"


def from_environment(brands: list[str], environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings for these brands.

    Raises :class:`ConfigurationError` at the first value that is missing or cannot be used.
    """
    env = os.environ if environ is None else environ
    environment = _one_of(env, "AREA_CLIENTI_ENV", ("development", "production"))
    secret_key, *former_secret_keys = _secrets(env, "PORTAL_SECRET_KEY")
    settings = Settings(
        environment=environment,
        database_url=_required(env, "AREA_CLIENTI_DATABASE_URL"),
        brands_dir=brands_dir(env),
        themes_dir=_folder(env, "AREA_CLIENTI_THEMES_DIR"),
        keycloak_url=_address(env, "KEYCLOAK_URL"),
        keycloak_public_url=_address(env, "KEYCLOAK_PUBLIC_URL"),
        public_url=_address(env, "PORTAL_PUBLIC_URL"),
        secret_key=secret_key,
        former_secret_keys=tuple(former_secret_keys),
        bridge_url=_address(env, "SMS_BRIDGE_URL"),
        bridge_keys=_signing_keys(env, "SMS_BRIDGE_KEY_PORTAL"),
        client_secrets={brand: _required(env, f"PORTAL_CLIENT_SECRET_{variable_suffix(brand)}") for brand in brands},
        clock_offset_s=_whole_number(env, "AREA_CLIENTI_CLOCK_OFFSET_S", 0),
        trusted_proxies=_whole_number(env, "PORTAL_TRUSTED_PROXIES", 0),
    )
    if environment == "production":
        _check_production(settings)
    return settings


def brands_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of brand files: ``AREA_CLIENTI_BRANDS_DIR``, else the one shipped with :mod:`domain`."""
    env = os.environ if environ is None else environ
    if env.get("AREA_CLIENTI_BRANDS_DIR"):
        return _folder(env, "AREA_CLIENTI_BRANDS_DIR")
    return Path(__file__).resolve().parents[2] / "domain" / "brands"


def _check_production(settings: Settings) -> None:
    if not settings.secure:
        raise ConfigurationError("PORTAL_PUBLIC_URL must begin with https:// in production.")
    if not settings.keycloak_public_url.startswith("https://"):
        raise ConfigurationError("KEYCLOAK_PUBLIC_URL must begin with https:// in production.")
    if settings.clock_offset_s:
        raise ConfigurationError("AREA_CLIENTI_CLOCK_OFFSET_S is for development and is refused in production.")
    named = {"PORTAL_SECRET_KEY": settings.secret_key}
    named |= {
        f"PORTAL_CLIENT_SECRET_{variable_suffix(brand)}": secret for brand, secret in settings.client_secrets.items()
    }
    # The most monotonous of two: one that somebody wrote by hand shows.
    keys = (key.hex() for key in settings.bridge_keys)
    named["SMS_BRIDGE_KEY_PORTAL"] = min(keys, key=lambda digits: len(set(digits)))
    if password := make_url(settings.database_url).password:
        named["AREA_CLIENTI_DATABASE_URL"] = str(password)
    for name, secret in named.items():
        if reason := why_guessable(secret):
            raise ConfigurationError(f"{name} {reason}: production needs a secret made at random.")


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"{name} is not set.")
    return value


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = _required(env, name)
    if value not in allowed:
        raise ConfigurationError(f"{name} must be one of: {', '.join(allowed)}.")
    return value


def _address(env: Mapping[str, str], name: str) -> str:
    value = _required(env, name).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError(f"{name} must be an http or https address without query.")
    return value


def _folder(env: Mapping[str, str], name: str) -> Path:
    path = Path(_required(env, name))
    if not path.is_dir():
        raise ConfigurationError(f"{name} must be an existing folder.")
    return path.resolve()


def _secrets(env: Mapping[str, str], name: str) -> list[str]:
    """One secret, or two separated by a space while the first replaces the second."""
    values = _required(env, name).split()
    if len(values) > 2 or len(set(values)) != len(values):
        raise ConfigurationError(f"{name} must hold one secret, or two different ones separated by a space.")
    for value in values:
        if len(value) < _MINIMUM_SECRET_LENGTH:
            raise ConfigurationError(f"{name} must have at least {_MINIMUM_SECRET_LENGTH} characters.")
    return values


def _signing_keys(env: Mapping[str, str], name: str) -> tuple[bytes, ...]:
    try:
        return parse_keys(_required(env, name))
    except SignatureError:
        raise ConfigurationError(f"{name} must be whsec_ followed by 32 random bytes in base64.") from None


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name, "") or default)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number.") from None
