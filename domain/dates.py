"""Dates as customers live them: days in Italy."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


def day_in_italy(moment: datetime) -> date:
    """Return the Italian calendar day of an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return moment.astimezone(ROME).date()
