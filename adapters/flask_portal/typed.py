"""What stands in a page's form when its language is changed: kept once, unchecked, for the same page."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

from adapters.flask_portal.context import session

_TYPED = "typed"
# A code belongs to one moment, a token and a proof of work to one form.
_NEVER_KEPT = frozenset({"csrf_token", "code", "proof"})
_MOST_FIELDS, _LONGEST = 30, 300


def keep_typed(path: str, fields: Iterable[tuple[str, str]]) -> None:
    """Keep the fields of the form on the page at this path, no more and no longer than any of ours has."""
    kept = [(name[:_LONGEST], value[:_LONGEST]) for name, value in fields if name not in _NEVER_KEPT]
    session()[_TYPED] = {"path": path, "fields": dict(kept[:_MOST_FIELDS])}


def typed_before() -> dict[str, str]:
    """What was in this page's form when the language changed; empty for any other page, and the second time."""
    kept = session().get(_TYPED)
    if request.method != "GET" or not kept or kept["path"] != request.path:
        return {}
    del session()[_TYPED]
    return dict(kept["fields"])
