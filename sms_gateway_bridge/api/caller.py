"""Who is asking: what the signing layer found out about a request, for the routes to use.

Plain functions of the request, not dependencies: FastAPI would take longer to resolve these two than to read the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from sms_gateway_bridge.context import Context
from sms_gateway_bridge.errors import CallerForbiddenError
from sms_gateway_bridge.gathering import Gathering
from sms_gateway_bridge.messages.accepting import Answered, Entry
from sms_gateway_bridge.proofs import ProofSigner
from sms_gateway_bridge.providers.receipts import ReceiptFormat
from sms_gateway_bridge.verifications.asking import Asked
from sms_gateway_bridge.verifications.records import Started

SCOPE_KEY = "sms_bridge.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller and the trace its request belongs to."""

    name: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes of one application share."""

    context: Context
    proofs: ProofSigner
    receipt_formats: Mapping[str, ReceiptFormat]
    accepting: Gathering[Entry, Answered]
    starting: Gathering[Asked, Started]


def caller_of(request: Request) -> Caller:
    """The authenticated caller; the signing layer lets no unsigned request come this far."""
    caller = request.scope.get(SCOPE_KEY)
    if not isinstance(caller, Caller):
        raise CallerForbiddenError
    return caller


def services_of(request: Request) -> Services:
    """The application's services."""
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101
    return services
