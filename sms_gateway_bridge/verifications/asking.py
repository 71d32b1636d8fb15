"""What a caller asks for when it starts a verification, and whether it may: all that needs no database."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.purposes import Purpose
from sms_gateway_bridge.budgets import SendRequest
from sms_gateway_bridge.context import Context, canonical
from sms_gateway_bridge.errors import InvalidRequestError, PurposeForbiddenError
from sms_gateway_bridge.fingerprints import Marks
from sms_gateway_bridge.verifications.policy import LIMITS, Policy, settle
from sms_gateway_bridge.verifications.records import audience_of

PURPOSES_OF_CALLER = {
    "keycloak": frozenset({Purpose.ACCESS, Purpose.OPERATION}),
    "portal": frozenset({Purpose.REGISTRATION, Purpose.RECOVERY, Purpose.CONTACT, Purpose.CANCELLATION}),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation code confirms; ``amount`` is euro as a decimal string."""

    id: str
    text: str
    amount: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVerification:
    """What a caller asks for (docs/contracts.md); ``to`` is canonical.

    A ``decoy`` is counted, answered and checked like any other, in the same rows, but its message is never made: so
    that whoever asked for a contact which nobody has cannot tell by any budget or state.
    """

    brand: str
    purpose: Purpose
    channel: str
    to: str
    locale: str
    customer_code: str
    flow_id: str | None = None
    client_ip: str | None = None
    greeting_name: str | None = None
    link_url: str | None = None
    operation: Operation | None = None
    validity_s: int | None = None
    max_attempts: int | None = None
    resend_after_s: int | None = None
    decoy: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A verification that may start: whose it is, and what decides whether its message goes out."""

    caller: str
    wanted: NewVerification
    policy: Policy
    marks: Marks
    """What supersedes each other has these in common; empty where nothing does."""
    send: SendRequest
    trace_id: str


def asked(context: Context, caller: str, wanted: NewVerification, trace_id: str) -> Asked:
    """What a caller asks for, if it may be; raises `PurposeForbiddenError`, `InvalidRequestError`."""
    if wanted.purpose not in PURPOSES_OF_CALLER.get(caller, frozenset()):
        raise PurposeForbiddenError(f"{caller} may not start a verification for {wanted.purpose}")
    context.brand(wanted.brand)
    canonical(wanted.channel, wanted.to)
    _require_fitting_parts(context, wanted)
    policy = settle(
        wanted.purpose,
        validity_s=wanted.validity_s,
        max_attempts=wanted.max_attempts,
        resend_after_s=wanted.resend_after_s,
        shortest_pause_s=context.limits.gap_s,
    )
    send = send_request(
        context, wanted.purpose, wanted.channel, wanted.to, client_ip=wanted.client_ip, decoy=wanted.decoy
    )
    return Asked(caller, wanted, policy, _supersession_marks(context, caller, wanted), send, trace_id)


def send_request(
    context: Context, purpose: Purpose, channel: str, contact: str, *, client_ip: str | None, decoy: bool
) -> SendRequest:
    """What the sending budgets look at when a code of this purpose goes to the contact."""
    return SendRequest(
        budget=audience_of(purpose),
        purpose=purpose.value,
        contact=context.fingerprint_of(channel, contact),
        number=contact if channel == "mobile" else None,
        client=context.hasher.address(client_ip) if client_ip else None,
        costs=not decoy,
    )


def _require_fitting_parts(context: Context, wanted: NewVerification) -> None:
    if (wanted.purpose is Purpose.OPERATION) != (wanted.operation is not None):
        raise InvalidRequestError("operation: required for that purpose, and for no other")
    if wanted.purpose in (Purpose.ACCESS, Purpose.OPERATION) and wanted.channel != "mobile":
        raise InvalidRequestError("channel: these codes go to a mobile")
    if wanted.decoy and not wanted.purpose.is_anonymous:
        raise InvalidRequestError("decoy: only where a stranger may ask")
    if wanted.link_url is None:
        return
    if not LIMITS[wanted.purpose].link_validity_s:
        raise InvalidRequestError("link_url: these codes carry no link")
    parts = urlsplit(wanted.link_url)
    # Compared whole: "https://good.example.evil" or "https://good.example@evil" must not pass for the origin.
    if f"{parts.scheme}://{parts.netloc}" not in context.link_origins or parts.query or parts.fragment:
        raise InvalidRequestError("link_url: not below an allowed origin")


def _supersession_marks(context: Context, caller: str, wanted: NewVerification) -> Marks:
    if not wanted.purpose.is_anonymous:
        return context.hasher.fingerprint("customer", wanted.brand, wanted.purpose, wanted.customer_code)
    if wanted.flow_id is None:
        return ()
    return context.hasher.fingerprint("flow", caller, wanted.brand, wanted.purpose, wanted.flow_id)
