"""The bridge's error tree. Each carries the stable ``code`` and status of its problem (RFC 9457)."""

from __future__ import annotations

from typing import ClassVar


class BridgeError(Exception):
    """Root of everything the bridge refuses; ``detail`` is safe to show to the caller and holds nothing personal."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str | None = None, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.retry_after_s = retry_after_s


class ConfigurationError(BridgeError):
    """The environment does not describe a bridge that may start; the message is one sentence for the operator."""

    code = "configuration_error"
    title = "Configuration error"


class MalformedRequestError(BridgeError):
    """The request could not be read at all: not JSON, or a header missing."""

    status = 400
    code = "malformed_request"
    title = "Malformed request"


class UnauthenticatedError(BridgeError):
    """The signature is missing, wrong, too old or too new. One answer for all of them, so nothing can be probed."""

    status = 401
    code = "unauthenticated"
    title = "The request is not signed by a known caller"


class ReplayedRequestError(BridgeError):
    """A request id was seen before from this caller."""

    status = 401
    code = "request_replayed"
    title = "This request was already received"


class NotFoundError(BridgeError):
    """Unknown, purged, or belonging to somebody else: the caller cannot tell which."""

    status = 404
    code = "not_found"
    title = "Not found"


class RequestTooLargeError(BridgeError):
    """The body is larger than the bridge reads."""

    status = 413
    code = "request_too_large"
    title = "Request body too large"


class PurposeForbiddenError(BridgeError):
    """The caller asked for a purpose that is not its own."""

    status = 403
    code = "purpose_forbidden"
    title = "This caller may not use that purpose"


class CallerForbiddenError(BridgeError):
    """The caller is known, but this resource is for another one."""

    status = 403
    code = "caller_forbidden"
    title = "This caller may not use that resource"


class InvalidRequestError(BridgeError):
    """The request was read, but a field does not hold what it must."""

    status = 422
    code = "invalid_request"
    title = "The request is not valid"


class VerificationClosedError(BridgeError):
    """A consumed or superseded verification cannot be sent again."""

    status = 409
    code = "verification_closed"
    title = "This verification is closed"


class IdempotencyConflictError(BridgeError):
    """An Idempotency-Key was used before with another body."""

    status = 422
    code = "idempotency_key_reused"
    title = "Idempotency-Key already used with another body"


class TooSoonError(BridgeError):
    """A new code was asked for before the pause has passed; ``retry_after_s`` says when."""

    status = 429
    code = "resend_too_soon"
    title = "A new code cannot be sent yet"


class UnavailableError(BridgeError):
    """The database cannot be reached: nothing was decided, nothing was committed."""

    status = 503
    code = "unavailable"
    title = "The bridge cannot answer now"
