"""What was typed of a registration so far, kept in the browser's session; nothing typed is lost on the way."""

from __future__ import annotations

from typing import Any

from adapters.flask_portal.context import brand, session
from domain.brands import BrandKind, NameForm
from domain.matching import Claim
from domain.names import PersonName

_KEY = "registration"


def draft() -> dict[str, Any]:
    """The draft of this brand, empty when there is none."""
    kept = session().get(_KEY) or {}
    return dict(kept) if kept.get("brand") == brand().id else {}


def keep(values: dict[str, Any]) -> None:
    """Replace the draft."""
    session()[_KEY] = {**values, "brand": brand().id}


def add(**values: Any) -> None:
    """Write some values into the draft."""
    keep({**draft(), **values})


def forget() -> None:
    """The registration is over."""
    session().pop(_KEY, None)


def kind() -> BrandKind | None:
    """The kind chosen on the first screen."""
    try:
        return brand().kind(draft().get("kind", ""))
    except KeyError:
        return None


def claim() -> Claim | None:
    """Who the visitor says they are, once kind and name are there."""
    chosen, typed = kind(), draft()
    if chosen is None:
        return None
    if chosen.name_form is NameForm.COMPANY:
        company_name = typed.get("company_name")
        return Claim(chosen, company_name=company_name) if company_name else None
    first, last = typed.get("first_name"), typed.get("last_name")
    return Claim(chosen, person=PersonName(first, last)) if first and last else None


def open_tax_id_page() -> None:
    """The registration was refused after a check: whoever goes by this name is asked for the tax code."""
    add(tax_id_for=_names())


def tax_id_page_is_open() -> bool:
    """Whether it was, and the name is still the one that was refused."""
    return claim() is not None and draft().get("tax_id_for") == _names()


def _names() -> list[Any]:
    return [draft().get(name) for name in ("kind", "first_name", "last_name", "company_name")]
