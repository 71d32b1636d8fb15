"""What an SMS gateway that is spoken to over HTTP looks like, read from one TOML file.

The file says where the gateway is, how it wants to be asked, and what its answers and receipts mean; secrets are not in
it. `docs/sms-gateways/example.toml` is one with every key explained. Reading is strict: an unknown key, a placeholder
nobody fills or an address without TLS stops the start.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from sms_gateway_bridge.messages.states import State
from sms_gateway_bridge.providers.base import Outcome

PLACEHOLDERS = ("id", "to", "to_digits", "sender", "text", "validity_s", "validity_min")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)

GatewayName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}$")]
Place = Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]
Status = Annotated[str, StringConstraints(pattern=r"^[1-5][0-9]{2}$")]


class Auth(BaseModel):
    """How the gateway knows us; the secret comes from the environment."""

    model_config = STRICT
    kind: Literal["bearer", "basic", "header", "none"]
    user: str | None = None
    header: Token | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if (self.kind == "basic") != (self.user is not None):
            raise ValueError("user belongs to basic, and to basic alone")
        if (self.kind == "header") != (self.header is not None):
            raise ValueError("header belongs to header, and to header alone")
        return self


class Body(BaseModel):
    """The request's body: a form, or JSON of any depth, with placeholders in its texts."""

    model_config = STRICT
    format: Literal["json", "form"]
    fields: dict[str, object] = Field(min_length=1)

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> Self:
        if self.format == "form" and not all(isinstance(value, str) for value in self.fields.values()):
            raise ValueError("the fields of a form are texts")
        used = set(_PLACEHOLDER.findall(json.dumps(self.fields)))
        if unknown := used - set(PLACEHOLDERS) - {""}:
            raise ValueError(f"{{{sorted(unknown)[0]}}} is not a placeholder")
        if missing := {"to", "text"} - {"to" if name == "to_digits" else name for name in used}:
            raise ValueError(f"{{{sorted(missing)[0]}}} is not in the body")
        return self


class Answers(BaseModel):
    """What answers mean. ``statuses`` are HTTP's, ``codes`` the gateway's own words at ``code``."""

    model_config = STRICT
    accepted: tuple[Annotated[int, Field(ge=200, le=299)], ...] = Field(min_length=1)
    message_id: Place | None = None
    code: Place | None = None
    codes: dict[str, Outcome] = Field(default_factory=dict)
    statuses: dict[Status, Literal["failed", "retry", "unknown"]] = Field(default_factory=dict)

    @field_validator("accepted", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Receipts(BaseModel):
    """Where a receipt holds the message's id and its word, and which state of ours each word is.

    ``signature``: in whose way it is signed; ``url``: the receipts' address as Twilio calls it, which it signs.
    """

    model_config = STRICT
    format: Literal["json", "form"] = "json"
    signature: Literal["ours", "twilio", "vonage"] = "ours"
    url: str | None = None
    reference: Place
    status: Place
    states: dict[str, State] = Field(min_length=1)

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if (self.signature == "twilio") != (self.url is not None):
            raise ValueError("url belongs to twilio's signature, and to it alone")
        if self.url is not None and not re.fullmatch(r"https://[!-~]+", self.url):
            raise ValueError("url: an https address in plain ASCII")
        return self


class HttpGateway(BaseModel):
    """One gateway. Times are seconds; ``name`` is its part of the receipts' address.

    ``longest_validity_s``: the most it takes; what is worth delivering for longer is given this.
    """

    model_config = STRICT
    kind: Literal["http"] = "http"
    name: GatewayName
    url: str
    method: Literal["POST", "PUT"] = "POST"
    connect_timeout_s: Annotated[float, Field(gt=0, le=10)] = 3.0
    answer_timeout_s: Annotated[float, Field(gt=0, le=15)] = 10.0
    longest_validity_s: Annotated[int, Field(ge=60)] | None = None
    ca_file: str | None = None
    auth: Auth
    body: Body
    answer: Answers
    receipts: Receipts | None = None

    @field_validator("url")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or parts.username or parts.fragment or parts.port == 0:
            raise ValueError("an address with a host, and without user or fragment")
        if not re.fullmatch(r"[!-~]+", value):
            raise ValueError("an address in plain ASCII")
        if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine(parts.hostname)):
            raise ValueError("https, except for a gateway on this machine")
        return value

    @field_validator("name")
    @classmethod
    def _own(cls, value: str) -> str:
        if value in ("outbox", "smtp"):
            raise ValueError("this name is taken")
        return value


def on_this_machine(host: str) -> bool:
    """Whether a host is this one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def fill(template: object, values: Mapping[str, str | int]) -> object:
    """The body with its placeholders filled; a text that is one placeholder and nothing else stays a number."""
    if isinstance(template, Mapping):
        return {name: fill(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    if not isinstance(template, str):
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole and whole.group(1) in values:
        return values[whole.group(1)]
    return _PLACEHOLDER.sub(lambda found: str(values.get(found.group(1), found.group(0))), template)


def find(document: object, place: str) -> str | None:
    """The text or number at a dotted place of a JSON document (numbers are positions of a list), or None."""
    for step in place.split("."):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    if isinstance(document, bool) or not isinstance(document, (str, int)):
        return None
    return str(document) or None
