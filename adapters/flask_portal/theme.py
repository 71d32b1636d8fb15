"""The themes' resources, shared with Keycloak's pages: ``/static/theme/<theme>/<path>``.

The files are those of ``AREA_CLIENTI_THEMES_DIR/<theme>/login/resources``. Addresses carry a version made of the
content, so a browser may keep a file for as long as its address stands.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_from_directory, url_for
from werkzeug.security import safe_join

from adapters.flask_portal.errors import NotFoundError

SHARED_THEME = "area-clienti"
_FOREVER_S = 365 * 24 * 3600

blueprint = Blueprint("theme", __name__)


@blueprint.get("/static/theme/<theme>/<path:path>")
def resource(theme: str, path: str) -> Response:
    """One file of a theme the portal knows."""
    folder = _folder(theme)
    if folder is None:
        raise NotFoundError("no such theme")
    response = send_from_directory(folder, path)
    if request.args.get("v"):
        response.cache_control.max_age = _FOREVER_S
        response.cache_control.immutable = True
        response.cache_control.no_cache = None
    return response


def theme_url(theme: str, path: str) -> str:
    """The versioned address of a theme's file."""
    folder = _folder(theme)
    located = safe_join(str(folder), path) if folder else None
    version = _version(located) if located and Path(located).is_file() else None
    return url_for("theme.resource", theme=theme, path=path, v=version)


def _folder(theme: str) -> Path | None:
    known: frozenset[str] = current_app.extensions["portal"].themes
    if theme not in known:
        return None
    themes_dir: Path = current_app.extensions["portal"].settings.themes_dir
    return themes_dir / theme / "login" / "resources"


@cache
def _version(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
