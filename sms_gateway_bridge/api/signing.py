"""The signing layer: pure ASGI, around everything else (SECURITY B1).

It authenticates a request by its raw body before anything parses it, refuses replays (remembered in SQL), and signs
every answer an authenticated request gets, problems included. Nothing but the paths in `PUBLIC` is reachable unsigned.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.signatures import TOLERANCE_S, SignatureError, sign_answer
from sms_gateway_bridge import problems
from sms_gateway_bridge.api.caller import SCOPE_KEY, Caller
from sms_gateway_bridge.api.request_signatures import OwnSignature, Received, RequestSignature
from sms_gateway_bridge.db.engine import Database, for_each_engine, without_waiting
from sms_gateway_bridge.db.tables import request_ids
from sms_gateway_bridge.errors import (
    BridgeError,
    ReplayedRequestError,
    RequestTooLargeError,
    UnauthenticatedError,
)
from sms_gateway_bridge.gathering import Gathering
from sms_gateway_bridge.logs import trace_id_from, where
from sms_gateway_bridge.metrics import REFUSED_SIGNATURES, REQUEST_SECONDS, REQUESTS

MAX_BODY_BYTES = 64 * 1024
PUBLIC = re.compile(r"/(healthz|readyz|metrics|openapi\.json|outbox(\.json|/.*)?)")
MAX_BATCH_BYTES = 1024 * 1024
BATCH = "/v1/messages/batch"
RECEIPTS = "/v1/receipts/"
REMEMBERED_S = 2 * TOLERANCE_S
"""A request can be replayed for as long as its timestamp is accepted; ids are kept as long as that, either side."""

_REMEMBER = for_each_engine(
    lambda insert: (
        insert(request_ids).on_conflict_do_nothing().returning(request_ids.c.caller, request_ids.c.request_id)
    )
)
_NOBODY: Mapping[str, RequestSignature] = {"": OwnSignature([b"\x00" * 32])}


@dataclass
class _Answer:
    """What the application answered, held back until it is signed."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class SigningLayer:
    """ASGI middleware. ``now_s`` is this machine's clock: signatures are judged by real time, not a shifted one."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        callers: Mapping[str, RequestSignature],
        providers: Mapping[str, RequestSignature],
        database: Database,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._callers = callers
        self._providers = providers
        self._database = database
        self._now_s = now_s
        self._remembering = Gathering(self._remember)
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        trace_id = trace_id_from(headers.get("traceparent"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        if PUBLIC.fullmatch(scope["path"]) and scope["method"] in ("GET", "HEAD"):
            status = await self._public(scope, receive, send)
        else:
            status = await self._signed(scope, receive, send, headers, trace_id)
        self._account(scope, status, time.perf_counter() - began)

    async def _public(self, scope: Scope, receive: Receive, send: Send) -> int:
        seen = {"status": 500}

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            self._log.error("request_failed", **where(error))
            await problems.internal_error()(scope, receive, send)
        return seen["status"]

    async def _signed(self, scope: Scope, receive: Receive, send: Send, headers: Headers, trace_id: str) -> int:
        try:
            body = await _read(receive, headers, MAX_BATCH_BYTES if scope["path"] == BATCH else MAX_BODY_BYTES)
            caller, signature, request_id = self._authenticate(scope, headers, body)
        except BridgeError as error:
            refusal = problems.from_error(error)
            await refusal(scope, receive, send)
            return refusal.status_code
        structlog.contextvars.bind_contextvars(caller=caller, request_id=request_id)
        answer = _Answer()
        try:
            await self._refuse_repetition(caller, request_id)
            scope[SCOPE_KEY] = Caller(caller, trace_id)
            await self._app(scope, _replay_body(body), answer.take)
        except BridgeError as error:
            answer = await _rendered(problems.from_error(error), scope)
        except Exception as error:
            self._log.error("request_failed", **where(error))
            answer = await _rendered(problems.internal_error(), scope)
        await self._send_signed(send, answer, signature, request_id)
        return answer.status

    def _authenticate(self, scope: Scope, headers: Headers, body: bytes) -> tuple[str, RequestSignature, str]:
        # A key of one kind opens nothing of the other: callers bring no receipts, providers nothing else.
        if scope["path"].startswith(RECEIPTS):
            # Providers name themselves by their key alone, so nobody learns which there are by asking for them.
            candidates = self._providers
        else:
            named = headers.get("x-caller", "")
            candidates = {named: self._callers[named]} if named in self._callers else {}
        received = Received(headers, scope["method"], _path_with_query(scope), body)
        refusal = SignatureError()
        # An unknown caller costs the same work as a known one with a wrong signature, and gets the same answer.
        for caller, signature in (candidates or _NOBODY).items():
            try:
                request_id = signature.verify(received, self._now_s())
            except SignatureError as error:
                refusal = error
            else:
                if caller:
                    return caller, signature, request_id
        REFUSED_SIGNATURES.labels(refusal.code).inc()
        self._log.warning("signature_refused", reason=refusal.code)
        raise UnauthenticatedError

    async def _refuse_repetition(self, caller: str, request_id: str) -> None:
        if not await self._remembering.one((caller, request_id)):
            REFUSED_SIGNATURES.labels("replayed").inc()
            raise ReplayedRequestError

    def _remember(self, requests: Sequence[tuple[str, str]]) -> list[bool]:
        """Remember the ids of requests, each with its caller; says which were not seen before, by whichever process."""
        seen_s = int(self._now_s())
        # One order for all: so two transactions never wait for each other.
        ids = sorted(set(requests))
        with self._database.write() as connection:
            # Whatever the requests do is committed after this and, being written in order, makes this durable, too.
            without_waiting(connection)
            rows = [{"caller": caller, "request_id": request_id, "seen_s": seen_s} for caller, request_id in ids]
            found = connection.execute(_REMEMBER[connection.dialect.name], rows)
            new = {(caller, request_id) for caller, request_id in found}
        # Of the same request twice in one go, one is let through.
        last = {one: place for place, one in enumerate(requests)}
        return [one in new and last[one] == place for place, one in enumerate(requests)]

    async def _send_signed(self, send: Send, answer: _Answer, signature: RequestSignature, request_id: str) -> None:
        body = bytes(answer.body)
        headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
        headers += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
        if signature.answer_keys:
            signed = sign_answer(signature.answer_keys, message_id=request_id, status=answer.status, body=body)
            headers += [(b"webhook-id", request_id.encode("latin-1")), (b"webhook-signature", signed.encode("latin-1"))]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _account(self, scope: Scope, status: int, took_s: float) -> None:
        # The route's pattern, not the path: ids stay out of labels, and so does whatever a stranger asks for.
        route = getattr(scope.get("route"), "path", "unmatched")
        REQUESTS.labels(route, scope["method"], str(status)).inc()
        REQUEST_SECONDS.labels(route).observe(took_s)
        if not PUBLIC.fullmatch(scope["path"]):
            self._log.info(
                "request", route=route, method=scope["method"], status=status, took_ms=round(took_s * 1000, 1)
            )


def _path_with_query(scope: Scope) -> str:
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    target: bytes = path + (b"?" + query if query else b"")
    return target.decode("latin-1")


async def _read(receive: Receive, headers: Headers, most: int) -> bytes:
    if int(headers.get("content-length", "0") or "0") > most:
        raise RequestTooLargeError(f"at most {most} bytes are read")
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise UnauthenticatedError
        body += message.get("body", b"")
        if len(body) > most:
            raise RequestTooLargeError(f"at most {most} bytes are read")
        if not message.get("more_body", False):
            return bytes(body)


def _replay_body(body: bytes) -> Receive:
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else {"type": "http.disconnect"}

    return receive


async def _rendered(response: Response, scope: Scope) -> _Answer:
    answer = _Answer()
    await response(scope, _replay_body(b""), answer.take)
    return answer
