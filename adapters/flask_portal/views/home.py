"""The choice of the brand, a brand's first page, the language, the privacy notice."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, portal, session
from adapters.flask_portal.i18n import LOCALES

chooser = Blueprint("chooser", __name__)
blueprint = Blueprint("home", __name__)


@chooser.before_app_request
def choose_language() -> None:
    """``?lingua=en`` on any page changes the language from there on."""
    chosen = request.args.get("lingua")
    if request.method == "GET" and chosen in LOCALES and request.endpoint not in {None, "theme.resource"}:
        g.locale = chosen
        if session().get("locale") != chosen:
            session()["locale"] = chosen


@chooser.get("/")
def choose() -> ResponseReturnValue:
    """Which brand."""
    return render_template("choose_brand.html", brands=portal().brands.values())


@blueprint.get("/")
def landing() -> ResponseReturnValue:
    """«Accedi» and «Registrati», or the policies for who is signed in."""
    if session().identity_in(brand().id) is not None:
        return redirect(url_for("polizze.listed"), 303)
    return render_template("landing.html")


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """The privacy notice."""
    return render_template("privacy.html")
