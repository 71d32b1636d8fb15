"""What an SMSC that is spoken to by SMPP 3.4 looks like, read from one TOML file.

`docs/sms-gateways/smpp.toml` explains every key. The password is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, field_validator, model_validator

from sms_gateway_bridge.providers.base import Outcome
from sms_gateway_bridge.providers.http_gateway import STRICT, GatewayName, on_this_machine
from sms_gateway_bridge.providers.smpp.pdus import Role
from sms_gateway_bridge.providers.smpp.receipts import MessageIds

LONGEST_PASSWORD = 8

Plain = StringConstraints(pattern=r"^[!-~]*$")
CommandStatus = Annotated[str, StringConstraints(pattern=r"^0x[0-9A-Fa-f]{1,8}$")]

_STATUSES: Mapping[int, Outcome] = {
    0x04: "retry",  # ESME_RINVBNDSTS: not bound for this
    0x08: "unknown",  # ESME_RSYSERR: it may have taken the message before it stumbled
    0x14: "retry",  # ESME_RMSGQFUL
    0x45: "retry",  # ESME_RSUBMITFAIL
    0x58: "retry",  # ESME_RTHROTTLED
    0x64: "retry",  # ESME_RX_T_APPN
    0xFF: "unknown",  # ESME_RUNKNOWNERR
}
"""What a command_status (5.1.3) means for the message; every other one refuses it for good."""

TOO_FAST = frozenset({0x14, 0x58})
"""Statuses that ask for patience: the message was not taken, and comes again a little later."""


class Address(BaseModel):
    """Type of number and numbering plan (5.2.5, 5.2.6)."""

    model_config = STRICT
    ton: Annotated[int, Field(ge=0, le=6)]
    npi: Annotated[int, Field(ge=0, le=18)]


class SmppGateway(BaseModel):
    """One SMSC account. Times are seconds; ``name`` is what messages and metrics call it."""

    model_config = STRICT
    kind: Literal["smpp"]
    name: GatewayName
    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535)]
    tls: Literal["verified", "private-network"] = "verified"
    ca_file: str | None = None
    system_id: Annotated[str, Plain, StringConstraints(min_length=1, max_length=15)]
    system_type: Annotated[str, Plain, StringConstraints(max_length=12)] = ""
    bind: Literal["transceiver", "transmitter-and-receiver", "transmitter"] = "transceiver"
    window: Annotated[int, Field(ge=1, le=1000)] = 32
    messages_per_s: Annotated[float, Field(gt=0, le=10_000)] | None = None
    connect_timeout_s: Annotated[float, Field(gt=0, le=10)] = 3.0
    answer_timeout_s: Annotated[float, Field(gt=0, le=15)] = 10.0
    enquire_link_s: Annotated[float, Field(gt=0, le=300)] = 30.0
    longest_reconnect_s: Annotated[float, Field(gt=0, le=300)] = 30.0
    source: Address | None = None
    destination: Address = Address(ton=1, npi=1)
    validity: Literal["relative", "absolute", "none"] = "relative"
    message_ids: MessageIds = "same"
    statuses: dict[CommandStatus, Literal["failed", "retry", "unknown"]] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _own(cls, value: str) -> str:
        if value in ("outbox", "smtp"):
            raise ValueError("this name is taken")
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.ca_file and self.tls != "verified":
            raise ValueError("ca_file belongs to verified TLS")
        return self

    @property
    def encrypted(self) -> bool:
        """Whether the line is TLS: always, but on this machine and where the file says that the network is private."""
        return self.tls == "verified" and (self.ca_file is not None or not on_this_machine(self.host))

    @property
    def roles(self) -> tuple[Role, ...]:
        """The sessions to hold, each a bind of its own."""
        if self.bind == "transmitter-and-receiver":
            return ("transmitter", "receiver")
        return ("transceiver",) if self.bind == "transceiver" else ("transmitter",)

    @property
    def takes_receipts(self) -> bool:
        """Whether the SMSC can tell what became of a message."""
        return self.bind != "transmitter"

    def outcome_of(self, status: int) -> Outcome:
        """What a command_status other than 0 means for the message."""
        declared = {int(written, 16): outcome for written, outcome in self.statuses.items()}
        return declared.get(status) or _STATUSES.get(status, "failed")
