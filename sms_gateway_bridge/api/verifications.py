"""Routes of verifications."""

from __future__ import annotations

from fastapi import APIRouter, Request

from domain.purposes import Purpose
from sms_gateway_bridge.api.caller import caller_of, services_of
from sms_gateway_bridge.api.models import (
    CheckRequest,
    CheckResult,
    ResendRequest,
    VerificationRequest,
    VerificationStarted,
    VerificationState,
    moment,
)
from sms_gateway_bridge.metrics import CHECKS, STARTED
from sms_gateway_bridge.verifications import checking, starting
from sms_gateway_bridge.verifications.asking import NewVerification, Operation, asked
from sms_gateway_bridge.verifications.records import Started

router = APIRouter(prefix="/v1/verifications", tags=["verifications"])


@router.post("", status_code=201, summary="Start a verification and send its code")
async def start(request: Request, body: VerificationRequest) -> VerificationStarted:
    """The answer is the same whether the message is sent or held back by a sending budget."""
    caller = caller_of(request)
    shared = services_of(request)
    policy, operation = body.policy, body.operation
    wanted = NewVerification(
        brand=body.brand,
        purpose=Purpose(body.purpose),
        channel=body.channel,
        to=body.to,
        locale=body.locale,
        customer_code=body.customer_code,
        flow_id=body.flow_id,
        client_ip=body.client_ip,
        greeting_name=body.greeting_name,
        decoy=body.decoy,
        link_url=body.link_url,
        operation=Operation(operation.id, operation.text, operation.amount) if operation else None,
        validity_s=policy.validity_s if policy else None,
        max_attempts=policy.max_attempts if policy else None,
        resend_after_s=policy.resend_after_s if policy else None,
    )
    may_start = asked(shared.context, caller.name, wanted, caller.trace_id)
    return _render(await shared.starting.one(may_start))


@router.post("/{verification_id}/check", summary="Try a code or a link token", response_model_exclude_unset=True)
def check(request: Request, verification_id: str, body: CheckRequest) -> CheckResult:
    """An outcome, also a bad one, is a 200; `status` says which. For an operation another `operation_id` is `wrong`."""
    caller = caller_of(request)
    shared = services_of(request)
    context = shared.context
    if body.link_token is not None:
        checked = checking.check_link(context, caller.name, verification_id, body.customer_code, body.link_token)
    else:
        checked = checking.check_code(
            context,
            caller.name,
            verification_id,
            body.customer_code,
            code=body.code or "",
            operation_id=body.operation_id,
        )
    CHECKS.labels(checked.purpose, checked.status).inc()
    proof = shared.proofs.sign(checked, checked.now_ms // 1000)
    result = CheckResult(
        id=checked.id,
        purpose=checked.purpose,  # type: ignore[arg-type]
        customer_code=checked.customer_code,
        operation_id=checked.operation_id,
        status=checked.status,
        attempts_left=checked.attempts_left,
    )
    return result if proof is None else CheckResult(**result.model_dump(exclude={"proof"}), proof=proof)


@router.post("/{verification_id}/resend", summary="Send a new code; the old one stops working at once")
def resend(request: Request, verification_id: str, body: ResendRequest) -> VerificationStarted:
    """Refused with 429 and Retry-After before the pause has passed."""
    caller = caller_of(request)
    shared = services_of(request)
    started = starting.resend(
        shared.context,
        caller.name,
        verification_id,
        body.customer_code,
        client_ip=body.client_ip,
        trace_id=caller.trace_id,
    )
    return _render(started)


@router.get("/{verification_id}", summary="Where a verification stands")
def show(request: Request, verification_id: str) -> VerificationState:
    """Never the code, and nothing of a verification another caller started."""
    caller = caller_of(request)
    shared = services_of(request)
    current = checking.current(shared.context, caller.name, verification_id)
    return VerificationState(
        id=current.id,
        purpose=current.purpose,  # type: ignore[arg-type]
        status=current.status,
        expires_at=moment(current.expires_ms),
        attempts_left=current.attempts_left,
        resend_after_s=current.resend_after_s,
        masked_to=current.masked_to,
    )


def _render(started: Started) -> VerificationStarted:
    STARTED.labels(started.purpose).inc()
    return VerificationStarted(
        id=started.id,
        purpose=started.purpose,  # type: ignore[arg-type]
        expires_at=moment(started.expires_ms),
        resend_after_s=started.resend_after_s,
        masked_to=started.masked_to,
    )
