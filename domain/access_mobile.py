"""Which mobile on file receives the codes of first access and step-up.

Certified first, then preferred, then newest (the rules' «access mobile»); it may be shared with others or be the
username.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MobileOnFile:
    """A mobile of the agency's records; `value` is E.164, `updated_at` aware."""

    value: str = field(repr=False)
    certified: bool
    preferred: bool
    updated_at: datetime


def rank_mobiles(mobiles: Iterable[MobileOnFile]) -> tuple[str, ...]:
    """Return the numbers best first; equal ones in the order of their digits, so that reruns agree."""
    in_order = sorted(mobiles, key=lambda mobile: mobile.value)
    in_order.sort(key=lambda mobile: (mobile.certified, mobile.preferred, mobile.updated_at), reverse=True)
    return tuple(dict.fromkeys(mobile.value for mobile in in_order))


def access_mobile(mobiles: Iterable[MobileOnFile]) -> str | None:
    """Return the access mobile, or None when no mobile is on file."""
    return next(iter(rank_mobiles(mobiles)), None)
