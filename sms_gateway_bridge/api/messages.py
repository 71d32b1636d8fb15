"""Routes of messages and proof keys."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool

from sms_gateway_bridge.api.caller import Caller, caller_of, services_of
from sms_gateway_bridge.api.models import (
    BatchAccepted,
    BatchAnswer,
    BatchRequest,
    MessageAccepted,
    MessageRequest,
    MessageState,
    moment,
)
from sms_gateway_bridge.errors import CallerForbiddenError
from sms_gateway_bridge.messages.accepting import Answered, Entry, NewMessage, accept_many, accepted, find_message

router = APIRouter(tags=["messages"])

IdempotencyKey = Annotated[str, Header(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
_SENDERS = frozenset({"keycloak", "portal"})


@router.post("/v1/messages", status_code=202, summary="Send a notice, once per Idempotency-Key")
async def send(request: Request, body: MessageRequest, idempotency_key: IdempotencyKey) -> MessageAccepted:
    """Answered after the message is committed. A repetition gets the same answer; another body is a 422."""
    caller = caller_of(request)
    shared = services_of(request)
    if caller.name not in _SENDERS:
        raise CallerForbiddenError
    # As sent: what an Idempotency-Key is compared by.
    entry = _entry(caller, idempotency_key, _wanted(body), await request.body())
    return MessageAccepted(id=accepted(await shared.accepting.one(entry)))


@router.post("/v1/messages/batch", status_code=202, summary="Send up to 500 notices, each once per key")
async def send_batch(request: Request, body: BatchRequest) -> BatchAccepted:
    """Answered after all that could be accepted are committed together; each notice has an answer of its own."""
    caller = caller_of(request)
    shared = services_of(request)
    if caller.name not in _SENDERS:
        raise CallerForbiddenError
    wanted = [_wanted(one) for one in body.messages]
    # A batch has no bytes of its own for each: compared by what each says.
    entries = [
        _entry(caller, one.idempotency_key, notice, json.dumps(asdict(notice), sort_keys=True).encode())
        for one, notice in zip(body.messages, wanted, strict=True)
    ]
    answers = await run_in_threadpool(accept_many, shared.context, entries)
    return BatchAccepted(messages=[_told(answer) for answer in answers])


def _told(answer: Answered) -> BatchAnswer:
    if answer.error is None:
        return BatchAnswer(id=answer.id, status="queued")
    error = answer.error
    return BatchAnswer(status="refused", code=error.code, title=error.title, detail=error.detail)


def _entry(caller: Caller, key: str, wanted: NewMessage, said: bytes) -> Entry:
    return Entry(
        caller=caller.name, key=key, wanted=wanted, body_hash=hashlib.sha256(said).digest(), trace_id=caller.trace_id
    )


def _wanted(body: MessageRequest) -> NewMessage:
    return NewMessage(
        brand=body.brand,
        channel=body.channel,
        to=body.to,
        locale=body.locale,
        template=body.template,
        parameters={name: str(value) for name, value in body.parameters.model_dump(exclude_none=True).items()},
    )


@router.get("/v1/messages/{message_id}", summary="What became of a message")
def show(request: Request, message_id: str) -> MessageState:
    """The caller's own messages only."""
    caller = caller_of(request)
    shared = services_of(request)
    row = find_message(shared.context, caller.name, message_id)
    return MessageState(
        id=row["id"],
        status=row["state"],
        channel=row["channel"],
        created_at=moment(row["created_ms"]),
        updated_at=moment(row["updated_ms"]),
    )


@router.get("/v1/proof-keys", tags=["proofs"], summary="Public keys that verify proofs (JWK Set)")
def proof_keys(request: Request) -> dict[str, Any]:
    """Signed like every answer, so a verifier knows whose keys they are."""
    caller_of(request)
    return services_of(request).proofs.public_keys()
