"""Reads what the development outbox received, as a phone's owner would."""

from __future__ import annotations

import time
from typing import Any

import requests


class Outbox:
    """The bridge's outbox of one stack."""

    def __init__(self, bridge: str) -> None:
        self._address = f"{bridge}/outbox.json"

    def messages(self, to: str) -> list[dict[str, Any]]:
        """Messages to a canonical contact, newest first."""
        answer = requests.get(self._address, params={"to": to}, timeout=5)
        answer.raise_for_status()
        return list(answer.json()["messages"])

    def wait_for(self, to: str, *, purpose: str | None = None, seen: int = 0, limit_s: float = 15) -> dict[str, Any]:
        """The newest message to ``to``, once there are more than ``seen`` of that purpose."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            found = [each for each in self.messages(to) if purpose in (None, each["purpose"])]
            if len(found) > seen:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"no further message of purpose {purpose} to {to[:3]}… within {limit_s} s")

    def count(self, to: str, *, purpose: str | None = None) -> int:
        """How many messages of a purpose arrived so far."""
        return sum(1 for each in self.messages(to) if purpose in (None, each["purpose"]))
