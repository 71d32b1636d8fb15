"""The language: chosen on any page, which stays where it is, with what was typed so far."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from adapters.flask_portal.context import brand, session
from adapters.flask_portal.i18n import LOCALES
from adapters.flask_portal.services.sign_in import own_path
from adapters.flask_portal.typed import keep_typed

PARAMETER = "lingua"

blueprint = Blueprint("language", __name__)


@blueprint.before_app_request
def choose() -> None:
    """``?lingua=en`` on any page changes the language from there on."""
    chosen = request.args.get(PARAMETER)
    if request.method == "GET" and request.endpoint != "theme.resource":
        _keep(chosen)


@blueprint.post("/lingua")
def change() -> ResponseReturnValue:
    """The same for a page with a form: what was typed is kept, unchecked, and stands there again."""
    wanted = request.args.get("poi", "")
    path = own_path(brand().id, wanted)
    query = urlsplit(wanted).query if wanted.startswith(path) else ""
    _keep(request.form.get(PARAMETER))
    keep_typed(path, (field for field in request.form.items() if field[0] != PARAMETER))
    return redirect(f"{path}?{query}" if query else path, 303)


def place() -> str:
    """Where the browser finds this page again: path and query, without the language.

    An answer to a form that cannot be opened by its own address says in ``g.place`` which page it is.
    """
    if "place" in g:
        return str(g.place)
    if request.method not in {"GET", "HEAD"}:
        adapter = current_app.create_url_adapter(request)
        if adapter is None or not adapter.test(request.path, method="GET"):
            return url_for("home.landing") if "brand" in g else url_for("chooser.choose")
        return request.path
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def address_in(language: str) -> str:
    """This page in another language, for templates."""
    here = place()
    return f"{here}{'&' if '?' in here else '?'}{urlencode({PARAMETER: language})}"


def _keep(language: str | None) -> None:
    if language in LOCALES:
        g.locale = language
        if session().get("locale") != language:
            session()["locale"] = language
