"""What can go wrong in the portal, as one small tree.

Each error has a stable ``code`` (for logs) and the ``status`` of the page that tells the customer. Gateways and
services raise them; :mod:`adapters.flask_portal.error_pages` renders them in one place. Messages are for operators and
never hold a contact, a tax code, a token or a one-time code.
"""

from __future__ import annotations


class PortalError(Exception):
    """Anything the portal refuses or cannot do."""

    code = "portal_error"
    status = 500


class ConfigurationError(PortalError):
    """A setting is missing or wrong; its text is one sentence for whoever starts the process."""

    code = "configuration"


class NotFoundError(PortalError):
    """The object does not exist, or belongs to someone else: the two answer alike."""

    code = "not_found"
    status = 404


class SystemUnavailableError(PortalError):
    """Keycloak or the bridge does not answer, or answers what cannot be trusted."""

    code = "system_unavailable"
    status = 503


class UntrustedAnswerError(SystemUnavailableError):
    """An answer of the bridge without a valid signature: treated as no answer."""

    code = "untrusted_answer"


class TooManyRequestsError(PortalError):
    """Asked again too soon."""

    code = "too_many_requests"
    status = 429

    def __init__(self, message: str = "", *, retry_after_s: int = 30) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RefusedError(PortalError):
    """Another system refused for a reason of its own.

    ``reason`` is that system's stable code (for example ``username_taken``).
    """

    code = "refused"
    status = 409

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInError(PortalError):
    """A sign-in that came back and cannot be accepted; ``reason`` says which check failed."""

    code = "sign_in"
    status = 400

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInRequiredError(PortalError):
    """The page is for signed-in customers; the answer is the way to sign in."""

    code = "sign_in_required"
    status = 401


class StepUpRequiredError(PortalError):
    """The page needs a higher or fresher level of assurance than the session has."""

    code = "step_up_required"
    status = 401
