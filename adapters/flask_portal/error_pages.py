"""Errors as pages, in one place: branded, in the customer's language, with a way on and without a stack trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from adapters.flask_portal.context import brand, portal, session
from adapters.flask_portal.errors import (
    PortalError,
    SignInRequiredError,
    StepUpRequiredError,
    TooManyRequestsError,
)
from adapters.flask_portal.i18n import current_language
from adapters.flask_portal.i18n import lazy_gettext as _
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository import is_unavailable
from adapters.flask_portal.services.sign_in import own_path

# For machines; people are told "in a few minutes", because nobody knows.
_UNAVAILABLE_RETRY_S = 10


@dataclass(frozen=True)
class ErrorText:
    """Title and explanation of one status."""

    title: Any
    text: Any


_TEXTS = {
    400: ErrorText(
        _("We could not read that request"),
        _("The page may have been open for too long. Go back, reload it and try again."),
    ),
    403: ErrorText(_("You cannot open this page"), _("It is not part of what your account can see.")),
    404: ErrorText(
        _("This page is not here"),
        _("The address may be mistyped, or what you are looking for is not among your documents and policies."),
    ),
    405: ErrorText(_("That did not work"), _("Go back to the previous page and use its buttons.")),
    413: ErrorText(_("That is too much to send"), _("Shorten what you wrote and try again.")),
    429: ErrorText(_("A little patience"), _("You asked several times in a short while. Wait a moment and try again.")),
    500: ErrorText(
        _("Oops, something went wrong"), _("It is our fault, not yours. Nothing was changed: try again in a while.")
    ),
    503: ErrorText(
        _("We cannot go on right now"),
        _("One of our services is not answering. Nothing was lost: try again in a few minutes."),
    ),
}


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(SignInRequiredError, _to_sign_in)
    app.register_error_handler(StepUpRequiredError, _to_step_up)
    app.register_error_handler(CSRFError, lambda _error: page(400))
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SQLAlchemyError, _database_error)
    app.register_error_handler(Exception, _unexpected)


def page(status: int, retry_after_s: int | None = None) -> ResponseReturnValue:
    """The page of one status."""
    if "brand" not in g and (found := portal().brands.get(request.path.split("/")[1])):
        # No route took the address apart, but it begins like the brand's others.
        g.brand = found
    shown = status if status in _TEXTS else (400 if status < 500 else 500)
    template = "error.html" if "brand" in g else "error_unbranded.html"
    pause_s = _UNAVAILABLE_RETRY_S if status == 503 else retry_after_s
    headers = {"Retry-After": str(pause_s)} if pause_s else {}
    return render_template(template, error=_TEXTS[shown], retry_after_s=retry_after_s), status, headers


def _portal_error(error: PortalError) -> ResponseReturnValue:
    logger.warning("refused", endpoint=request.endpoint, status=error.status, error=error)
    retry_after_s = error.retry_after_s if isinstance(error, TooManyRequestsError) else None
    return page(error.status, retry_after_s)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, Exception):
        # Raised after the page was made, when the session was written.
        return _database_error(cause) if isinstance(cause, SQLAlchemyError) else _unexpected(cause)
    return page(error.code or 500)


def _database_error(error: SQLAlchemyError) -> ResponseReturnValue:
    if not is_unavailable(error):
        return _unexpected(error)
    logger.error("database_unavailable", endpoint=request.endpoint, error=error)
    return page(503)


def _unexpected(error: Exception) -> ResponseReturnValue:
    logger.error("unexpected_error", endpoint=request.endpoint, error=error)
    return page(500)


def _to_sign_in(_error: SignInRequiredError) -> ResponseReturnValue:
    target = own_path(brand().id, request.path) if request.method == "GET" else None
    return redirect(url_for("accesso.begin", poi=target), 303)


def _to_step_up(_error: StepUpRequiredError) -> ResponseReturnValue:
    identity = session().identity_in(brand().id)
    if identity is None:
        return _to_sign_in(SignInRequiredError())
    service = portal().sign_in
    needed = service.step_up(identity, own_path(brand().id, request.path))
    try:
        return redirect(service.begin(brand().id, current_language(), needed), 303)
    except PortalError as unavailable:
        return _portal_error(unavailable)
