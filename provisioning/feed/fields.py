"""The kinds of field of the feed: how they are written, and what they become.

A field takes the text of a cell and returns its canonical value, or raises `InvalidError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.contacts import Channel, ContactError, canonical_email, canonical_mobile, contact
from domain.tax_codes import TaxIdError, canonical_tax_code, canonical_vat_number

Field = Callable[[Any], Any]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_SLUG = re.compile(r"([a-z][a-z0-9-]{0,63})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EURO = re.compile(r"\d{1,9}(\.\d{1,2})?")
_CENT = Decimal("0.01")


class InvalidError(ValueError):
    """A cell or a row that cannot be used; `reason` is the stable reason of the quarantine."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def one_of(*allowed: str) -> Field:
    """One of some words, exactly."""

    def read(text: str) -> str:
        if text not in allowed:
            raise InvalidError("not_one_of_the_allowed")
        return text

    return read


def brand_of(brands: Collection[str]) -> Field:
    """The id of a known brand."""

    def read(text: str) -> str:
        if (brand := code(text)) not in brands:
            raise InvalidError("brand_unknown")
        return brand

    return read


def code(text: str) -> str:
    """A code of the agency's: up to 64 letters, digits and `._/-`."""
    return _matching(_CODE, text)


def code_or_none(text: str) -> str | None:
    """A code, or nothing."""
    return code(text) if text else None


def slug(text: str) -> str:
    """A word in lower case, or nothing."""
    return _matching(_SLUG, text)


def name(text: str) -> str:
    """Up to 200 characters, or nothing."""
    return _at_most(200, _one_space(text))


def required(text: str) -> str:
    """One to 200 characters."""
    return _given(name(text))


def line(text: str) -> str:
    """Up to 300 characters, or nothing."""
    return _at_most(300, _one_space(text))


def short(text: str) -> str:
    """Up to 16 characters, or nothing."""
    return _at_most(16, text.strip())


def province(text: str) -> str:
    """Up to 8 characters, or nothing."""
    return _at_most(8, text.strip())


def country(text: str) -> str:
    """One to 64 characters."""
    return _given(_at_most(64, _one_space(text)))


def flag(text: str) -> bool:
    """`0` or `1`."""
    if text not in ("0", "1"):
        raise InvalidError("flag_malformed")
    return text == "1"


def day(text: str) -> date:
    """A date as ISO 8601 writes it."""
    if not _DATE.fullmatch(text):
        raise InvalidError("date_malformed")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidError("date_malformed") from None


def day_or_none(text: str) -> date | None:
    """A date, or nothing."""
    return day(text) if text else None


def moment(text: str) -> datetime:
    """A moment as ISO 8601 writes it, with its zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError("moment_malformed") from None
    if read.tzinfo is None:
        raise InvalidError("moment_without_zone")
    return read


def euro(text: str) -> Decimal:
    """An amount with at most two decimals."""
    if not _EURO.fullmatch(text):
        raise InvalidError("amount_malformed")
    return Decimal(text).quantize(_CENT)


def euro_or_none(text: str) -> Decimal | None:
    """An amount, or nothing."""
    return euro(text) if text else None


def words_of(*known: str) -> Field:
    """Some of the known words, separated by `;`."""
    allowed = frozenset(known)

    def read(text: str) -> frozenset[str]:
        found = frozenset(filter(None, (word.strip() for word in text.split(";"))))
        if found - allowed:
            raise InvalidError("role_unknown")
        return found

    return read


def texts(text: str) -> tuple[str, ...]:
    """Texts separated by `;`."""
    return tuple(filter(None, (_one_space(part) for part in text.split(";"))))


def tax_code(text: str) -> str:
    """A tax code, or nothing."""
    return _canonical(canonical_tax_code, text) if text else ""


def tax_code_given(text: str) -> str:
    """A tax code."""
    return _given(tax_code(text))


def vat_number(text: str) -> str:
    """A VAT number, or nothing."""
    return _canonical(canonical_vat_number, text) if text else ""


def email(text: str) -> str:
    """An email address, or nothing."""
    return _canonical(canonical_email, text) if text else ""


def mobile(text: str) -> str:
    """A mobile, or nothing."""
    return _canonical(canonical_mobile, text) if text else ""


def contact_of(cells: tuple[str, str]) -> str:
    """A contact of a channel: takes the cells of both."""
    channel = Channel(one_of(*Channel)(cells[0]))
    return _canonical(lambda text: contact(channel, text).value, cells[1].strip())


def path_inside(text: str) -> str:
    """A path that stays inside the store of documents."""
    path = line(text)
    if not path or path.startswith("/") or "\\" in path or ".." in path.split("/"):
        raise InvalidError("path_not_inside")
    return path


def _one_space(text: str) -> str:
    return " ".join(text.split())


def _matching(pattern: re.Pattern[str], text: str) -> str:
    trimmed = text.strip()
    if not pattern.fullmatch(trimmed):
        raise InvalidError("malformed")
    return trimmed


def _at_most(length: int, text: str) -> str:
    if len(text) > length:
        raise InvalidError("too_long")
    return text


def _given(text: str) -> str:
    if not text:
        raise InvalidError("missing")
    return text


def _canonical(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except (TaxIdError, ContactError) as error:
        raise InvalidError(error.code) from None
