"""The other app somebody came from, to go back to at the end: an id the brand knows, never an address of theirs."""

from __future__ import annotations

from flask import request

from adapters.flask_portal.context import brand, session

_KEY = "app"


def remember() -> None:
    """Keep the app that the address names (``app``), if the brand has it."""
    if brand().app(request.args.get("app", "")) is not None:
        session()[_KEY] = request.args["app"]


def forget() -> None:
    """Somebody came by another way."""
    session().pop(_KEY, None)
