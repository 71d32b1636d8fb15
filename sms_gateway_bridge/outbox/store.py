"""The last messages handed over by the worker, newest first, in this process's memory and nowhere else."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """Messages newest first, and the version of the store they come from."""

    version: int
    messages: list[dict[str, Any]]


class OutboxStore:
    """Keeps `KEPT` messages. A message handed over twice (the worker could not tell) is shown once."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._messages: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._version = 0

    def add(self, message: dict[str, Any]) -> None:
        """Keep a message; its ``sent_at`` is now."""
        sent_at = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            if any(kept["id"] == message["id"] and kept["code"] == message["code"] for kept in self._messages):
                return
            self._messages.appendleft({**message, "sent_at": sent_at})
            self._version += 1

    def shown(self, to: str | None = None) -> Shown:
        """All messages, or those to one canonical contact."""
        with self._lock:
            kept = [message for message in self._messages if to is None or message["to"] == to]
            return Shown(self._version, kept)
