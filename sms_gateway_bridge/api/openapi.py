"""The OpenAPI description, completed with what the signing layer adds: headers in, headers out, problems."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sms_gateway_bridge.api.models import Problem
from sms_gateway_bridge.api.signing import PUBLIC, RECEIPTS

_REQUEST_HEADERS = {
    "x-caller": "Who is asking: keycloak, portal or worker",
    "webhook-id": "Unique a request; a repeated one is refused. Letters, digits, - and _, at most 128",
    "webhook-timestamp": "Unix seconds, within 300 s of the bridge's clock",
    "webhook-signature": "v1,<base64 HMAC-SHA256 over id.timestamp.METHOD.path.body>; several are separated by spaces",
}
_ANSWER_HEADERS = {
    "webhook-id": "The request's",
    "webhook-signature": "v1,<base64 HMAC-SHA256 over id.status.body>, one per valid key of the caller",
}
_PROBLEMS = {
    "400": "Not readable: `malformed_request`",
    "401": "Not signed by a known caller, too old, or a replay: `unauthenticated`, `request_replayed`. "
    "Only the last is signed itself",
    "403": "Not for this caller: `purpose_forbidden`, `caller_forbidden`",
    "404": "Unknown, purged or another caller's: `not_found`",
    "413": "More than 64 KiB, a batch more than 1 MiB: `request_too_large`",
    "422": "A field does not hold what it must: `invalid_request`",
    "500": "An error nobody foresaw: `internal_error`",
    "503": "The database does not answer; nothing was decided: `unavailable`",
}
_ONLY_SOME = {
    ("/v1/verifications/{verification_id}/resend", "post"): {
        "409": "Consumed or superseded: `verification_closed`",
        "429": "Before the pause has passed: `resend_too_soon`; Retry-After says when",
    },
    ("/v1/messages", "post"): {"422": "`invalid_request`, or `idempotency_key_reused` with another body"},
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Build the description once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["securitySchemes"] = {
            name: {"type": "apiKey", "in": "header", "name": name, "description": text}
            for name, text in _REQUEST_HEADERS.items()
        }
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if PUBLIC.fullmatch(path):
        responses.pop("422", None)
        if path == "/readyz":
            responses["503"] = {**responses["200"], "description": "Not ready; `parts` says what is missing"}
        else:
            responses["503"] = _problem(_PROBLEMS["503"], signed=False)
        return
    by_provider = path.startswith(RECEIPTS)
    operation["security"] = [{name: [] for name in _REQUEST_HEADERS if name != "x-caller" or not by_provider}]
    for answer in responses.values():
        answer["headers"] = _headers(_ANSWER_HEADERS)
    for status, text in {**_PROBLEMS, **_ONLY_SOME.get((path, method), {})}.items():
        responses[status] = _problem(text, signed=status not in ("401", "413"))
        if status in ("429", "503"):
            responses[status].setdefault("headers", {}).update(_RETRY_AFTER)


def _problem(text: str, *, signed: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if signed:
        answer["headers"] = _headers(_ANSWER_HEADERS)
    return answer


def _headers(texts: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in texts.items()}
