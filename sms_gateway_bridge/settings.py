"""Configuration, read once from the environment. What is missing, unknown or unsafe stops the process.

Names and meanings: docs/contracts.md, "Environment". Times are seconds, money is euro cents.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from joserfc.jwk import KeySet

from domain.mail_look import DEFAULT_THEMES_DIR
from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.keys import read_caller_keys, read_hash_keys, read_proof_keys, refuse_guessable_password
from sms_gateway_bridge.providers.gateways import Gateway, read_gateways, read_receipt_keys, read_routes, read_secrets
from sms_gateway_bridge.providers.http_gateway import HttpGateway
from sms_gateway_bridge.providers.receipts import FORMATS, ReceiptFormat, declared_format, outbox_receipt_keys
from sms_gateway_bridge.providers.routes import Routes
from sms_gateway_bridge.reader import Reader

CALLERS = ("keycloak", "portal", "worker")
_KNOWN = {
    *(f"KEY_{caller.upper()}" for caller in CALLERS),
    *("DATABASE_URL", "URL", "HASH_KEY", "PROOF_KEYS", "LINK_ORIGINS", "SMTP_URL", "SMTP_FROM", "SMTP_CA_FILE"),
    *("SMS_GATEWAY_FILE", "SMS_GATEWAY_SECRET", "SMS_GATEWAY_RECEIPT_KEY"),
    *("SMS_GATEWAY_SECRET_*", "SMS_GATEWAY_RECEIPT_KEY_*", "SMS_ROUTES_FILE"),
    *("HOST", "PORT"),
    *("WEBOTP_HOST", "ALLOWED_PREFIXES", "SEND_GAP_S", "SENDS_PER_CONTACT", "SENDS_PER_IP", "SMS_COST_CENTS"),
    *("DAILY_SPEND_ANONYMOUS_CENTS", "DAILY_SPEND_SIGNED_IN_CENTS", "MESSAGE_RETENTION_DAYS", "LOG_LEVEL"),
    *("WORKER_THREADS", "WORKER_POLL_MS", "CONVERSION_LEAST_PERCENT", "CONVERSION_LEAST_SENT"),
}


@dataclass(frozen=True, slots=True)
class SendLimits:
    """Sending budgets (SECURITY O5)."""

    gap_s: int = 30
    per_contact: int = 5
    contact_window_s: int = 600
    per_ip: int = 10
    ip_window_s: int = 3600
    sms_cost_cents: int = 5
    daily_anonymous_cents: int = 50_000
    daily_signed_in_cents: int = 200_000
    allowed_prefixes: tuple[str, ...] = ("+39",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSettings:
    """What the HTTP interface and the worker both need."""

    environment: Literal["development", "production"]
    database_url: str
    hash_keys: tuple[bytes, ...] = field(repr=False)
    clock_offset_s: int = 0
    brands_dir: Path | None = None
    log_level: str = "info"
    webotp_host: str | None = None
    portal_host: str | None = None
    message_retention_days: int = 30

    @property
    def development(self) -> bool:
        """Whether development-only features (the outbox, a clock offset) may be used."""
        return self.environment == "development"


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeSettings(CommonSettings):
    """Configuration of the HTTP interface. ``caller_keys`` maps a caller to its one or two keys, newest first."""

    caller_keys: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    proof_keys: KeySet = field(repr=False)
    link_origins: tuple[str, ...] = ()
    limits: SendLimits = field(default_factory=SendLimits)
    host: str = "127.0.0.1"
    port: int = 8200
    sms_gateways: tuple[Gateway, ...] = ()
    sms_receipt_keys: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict, repr=False)

    @property
    def receipt_keys(self) -> Mapping[str, tuple[bytes, ...]]:
        """The keys that providers sign their receipts with, by provider."""
        keys = {"outbox": outbox_receipt_keys(self.caller_keys.get("worker", ()))} if self.development else {}
        return {**keys, **self.sms_receipt_keys}

    @property
    def receipt_formats(self) -> Mapping[str, ReceiptFormat]:
        """How each provider's receipts are read."""
        return FORMATS | {
            gateway.name: declared_format(gateway.receipts)
            for gateway in self.sms_gateways
            if isinstance(gateway, HttpGateway) and gateway.receipts
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSettings(CommonSettings):
    """Configuration of the operator's commands."""

    limits: SendLimits = field(default_factory=SendLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings(CommonSettings):
    """Configuration of the worker."""

    bridge_url: str | None = None
    worker_key: bytes | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    smtp_from: str | None = None
    smtp_ca_file: Path | None = None
    sms_gateways: tuple[Gateway, ...] = ()
    sms_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    sms_routes: Routes | None = None
    themes_dir: Path = DEFAULT_THEMES_DIR
    threads: int = 8
    poll_ms: int = 50
    conversion_least_percent: int = 30
    conversion_least_sent: int = 50


def _common(read: Reader) -> dict[str, object]:
    environment = read.required("AREA_CLIENTI_ENV")
    if environment not in ("development", "production"):
        raise ConfigurationError("AREA_CLIENTI_ENV must be development or production")
    offset = read.integer("AREA_CLIENTI_CLOCK_OFFSET_S", 0, least=-(10**9))
    if offset and environment == "production":
        raise ConfigurationError("AREA_CLIENTI_CLOCK_OFFSET_S may not be set in production")
    database_url = read.required("SMS_BRIDGE_DATABASE_URL")
    if environment == "production":
        refuse_guessable_password("SMS_BRIDGE_DATABASE_URL", database_url)
    brands_dir = read.optional("AREA_CLIENTI_BRANDS_DIR")
    portal = read.optional("PORTAL_PUBLIC_URL")
    return {
        "environment": environment,
        "database_url": database_url,
        "hash_keys": read_hash_keys("SMS_BRIDGE_HASH_KEY", read.required("SMS_BRIDGE_HASH_KEY")),
        "clock_offset_s": offset,
        "brands_dir": Path(brands_dir) if brands_dir else None,
        "log_level": read.choice("SMS_BRIDGE_LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
        "webotp_host": read.optional("SMS_BRIDGE_WEBOTP_HOST"),
        "portal_host": urlsplit(portal).hostname if portal else None,
        "message_retention_days": read.integer("SMS_BRIDGE_MESSAGE_RETENTION_DAYS", 30, least=1),
    }


def _limits(read: Reader) -> SendLimits:
    ours = SendLimits()
    prefixes = tuple((read.optional("SMS_BRIDGE_ALLOWED_PREFIXES") or " ".join(ours.allowed_prefixes)).split())
    for prefix in prefixes:
        if not re.fullmatch(r"\+[1-9][0-9]{0,6}", prefix):
            raise ConfigurationError("SMS_BRIDGE_ALLOWED_PREFIXES must hold prefixes like +39, separated by spaces")
    return SendLimits(
        gap_s=read.integer("SMS_BRIDGE_SEND_GAP_S", ours.gap_s),
        per_contact=read.integer("SMS_BRIDGE_SENDS_PER_CONTACT", ours.per_contact, least=1),
        per_ip=read.integer("SMS_BRIDGE_SENDS_PER_IP", ours.per_ip, least=1),
        sms_cost_cents=read.integer("SMS_BRIDGE_SMS_COST_CENTS", ours.sms_cost_cents),
        daily_anonymous_cents=read.integer("SMS_BRIDGE_DAILY_SPEND_ANONYMOUS_CENTS", ours.daily_anonymous_cents),
        daily_signed_in_cents=read.integer("SMS_BRIDGE_DAILY_SPEND_SIGNED_IN_CENTS", ours.daily_signed_in_cents),
        allowed_prefixes=prefixes,
    )


def _origins(read: Reader) -> tuple[str, ...]:
    origins = tuple(read.required("SMS_BRIDGE_LINK_ORIGINS").split())
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
            raise ConfigurationError("SMS_BRIDGE_LINK_ORIGINS must hold origins like https://clienti.example")
        if parts.scheme == "http" and read.optional("AREA_CLIENTI_ENV") == "production":
            raise ConfigurationError("SMS_BRIDGE_LINK_ORIGINS must hold https:// origins alone in production")
    return origins


def load_bridge_settings(environ: Mapping[str, str] | None = None) -> BridgeSettings:
    """Settings of the HTTP interface from ``environ`` (the process's own by default), or `ConfigurationError`."""
    read = Reader(os.environ if environ is None else environ, _KNOWN)
    names = {caller: f"SMS_BRIDGE_KEY_{caller.upper()}" for caller in CALLERS}
    keys = {caller: read_caller_keys(name, read.required(name)) for caller, name in names.items()}
    if len({key for pair in keys.values() for key in pair}) != sum(len(pair) for pair in keys.values()):
        raise ConfigurationError("SMS_BRIDGE_KEY_KEYCLOAK, _PORTAL and _WORKER must all hold different keys")
    return BridgeSettings(
        **_common(read),  # type: ignore[arg-type]
        caller_keys=keys,
        proof_keys=read_proof_keys("SMS_BRIDGE_PROOF_KEYS", read.required("SMS_BRIDGE_PROOF_KEYS")),
        link_origins=_origins(read),
        limits=_limits(read),
        host=read.optional("SMS_BRIDGE_HOST") or "127.0.0.1",
        port=read.integer("SMS_BRIDGE_PORT", 8200, least=1),
        **_sms_receipts(read, keys),
    )


def _sms_receipts(read: Reader, callers: Mapping[str, tuple[bytes, ...]]) -> dict[str, Any]:
    """The gateways whose receipts the interface takes; without a key it takes none."""
    gateways = read_gateways(read)
    return {"sms_gateways": gateways, "sms_receipt_keys": read_receipt_keys(read, gateways, callers)}


def _sms(read: Reader) -> dict[str, Any]:
    gateways = read_gateways(read)
    return {
        "sms_gateways": gateways,
        "sms_secrets": read_secrets(read, gateways),
        "sms_routes": read_routes(read, gateways),
    }


def _smtp(read: Reader) -> dict[str, object]:
    url, sender = read.optional("SMS_BRIDGE_SMTP_URL"), read.optional("SMS_BRIDGE_SMTP_FROM")
    ca_file = read.optional("SMS_BRIDGE_SMTP_CA_FILE")
    if url and not _is_relay(url):
        raise ConfigurationError(
            "SMS_BRIDGE_SMTP_URL must be smtp:// or smtps:// with a host, an ASCII user and password, "
            "and may end in ?starttls=optional"
        )
    if url and (sender is None or not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(sender)[1])):
        raise ConfigurationError("SMS_BRIDGE_SMTP_FROM must hold the sender's address when SMS_BRIDGE_SMTP_URL is set")
    if ca_file:
        try:
            ssl.create_default_context(cafile=ca_file)
        except (OSError, ValueError):
            raise ConfigurationError("SMS_BRIDGE_SMTP_CA_FILE must name a readable file of PEM certificates") from None
    return {"smtp_url": url, "smtp_from": sender, "smtp_ca_file": Path(ca_file) if ca_file else None}


def _is_relay(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises for what is no port)
    except ValueError:
        return False
    options = ("", "starttls=optional") if parts.scheme == "smtp" else ("",)
    known = parts.scheme in ("smtp", "smtps") and parts.path in ("", "/") and parts.query in options
    signs_in = f"{unquote(parts.username or '')}{unquote(parts.password or '')}"
    return known and bool(parts.hostname) and not parts.fragment and signs_in.isascii()


def load_operator_settings(environ: Mapping[str, str] | None = None) -> OperatorSettings:
    """Settings of the operator's commands: the database, its hash key, and the limits, as the bridge has them."""
    read = Reader(os.environ if environ is None else environ, _KNOWN)
    return OperatorSettings(**_common(read), limits=_limits(read))  # type: ignore[arg-type]


def load_worker_settings(environ: Mapping[str, str] | None = None) -> WorkerSettings:
    """Settings of the worker; in production it needs real providers, in development the bridge's outbox."""
    read = Reader(os.environ if environ is None else environ, _KNOWN)
    common = _common(read)
    development = common["environment"] == "development"
    key_name = "SMS_BRIDGE_KEY_WORKER"
    return WorkerSettings(
        **common,  # type: ignore[arg-type]
        bridge_url=read.required("SMS_BRIDGE_URL").rstrip("/") if development else None,
        worker_key=read_caller_keys(key_name, read.required(key_name))[0] if development else None,
        **_smtp(read),  # type: ignore[arg-type]
        **_sms(read),
        themes_dir=Path(read.optional("AREA_CLIENTI_THEMES_DIR") or DEFAULT_THEMES_DIR),
        threads=read.integer("SMS_BRIDGE_WORKER_THREADS", 8, least=1),
        poll_ms=read.integer("SMS_BRIDGE_WORKER_POLL_MS", 50, least=5),
        conversion_least_percent=read.integer("SMS_BRIDGE_CONVERSION_LEAST_PERCENT", 30, least=0, most=100),
        conversion_least_sent=read.integer("SMS_BRIDGE_CONVERSION_LEAST_SENT", 50, least=1),
    )
