"""Whom to turn to."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, portal, session

blueprint = Blueprint("assistenza", __name__, url_prefix="/assistenza")


@blueprint.get("")
def page() -> ResponseReturnValue:
    """The agency or adviser; for a signed-in customer the agency's own contacts."""
    identity = session().identity_in(brand().id)
    agency = portal().profile.agency(identity) if identity else None
    return render_template("assistenza.html", agency=agency)
