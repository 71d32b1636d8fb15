"""SMS gateways as the operator declares them: one TOML file each, and their secrets from the environment.

With one gateway its secret is ``SMS_BRIDGE_SMS_GATEWAY_SECRET``; with several, each has its own, named after it:
``SMS_BRIDGE_SMS_GATEWAY_SECRET_EXAMPLE_GATEWAY`` for ``example-gateway``. The keys of receipts are named alike.
"""

from __future__ import annotations

import os
import re
import ssl
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from domain.signatures import MAX_KEYS
from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.keys import read_caller_keys
from sms_gateway_bridge.providers.http_gateway import HttpGateway, Receipts
from sms_gateway_bridge.providers.routes import ROUTES, Routes
from sms_gateway_bridge.providers.smpp.declaration import LONGEST_PASSWORD, SmppGateway
from sms_gateway_bridge.reader import Reader

FILES = "SMS_BRIDGE_SMS_GATEWAY_FILE"
SECRET = "SMS_BRIDGE_SMS_GATEWAY_SECRET"  # noqa: S105  (a setting's name)
RECEIPT_KEY = "SMS_BRIDGE_SMS_GATEWAY_RECEIPT_KEY"

Gateway = HttpGateway | SmppGateway
_KINDS: Mapping[object, type[Gateway]] = {"http": HttpGateway, "smpp": SmppGateway}


def load_gateway(path: Path) -> Gateway:
    """Read one file; `ConfigurationError` names the key that is wrong."""
    written = read_toml(path, FILES)
    model = _KINDS.get(written.get("kind", "http"))
    if model is None:
        raise ConfigurationError(f"{FILES}: kind: must be http or smpp")
    found = validated(model, written, FILES)
    assert isinstance(found, HttpGateway | SmppGateway)  # noqa: S101
    return found


def read_toml(path: Path, setting: str) -> dict[str, Any]:
    """The file a setting names; `ConfigurationError` where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ConfigurationError(f"{setting} must name a readable TOML file") from None


def validated(model: type[BaseModel], written: Mapping[str, object], setting: str) -> BaseModel:
    """``written`` as the model has it; `ConfigurationError` names the first key that is wrong, never its value."""
    try:
        return model.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise ConfigurationError(f"{setting}: {place}: {first['msg']}") from None


def read_gateways(read: Reader) -> tuple[Gateway, ...]:
    """The gateways of the files named, in their order, separated as in ``PATH``."""
    paths = (read.optional(FILES) or "").split(os.pathsep)
    gateways = tuple(load_gateway(Path(path)) for path in paths if path.strip())
    if len({gateway.name for gateway in gateways}) != len(gateways):
        raise ConfigurationError(f"{FILES} names two gateways of one name")
    for gateway in gateways:
        if gateway.ca_file:
            try:
                ssl.create_default_context(cafile=gateway.ca_file)
            except (OSError, ValueError):
                raise ConfigurationError(f"{FILES}: ca_file must name PEM certificates") from None
    return gateways


def read_secrets(read: Reader, gateways: Sequence[Gateway]) -> Mapping[str, str]:
    """Each gateway's secret, by its name; `ConfigurationError` where one that needs it has none."""
    _refuse_strangers(read, SECRET, gateways)
    found: dict[str, str] = {}
    for gateway in gateways:
        name, secret = _setting(read, SECRET, gateway, gateways)
        if secret is None:
            if isinstance(gateway, SmppGateway) or gateway.auth.kind != "none":
                raise ConfigurationError(f"{name} is not set")
            continue
        if not re.fullmatch(r"[!-~]+", secret):
            raise ConfigurationError(f"{name} must be plain ASCII without spaces")
        if isinstance(gateway, SmppGateway) and len(secret) > LONGEST_PASSWORD:
            raise ConfigurationError(f"{name} must have at most {LONGEST_PASSWORD} characters, as SMPP 3.4 has it")
        found[gateway.name] = secret
    return found


def read_routes(read: Reader, gateways: Sequence[Gateway]) -> Routes | None:
    """The routes of the file that is named, if one is; whether its brands exist is asked where they are known."""
    path = read.optional(ROUTES)
    if path is None:
        return None
    routes = validated(Routes, read_toml(Path(path), ROUTES), ROUTES)
    assert isinstance(routes, Routes)  # noqa: S101
    stranger = routes.unknown_provider({gateway.name for gateway in gateways})
    if stranger:
        raise ConfigurationError(f"{ROUTES} names {stranger}, which {FILES} does not declare")
    return routes


def read_receipt_keys(
    read: Reader, gateways: Sequence[Gateway], callers: Mapping[str, tuple[bytes, ...]]
) -> Mapping[str, tuple[bytes, ...]]:
    """The keys with which gateways sign their receipts, by name; those without one are not listened to."""
    _refuse_strangers(read, RECEIPT_KEY, gateways)
    if read.optional(RECEIPT_KEY) and not gateways:
        raise ConfigurationError(f"{RECEIPT_KEY} is set, but {FILES} declares no receipts")
    found: dict[str, tuple[bytes, ...]] = {}
    for gateway in gateways:
        name, text = _setting(read, RECEIPT_KEY, gateway, gateways)
        if text is None:
            continue
        if not isinstance(gateway, HttpGateway) or gateway.receipts is None:
            raise ConfigurationError(f"{name} is set, but {FILES} declares no receipts")
        keys = _receipt_keys(name, text, gateway.receipts)
        if any(key in pair for pair in (*callers.values(), *found.values()) for key in keys):
            raise ConfigurationError(f"{name} must not be a caller's key")
        found[gateway.name] = keys
    return found


def _receipt_keys(name: str, text: str, receipts: Receipts) -> tuple[bytes, ...]:
    """Ours are keys of our form; a service that signs in its own way has secrets of its own form."""
    if receipts.signature == "ours":
        return read_caller_keys(name, text)
    secrets = text.split()
    if len(secrets) > MAX_KEYS or not all(re.fullmatch(r"[!-~]{16,256}", secret) for secret in secrets):
        raise ConfigurationError(f"{name} must hold the service's secret, or two, of 16 characters or more each")
    return tuple(secret.encode() for secret in secrets)


def _setting(read: Reader, base: str, gateway: Gateway, gateways: Sequence[Gateway]) -> tuple[str, str | None]:
    own = f"{base}_{gateway.name.upper().replace('-', '_')}"
    alone = len(gateways) == 1
    value = read.optional(own) or (read.optional(base) if alone else None)
    return (base if alone else own), value


def _refuse_strangers(read: Reader, base: str, gateways: Sequence[Gateway]) -> None:
    known = {f"{base}_{gateway.name.upper().replace('-', '_')}" for gateway in gateways}
    for name in read.family(base):
        if name not in known:
            raise ConfigurationError(f"{name} belongs to no gateway of {FILES}")
    if read.optional(base) and len(gateways) > 1:
        raise ConfigurationError(f"{base} belongs to one gateway: with several, each has its own, with its name")
