"""The clock every part is given, so that validity can be tested without waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time; answers are always aware and in UTC."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock, shifted by `offset_s` seconds (development only: see docs/contracts.md)."""

    def __init__(self, offset_s: float = 0) -> None:
        self._offset = timedelta(seconds=offset_s)

    def now(self) -> datetime:
        """Return the shifted present moment, aware, in UTC."""
        return datetime.now(UTC) + self._offset


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def now(self) -> datetime:
        """Return the moment the clock was last set to."""
        return self._at

    def set(self, at: datetime) -> None:
        """Move the clock to `at`, which must be aware."""
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._at = at.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`."""
        self._at += timedelta(seconds=seconds)
