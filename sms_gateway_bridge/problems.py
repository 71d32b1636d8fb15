"""The one place where errors become RFC 9457 problems. What a customer typed is never repeated in them."""

from __future__ import annotations

import json
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sms_gateway_bridge.errors import BridgeError

MEDIA_TYPE = "application/problem+json"

_CODES = {404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}


def problem(
    status: int, code: str, title: str, detail: str | None = None, *, headers: dict[str, str] | None = None
) -> Response:
    """A problem answer; ``code`` is stable, ``detail`` explains this occurrence."""
    body = {
        "type": f"urn:sms-gateway-bridge:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
    }
    return Response(json.dumps(body), status, headers=headers, media_type=MEDIA_TYPE)


def from_error(error: BridgeError) -> Response:
    """The problem of one of our own errors."""
    headers = {"Retry-After": str(max(1, error.retry_after_s))} if error.retry_after_s is not None else None
    return problem(error.status, error.code, error.title, error.detail, headers=headers)


def internal_error() -> Response:
    """What anybody is told about an error nobody foresaw: nothing."""
    return problem(500, "internal_error", "Internal error")


def on_bridge_error(_request: Request, error: Exception) -> Response:
    """Exception handler for `BridgeError`."""
    assert isinstance(error, BridgeError)  # noqa: S101  (registered for this class only)
    return from_error(error)


def on_invalid_request(_request: Request, error: Exception) -> Response:
    """Exception handler for a body or parameter that does not fit: 400 if it is no JSON at all, 422 otherwise."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return problem(400, "malformed_request", "Malformed request", "the body is not JSON")
    # "msg" speaks of the rule, "input" of what was sent: only the first is shown.
    details = "; ".join(f"{_place(one['loc'])}: {one['msg']}" for one in found[:5])
    return problem(422, "invalid_request", "The request is not valid", details)


def on_http_error(_request: Request, error: Exception) -> Response:
    """Exception handler for what the framework refuses: unknown path, other method."""
    assert isinstance(error, HTTPException)  # noqa: S101
    title = HTTPStatus(error.status_code).phrase
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, _CODES.get(error.status_code, "http_error"), title, headers=headers)


def _place(location: tuple[int | str, ...]) -> str:
    steps = [str(step) for step in location if step != "body"]
    return ".".join(steps) or "body"
