"""Routes of messages and proof keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool

from sms_gateway_bridge.api.caller import AnyCaller, Shared
from sms_gateway_bridge.api.models import MessageAccepted, MessageRequest, MessageState, moment
from sms_gateway_bridge.errors import CallerForbiddenError
from sms_gateway_bridge.messages.accepting import NewMessage, accept, find_message

router = APIRouter(tags=["messages"])

IdempotencyKey = Annotated[str, Header(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
_SENDERS = frozenset({"keycloak", "portal"})


@router.post("/v1/messages", status_code=202, summary="Send a notice, once per Idempotency-Key")
async def send(
    request: Request, body: MessageRequest, idempotency_key: IdempotencyKey, caller: AnyCaller, shared: Shared
) -> MessageAccepted:
    """Answered after the message is committed. A repetition gets the same answer; another body is a 422."""
    if caller.name not in _SENDERS:
        raise CallerForbiddenError
    raw = await request.body()  # as sent: what an Idempotency-Key is compared by
    wanted = NewMessage(
        brand=body.brand,
        channel=body.channel,
        to=body.to,
        locale=body.locale,
        template=body.template,
        parameters=body.parameters.model_dump(exclude_none=True),
    )
    message_id = await run_in_threadpool(
        accept, shared.context, caller.name, wanted, key=idempotency_key, body=raw, trace_id=caller.trace_id
    )
    return MessageAccepted(id=message_id)


@router.get("/v1/messages/{message_id}", summary="What became of a message")
def show(message_id: str, caller: AnyCaller, shared: Shared) -> MessageState:
    """The caller's own messages only."""
    row = find_message(shared.context, caller.name, message_id)
    return MessageState(
        id=row["id"],
        status=row["state"],
        channel=row["channel"],
        created_at=moment(row["created_ms"]),
        updated_at=moment(row["updated_ms"]),
    )


@router.get("/v1/proof-keys", tags=["proofs"], summary="Public keys that verify proofs (JWK Set)")
def proof_keys(_caller: AnyCaller, shared: Shared) -> dict[str, Any]:
    """Signed like every answer, so a verifier knows whose keys they are."""
    return shared.proofs.public_keys()
