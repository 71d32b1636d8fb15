"""What a running realm would have to change to be what the file says.

Only what the file names counts: a client, a role or an attribute that somebody added beside it is left alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from area_clienti.live_realm.parts import PartKey, Parts

_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one part; `field` is empty where the whole part is missing."""

    kind: str
    name: str
    field: str = ""
    live: Any = None
    wanted: Any = None

    @property
    def part(self) -> PartKey:
        """Kind and name of the part."""
        return self.kind, self.name

    def __str__(self) -> str:
        what = f"{self.kind} {self.name}"
        if not self.field:
            return f"{what} is missing"
        return f"{what}: {self.field} is {_shown(self.live)}, should be {_shown(self.wanted)}"


def differences(live: Parts, wanted: Parts) -> list[Difference]:
    """Compare two realms taken apart; in the order of the file."""
    found = []
    for (kind, name), fields in wanted.items():
        there = live.get((kind, name))
        if there is None:
            found.append(Difference(kind, name))
            continue
        found += [
            Difference(kind, name, field, there.get(field), value)
            for field, value in fields.items()
            if not _same(there.get(field), value)
        ]
    return found


def _same(live: Any, wanted: Any) -> bool:
    """Whether two values mean the same to Keycloak, which leaves away what is empty."""
    return live == wanted or (live in (None, "", [], {}) and wanted in (None, "", [], {}))


def _shown(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
