"""What stands in a page's form when its language is changed: kept once, unchecked, for the same page."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from adapters.flask_portal.context import session

_TYPED = "typed"
# A code belongs to one moment, a token and a proof of work to one form.
_NEVER_KEPT = frozenset({"csrf_token", "code", "proof"})
_MOST_FIELDS, _MOST_SIGNS = 30, 6000
LONGEST = 2000
"""Signs of the longest field of any form of ours."""


def keep_typed(path: str, fields: Iterable[tuple[str, str]]) -> None:
    """Keep the fields of the form on the page at this path: whole, as long as there is no more than a form of ours has.

    The fields stand in a row of the database before anybody has signed in, so a form that nobody gave out is cut off.
    """
    kept: dict[str, str] = {}
    left = _MOST_SIGNS
    for name, value in fields:
        written = one_sign_a_line(value)[:LONGEST]
        left -= len(name) + len(written)
        if left < 0 or len(kept) == _MOST_FIELDS:
            break
        if name not in _NEVER_KEPT:
            kept[name] = written
    session()[_TYPED] = {"path": path, "fields": kept}


def one_sign_a_line(text: str) -> str:
    """Line ends as one sign: so the browser counts them against `maxlength`, and sends two."""
    return text.replace("\r\n", "\n")


def typed_before() -> dict[str, str]:
    """What was in this page's form when the language changed; empty for any other page, and the second time."""
    kept = session().get(_TYPED)
    if request.method != "GET" or not kept or kept["path"] != request.path:
        return {}
    del session()[_TYPED]
    return dict(kept["fields"])
