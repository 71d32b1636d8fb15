"""The kinds of field of the feed: how they are written, and what they become.

A field that is not valid raises a `PydanticCustomError` whose type is the stable reason of the quarantine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from domain.contacts import ContactError, canonical_email, canonical_mobile
from domain.tax_codes import TaxIdError, canonical_tax_code, canonical_vat_number

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EURO = re.compile(r"\d{1,9}(\.\d{1,2})?")


def invalid(reason: str) -> PydanticCustomError:
    """Return the error that quarantines a row for that reason."""
    return PydanticCustomError("feed", "{reason}", {"reason": reason})


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise invalid("flag_malformed")
    return text == "1"


def _date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise invalid("date_malformed")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("date_malformed") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("moment_malformed") from None
    if moment.tzinfo is None:
        raise invalid("moment_without_zone")
    return moment


def _euro(text: str) -> Decimal:
    if not _EURO.fullmatch(text):
        raise invalid("amount_malformed")
    return Decimal(text).quantize(Decimal("0.01"))


def _or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else None


def _or_empty(read: Callable[[str], str]) -> Callable[[str], str]:
    def checked(text: str) -> str:
        try:
            return read(text) if text else ""
        except (TaxIdError, ContactError) as error:
            raise invalid(error.code) from None

    return checked


def _one_space(text: str) -> str:
    return " ".join(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, (word.strip() for word in text.split(";"))))


def _texts(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (_one_space(part) for part in text.split(";"))))


Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]
CodeOrNone = Annotated[Code | None, BeforeValidator(lambda text: text or None)]
Slug = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{0,63})?$")]
Name = Annotated[str, BeforeValidator(_one_space), StringConstraints(max_length=200)]
Required = Annotated[str, BeforeValidator(_one_space), StringConstraints(min_length=1, max_length=200)]
Line = Annotated[str, BeforeValidator(_one_space), StringConstraints(max_length=300)]
Short = Annotated[str, StringConstraints(max_length=16)]
Province = Annotated[str, StringConstraints(max_length=8)]
Country = Annotated[str, BeforeValidator(_one_space), StringConstraints(min_length=1, max_length=64)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[date, BeforeValidator(_date)]
DayOrNone = Annotated[date | None, BeforeValidator(_or_none(_date))]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Euro = Annotated[Decimal, BeforeValidator(_euro)]
EuroOrNone = Annotated[Decimal | None, BeforeValidator(_or_none(_euro))]
Words = Annotated[frozenset[str], BeforeValidator(_words)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
TaxCode = Annotated[str, BeforeValidator(_or_empty(canonical_tax_code))]
VatNumber = Annotated[str, BeforeValidator(_or_empty(canonical_vat_number))]
EmailOrEmpty = Annotated[str, BeforeValidator(_or_empty(canonical_email))]
MobileOrEmpty = Annotated[str, BeforeValidator(_or_empty(canonical_mobile))]
