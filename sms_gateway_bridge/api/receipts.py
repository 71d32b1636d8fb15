"""Route of delivery receipts."""

from __future__ import annotations

from typing import Literal

import structlog
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from sms_gateway_bridge.api.caller import caller_of, services_of
from sms_gateway_bridge.messages.receipts import store
from sms_gateway_bridge.providers.receipts import read_receipt

router = APIRouter(tags=["messages"])


class ReceiptAccepted(BaseModel):
    """The one answer to every signed receipt."""

    status: Literal["accepted"] = "accepted"


@router.post("/v1/receipts/{provider}", status_code=202, summary="A provider says what became of a message")
async def receive(provider: str, request: Request) -> ReceiptAccepted:
    """Signed with the provider's own key; stored and answered at once, applied later.

    A message or a provider that is not known, or a provider that speaks for another, gets the same answer.
    """
    caller = caller_of(request)
    shared = services_of(request)
    if caller.name != caller_name(provider):
        structlog.get_logger().warning("receipt_ignored", reason="not_this_provider")
        return ReceiptAccepted()
    found = read_receipt(provider, await request.body(), shared.receipt_formats)
    if found is None:
        structlog.get_logger().warning("receipt_ignored", reason="unknown_status", provider=provider)
        return ReceiptAccepted()
    await run_in_threadpool(store, shared.context.database, provider, *found)
    return ReceiptAccepted()


def caller_name(provider: str) -> str:
    """The name a provider goes by where callers are told apart; no caller of the interface has one like it."""
    return f"provider:{provider}"
