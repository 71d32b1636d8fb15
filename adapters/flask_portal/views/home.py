"""The choice of the brand, a brand's first page, the privacy notice."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, portal, session
from adapters.flask_portal.views import apps

chooser = Blueprint("chooser", __name__)
blueprint = Blueprint("home", __name__)


@chooser.get("/")
def choose() -> ResponseReturnValue:
    """Which brand."""
    return render_template("choose_brand.html", brands=portal().brands.values())


@blueprint.get("/")
def landing() -> ResponseReturnValue:
    """«Accedi» and «Registrati», or the policies for who is signed in."""
    if session().identity_in(brand().id) is not None:
        return redirect(url_for("polizze.listed"), 303)
    apps.forget()
    return render_template("landing.html", signed_out=session().pop("signed_out", False))


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """The privacy notice."""
    return render_template("privacy.html")
