"""Whom to turn to, and the form of a request for assistance."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, client_ip, portal, session
from adapters.flask_portal.forms import AssistanceForm
from adapters.flask_portal.i18n import current_language
from adapters.flask_portal.i18n import gettext as _
from adapters.flask_portal.services.assistance import Topic, Wanted

blueprint = Blueprint("assistenza", __name__, url_prefix="/assistenza")
_REFERENCE = "assistance_reference"


@blueprint.get("")
def page() -> ResponseReturnValue:
    """The agency or adviser; for a signed-in customer the agency's own contacts."""
    identity = session().identity_in(brand().id)
    agency = portal().profile.agency(identity) if identity else None
    return render_template("assistenza.html", agency=agency)


@blueprint.get("/richiesta")
def form() -> ResponseReturnValue:
    """The empty form; ``motivo`` chooses what it is about."""
    return _page(_form(data={"topic": request.args.get("motivo")}))


@blueprint.post("/richiesta")
def ask() -> ResponseReturnValue:
    """Keep the request."""
    typed = _form()
    valid = typed.validate_on_submit()
    email = typed.read_email() if not typed.email.errors else None
    if typed.topic.data in set(Topic) and portal().assistance.needs_policy_number(brand(), Topic(typed.topic.data)):
        valid = typed.require_policy_number() and valid
    if not valid or email is None:
        return _page(typed), 422
    identity = session().identity_in(brand().id)
    wanted = Wanted(
        topic=Topic(typed.topic.data),
        name=typed.name.data,
        email=email,
        policy_number=typed.policy_number.data,
        text=typed.text.data,
        locale=current_language(),
        customer_code=identity.customer_code if identity else None,
        client_ip=client_ip(),
    )
    session()[_REFERENCE] = {"brand": brand().id, "reference": portal().assistance.ask(brand(), wanted)}
    return redirect(url_for("assistenza.asked"), 303)


@blueprint.get("/ricevuta")
def asked() -> ResponseReturnValue:
    """The reference of the request this browser made last."""
    kept = session().get(_REFERENCE)
    if not kept or kept["brand"] != brand().id:
        return redirect(url_for("assistenza.form"), 303)
    return render_template("assistance_received.html", reference=kept["reference"])


def _form(**options: object) -> AssistanceForm:
    typed = AssistanceForm(**options)
    typed.topic.choices = [
        (Topic.REGISTRATION.value, _("I cannot register")),
        (Topic.ACCESS.value, _("I cannot sign in, or recover my credentials")),
        (Topic.CANCELLATION.value, _("I want to cancel my profile")),
        (Topic.OTHER.value, _("Something else")),
    ]
    return typed


def _page(typed: AssistanceForm) -> str:
    asks = portal().assistance.needs_policy_number(brand(), Topic.REGISTRATION)
    return render_template("assistance_form.html", form=typed, asks_policy_number=asks)
