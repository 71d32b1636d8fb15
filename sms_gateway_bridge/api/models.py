"""Bodies of the HTTP interface (docs/contracts.md). Strict: an unknown field or a value of another type is refused."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True)

# No control characters anywhere: a line break in an operation's text could forge the last line of an SMS.
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"

Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
CustomerCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
Channel = Literal["email", "mobile"]
PurposeName = Literal["registration", "recovery", "access", "operation", "contact", "cancellation"]
Locale = Annotated[str, StringConstraints(min_length=2, max_length=10, pattern=r"^[A-Za-z]{2}([-_][A-Za-z]{2})?$")]
Brand = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Contact = Annotated[str, StringConstraints(min_length=3, max_length=320)]
Name = Annotated[str, StringConstraints(max_length=120, pattern=_PRINTABLE)]


def _an_address(value: str) -> str:
    ipaddress.ip_address(value)
    return value


ClientIp = Annotated[str, StringConstraints(max_length=45), AfterValidator(_an_address)]


class Policy(BaseModel):
    """What the caller wishes; the bridge holds it within its own limits."""

    model_config = _STRICT
    validity_s: Annotated[int, Field(gt=0, le=10**7)] | None = None
    max_attempts: Annotated[int, Field(gt=0, le=100)] | None = None
    resend_after_s: Annotated[int, Field(ge=0, le=10**6)] | None = None


class OperationBody(BaseModel):
    """The operation a code confirms: named in the message and bound to the code."""

    model_config = _STRICT
    id: Id
    text: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PRINTABLE)]
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")] | None = None


class VerificationRequest(BaseModel):
    """Start of a verification. `to` is canonical (E.164, or lower-case email).

    A `decoy` lives like any other and is never sent: for a contact that must not be told from one that is known.
    """

    model_config = _STRICT
    brand: Brand
    purpose: PurposeName
    channel: Channel
    to: Contact
    locale: Locale
    customer_code: CustomerCode
    flow_id: Id | None = None
    client_ip: ClientIp | None = None
    policy: Policy | None = None
    operation: OperationBody | None = None
    link_url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[!-~]+$")] | None = None
    greeting_name: Name | None = None
    decoy: bool = False


class VerificationStarted(BaseModel):
    """`expires_at` is the least a code will live: its validity counts from the moment it is sent."""

    id: str
    purpose: PurposeName
    expires_at: datetime
    resend_after_s: int
    masked_to: str


class CheckRequest(BaseModel):
    """Exactly one of `code` and `link_token`."""

    model_config = _STRICT
    code: Annotated[str, StringConstraints(min_length=1, max_length=16)] | None = None
    link_token: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    customer_code: CustomerCode
    operation_id: Id | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.code is None) == (self.link_token is None):
            raise ValueError("exactly one of code and link_token is needed")
        return self


class CheckResult(BaseModel):
    """`proof` is present when an approved registration, recovery, contact or cancellation check proved the contact."""

    id: str
    purpose: PurposeName
    customer_code: str
    operation_id: str | None
    status: Literal["approved", "wrong", "expired", "exhausted", "superseded", "consumed"]
    attempts_left: int
    proof: str | None = None


class ResendRequest(BaseModel):
    """A new code for the same verification."""

    model_config = _STRICT
    customer_code: CustomerCode
    client_ip: ClientIp | None = None


class VerificationState(BaseModel):
    """Where a verification stands; never the code."""

    id: str
    purpose: PurposeName
    status: Literal["pending", "expired", "exhausted", "superseded", "consumed"]
    expires_at: datetime
    attempts_left: int
    resend_after_s: int
    masked_to: str


class MessageParameters(BaseModel):
    """Parameters of the notices."""

    model_config = _STRICT
    greeting_name: Name | None = None
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){0,3}$")] | None = None
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    mobile_ending: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")] | None = None


class MessageRequest(BaseModel):
    """A notice in one of the brand's templates."""

    model_config = _STRICT
    brand: Brand
    channel: Channel
    to: Contact
    locale: Locale
    customer_code: CustomerCode | None = None
    template: Literal[
        "recovery-completed",
        "registration-completed",
        "assistance-received",
        "account-locked",
        "account-cancelled",
        "inactivity-warning",
        "access-mobile-waiting",
    ]
    parameters: MessageParameters = MessageParameters()


Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]


class BatchEntry(MessageRequest):
    """A notice and its Idempotency-Key."""

    idempotency_key: Key


class BatchRequest(BaseModel):
    """Notices that are accepted together, each answered by itself."""

    model_config = _STRICT
    messages: Annotated[list[BatchEntry], Field(min_length=1, max_length=500)]


class BatchAnswer(BaseModel):
    """What became of one notice of a batch: its id, or the code and title of the problem it has alone."""

    id: str | None = None
    status: Literal["queued", "refused"]
    code: str | None = None
    title: str | None = None
    detail: str | None = None


class BatchAccepted(BaseModel):
    """Answers in the order of the request."""

    messages: list[BatchAnswer]


class MessageAccepted(BaseModel):
    """The message is stored and will be sent; the same answer for every repetition of the same request."""

    id: str
    status: Literal["queued"] = "queued"


class MessageState(BaseModel):
    """What became of a message."""

    id: str
    status: Literal["queued", "sending", "sent", "delivered", "failed", "expired", "unknown"]
    channel: Channel
    created_at: datetime
    updated_at: datetime


class OutboxMessage(BaseModel):
    """A message as the worker hands it over in development."""

    model_config = _STRICT
    id: str
    brand: str
    channel: Channel
    to: str
    purpose: str
    locale: str
    subject: str | None
    text: str
    html: str | None
    code: str | None
    link: str | None


class Problem(BaseModel):
    """RFC 9457 problem details; `code` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class Health(BaseModel):
    """Liveness."""

    status: Literal["ok"] = "ok"


PartName = Literal["database", "schema", "worker"]
PartState = Literal["ok", "failed", "unknown"]
"""``unknown``: it could not be asked, because a part before it failed."""


class Readiness(BaseModel):
    """Readiness, and which part is missing: `database`, `schema`, `worker` (no sign of life for 30 s)."""

    status: Literal["ok", "unavailable"]
    parts: dict[PartName, PartState]


def moment(ms: int) -> datetime:
    """Milliseconds since 1970 as an aware time in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)
