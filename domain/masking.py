"""Masks: what of a contact may be shown to someone who has not proved it.

One mask per contact and brand, the same on every screen, always five stars, so that two screens together reveal
no more than one. The vectors are `tests/vectors/masks.json`; the Java side masks mobiles with the same ones.

>>> mask_email("stefano.neri@gmail.com", EmailMask.HIDDEN_DOMAIN)
'ste*****@gm***.com'
>>> mask_mobile("+393201234519", MobileMask.SPACED)
'320 *****19'
"""

from __future__ import annotations

from enum import StrEnum

import phonenumbers

from domain.contacts import Channel, Contact
from domain.readable import readable_domain

STARS = "*****"
_HOME_PREFIX = 39


class EmailMask(StrEnum):
    """How a brand hides an email address."""

    OPEN_DOMAIN = "open_domain"
    """`nn*****@hotmail.it`"""
    HIDDEN_DOMAIN = "hidden_domain"
    """`ste*****@gm***.com`"""


class MobileMask(StrEnum):
    """How a brand hides a telephone number."""

    JOINED = "joined"
    """`320*****23`"""
    SPACED = "spaced"
    """`320 *****19`"""


def mask_email(address: str, style: EmailMask) -> str:
    """Mask a canonical email address. International domains are shown in the letters their owner knows."""
    local, _, ascii_domain = address.rpartition("@")
    domain = readable_domain(ascii_domain)
    if style is EmailMask.OPEN_DOMAIN:
        return f"{local[: 1 if len(local) <= 2 else 2]}{STARS}@{domain}"
    shown = 3 if len(local) > 5 else 2 if len(local) > 3 else 1
    name, _, last_label = domain.rpartition(".")
    return f"{local[:shown]}{STARS}@{name[: 1 if len(name) < 5 else 2]}***.{last_label}"


def mask_mobile(e164: str, style: MobileMask) -> str:
    """Mask a canonical number: first three and last two national digits, a foreign prefix in front.

    National numbers of six digits or fewer show the last two only.
    """
    number = phonenumbers.parse(e164)
    national = phonenumbers.national_significant_number(number)
    gap = " " if style is MobileMask.SPACED else ""
    masked = f"{national[:3]}{gap}{STARS}{national[-2:]}" if len(national) > 6 else f"{STARS}{national[-2:]}"
    return masked if number.country_code == _HOME_PREFIX else f"+{number.country_code} {masked}"


def mask_contact(contact: Contact, email: EmailMask, mobile: MobileMask) -> str:
    """Mask any contact in a brand's two styles."""
    if contact.channel is Channel.EMAIL:
        return mask_email(contact.value, email)
    return mask_mobile(contact.value, mobile)
