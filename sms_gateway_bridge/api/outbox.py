"""Routes of the development outbox: the worker hands messages in (signed), people and tests look at them (unsigned)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import FileResponse, JSONResponse, Response

from sms_gateway_bridge.api.caller import caller_of
from sms_gateway_bridge.api.models import OutboxMessage
from sms_gateway_bridge.errors import CallerForbiddenError, NotFoundError
from sms_gateway_bridge.outbox.store import OutboxStore

router = APIRouter(tags=["outbox (development)"])

_STATIC = Path(__file__).parent.parent / "outbox" / "static"
_FILES = {"outbox.js": "text/javascript", "outbox.css": "text/css", "icon.svg": "image/svg+xml"}
_PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
# A mail may style itself inline and nothing else: no script, no picture, no request; sandboxed off our origin.
_MAIL_HEADERS = {
    **_PAGE_HEADERS,
    "content-security-policy": (
        "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    ),
}


@router.post("/v1/outbox/messages", status_code=201, include_in_schema=False)
def hand_in(request: Request, body: OutboxMessage) -> dict[str, str]:
    """Only the worker hands messages in."""
    caller = caller_of(request)
    if caller.name != "worker":
        raise CallerForbiddenError
    _store(request).add(body.model_dump())
    return {"id": body.id}


@router.get("/outbox.json", summary="What was sent, newest first")
def listing(
    request: Request,
    to: Annotated[str | None, Query(description="canonical contact; all contacts when absent")] = None,
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """`code` and `link` are null where a message has none."""
    # A typed `?to=+39…` reaches us with a space: no contact has one.
    shown = _store(request).shown(to.replace(" ", "+") if to else None)
    tag = f'"{shown.version}"'
    headers = {"etag": tag, "cache-control": "no-store"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    body: dict[str, Any] = {"messages": shown.messages}
    return JSONResponse(body, headers=headers)


@router.get("/outbox", include_in_schema=False)
def page() -> Response:
    """The outbox page."""
    return FileResponse(_STATIC / "outbox.html", media_type="text/html", headers=_PAGE_HEADERS)


@router.get("/outbox/static/{name}", include_in_schema=False)
def static(name: str) -> Response:
    """Script, style and icon of the page."""
    if name not in _FILES:
        raise NotFoundError
    return FileResponse(_STATIC / name, media_type=_FILES[name], headers=_PAGE_HEADERS)


@router.get("/outbox/mails/{message_id}", include_in_schema=False)
def mail(request: Request, message_id: str) -> Response:
    """The HTML of one mail, for a frame of the page."""
    for message in _store(request).shown().messages:
        if message["id"] == message_id and message["html"]:
            return Response(message["html"], media_type="text/html; charset=utf-8", headers=_MAIL_HEADERS)
    raise NotFoundError


def _store(request: Request) -> OutboxStore:
    store = request.app.state.outbox
    assert isinstance(store, OutboxStore)  # noqa: S101  (routes are mounted only where there is one)
    return store
