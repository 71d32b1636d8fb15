"""Where the message of a recovery goes when the customer gave a tax code in place of the user name.

To the user name, as long as it is on file. If the agency has dropped it, to another contact of its records, which then
becomes the user name: an email before a mobile, because the mobile usually receives the access codes too; among equals
certified first, then preferred, then newest, as for the access mobile.

Policy numbers are compared without the blanks, stops, strokes and hyphens people put into them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.brands import Brand
from domain.contacts import Channel, Contact
from domain.matching import is_usable


@dataclass(frozen=True, slots=True)
class AgencyContact:
    """A contact of the agency's records; `updated_at` aware."""

    contact: Contact
    certified: bool
    preferred: bool
    updated_at: datetime


def in_place_of_username(brand: Brand, contacts: Iterable[AgencyContact]) -> tuple[Contact, ...]:
    """Return the contacts that may take a dropped user name's place, best first."""
    usable = sorted((one for one in contacts if is_usable(brand, one.contact)), key=lambda one: one.contact)
    usable.sort(key=lambda one: (one.certified, one.preferred, one.updated_at), reverse=True)
    usable.sort(key=lambda one: one.contact.channel is not Channel.EMAIL)
    return tuple(dict.fromkeys(one.contact for one in usable))


def same_policy_number(one: str, other: str) -> bool:
    """Return whether both are the same number.

    >>> same_policy_number("gi 100/0001-2", "GI10000012"), same_policy_number("", "")
    (True, False)
    """
    return bool(_compact(one)) and _compact(one) == _compact(other)


def _compact(number: str) -> str:
    return "".join(filter(str.isalnum, number)).upper()
