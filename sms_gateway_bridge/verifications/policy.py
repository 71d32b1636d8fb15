"""How long codes live and how often they may be tried: the caller proposes, the bridge holds it within its own limits.

Source: DESIGN.md, "Who checks codes". Units are seconds in the names.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.purposes import Purpose

_HOUR = 3600
MAX_ATTEMPTS = 5
LONGEST_RESEND_PAUSE_S = 600
SHORTEST_VALIDITY_S = 30


@dataclass(frozen=True, slots=True)
class PurposeLimits:
    """Default and longest validity of a purpose's code, and the validity of its link."""

    validity_s: int
    longest_validity_s: int
    link_validity_s: int


LIMITS = {
    Purpose.REGISTRATION: PurposeLimits(48 * _HOUR, 48 * _HOUR, 48 * _HOUR),
    Purpose.RECOVERY: PurposeLimits(900, 900, 48 * _HOUR),
    Purpose.ACCESS: PurposeLimits(120, 300, 0),
    Purpose.OPERATION: PurposeLimits(300, 300, 0),
    Purpose.CONTACT: PurposeLimits(48 * _HOUR, 48 * _HOUR, 48 * _HOUR),
    Purpose.CANCELLATION: PurposeLimits(900, 900, 0),
}
"""Purposes whose link validity is zero never carry a link."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy a verification lives by."""

    code_validity_s: int
    link_validity_s: int
    max_attempts: int
    resend_after_s: int


def settle(
    purpose: Purpose,
    *,
    validity_s: int | None = None,
    max_attempts: int | None = None,
    resend_after_s: int | None = None,
    shortest_pause_s: int = 30,
) -> Policy:
    """The policy for one verification: what was asked for, clamped; defaults where nothing was asked.

    Recovery's code lives minutes while its link lives two days: ``validity_s`` rules the code only. Elsewhere code and
    link end together.
    """
    limits = LIMITS[purpose]
    validity = _clamp(validity_s or limits.validity_s, SHORTEST_VALIDITY_S, limits.longest_validity_s)
    link_validity = limits.link_validity_s if purpose is Purpose.RECOVERY else min(validity, limits.link_validity_s)
    pause = shortest_pause_s if resend_after_s is None else resend_after_s
    return Policy(
        code_validity_s=validity,
        link_validity_s=link_validity,
        max_attempts=_clamp(max_attempts or 3, 1, MAX_ATTEMPTS),
        resend_after_s=_clamp(pause, shortest_pause_s, LONGEST_RESEND_PAUSE_S),
    )


def _clamp(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
