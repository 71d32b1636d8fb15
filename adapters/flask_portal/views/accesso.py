"""Signing in, what comes back from Keycloak, and signing out."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, portal, session
from adapters.flask_portal.errors import NotFoundError, SignInError
from adapters.flask_portal.i18n import current_language
from adapters.flask_portal.log import logger
from adapters.flask_portal.security import clear_site_data
from adapters.flask_portal.services.sign_in import (
    LevelTooLowError,
    Needed,
    RefusedAtKeycloakError,
    SignedIn,
    own_path,
)

blueprint = Blueprint("accesso", __name__, url_prefix="/accesso")


@blueprint.get("")
def begin() -> ResponseReturnValue:
    """Push a request and send the browser to Keycloak; ``poi`` is the path to open afterwards."""
    needed = Needed(1, own_path(brand().id, request.args.get("poi")))
    return redirect(portal().sign_in.begin(brand().id, current_language(), needed), 303)


@blueprint.get("/callback")
def callback() -> ResponseReturnValue:
    """Accept or refuse Keycloak's answer."""
    service = portal().sign_in
    try:
        answer = service.complete(brand().id, request.args)
        return _accept(answer)
    except LevelTooLowError as error:
        return _repeat(error)
    except RefusedAtKeycloakError as error:
        logger.info("sign_in_refused", brand=brand().id, reason=error.reason)
        if error.request.operation_id is not None:
            return redirect(error.request.return_to, 303)
        status = 503 if error.temporary else 403
        return render_template("sign_in_failed.html", reason="temporary" if error.temporary else "cancelled"), status
    except SignInError as error:
        logger.warning("sign_in_refused", brand=brand().id, reason=error.reason)
        return render_template("sign_in_failed.html", reason="old"), 400


@blueprint.post("/esci")
def sign_out() -> ResponseReturnValue:
    """End the session here and at Keycloak."""
    identity = session().identity_in(brand().id)
    if identity is None:
        return redirect(url_for("home.landing"), 303)
    id_token = session().id_token()
    session().sign_out()
    session()["signed_out"] = True
    answer = make_response(redirect(portal().sign_in.sign_out_url(identity, id_token, current_language()), 303))
    return clear_site_data(answer)


@blueprint.post("/backchannel-logout")
def backchannel_logout() -> ResponseReturnValue:
    """Keycloak ended a session (OpenID Connect Back-Channel Logout 1.0)."""
    try:
        ended = portal().sign_in.end_by_logout_token(brand().id, request.form.get("logout_token", ""))
    except SignInError as error:
        logger.warning("backchannel_logout_refused", brand=brand().id, reason=error.reason)
        return {"error": "invalid_request"}, 400
    logger.info("backchannel_logout", brand=brand().id, sessions=ended)
    return "", 200


def _accept(answer: SignedIn) -> ResponseReturnValue:
    if answer.request.operation_id is not None:
        present = session().identity_in(brand().id)
        if present is None or present.subject != answer.identity.subject:
            raise SignInError("operation_of_another_session")
        try:
            portal().operations.confirm(answer)
        except SignInError as error:
            # The operation's own page says how it stands, and how to go on.
            logger.warning("operation_refused", brand=brand().id, reason=error.reason)
            return redirect(answer.request.return_to, 303)
    session().sign_in(answer.identity)
    return redirect(answer.request.return_to, 303)


def _repeat(error: LevelTooLowError) -> ResponseReturnValue:
    logger.info("level_asked_again", brand=brand().id, reason=error.reason, repeats=error.request.repeats)
    operation_id, identity = error.request.operation_id, session().identity_in(brand().id)
    operations, operation = portal().operations, None
    try:
        if operation_id is not None and identity is not None:
            operation = operations.ask(operations.find(identity, operation_id))
        return redirect(portal().sign_in.repeat(current_language(), error, operation), 303)
    except (LevelTooLowError, NotFoundError):
        if operation_id is not None:
            return redirect(error.request.return_to, 303)
        return render_template("sign_in_failed.html", reason="level"), 403
