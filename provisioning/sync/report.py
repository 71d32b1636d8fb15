"""What a run did, in numbers and customer codes: nothing of it is personal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from provisioning.feed.quarantine import QuarantineReason


@dataclass(slots=True)
class TableCounts:
    """What happened to the rows of one file; `repeated` ones stood there word for word before."""

    inserted: int = 0
    updated: int = 0
    removed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    repeated: int = 0

    @property
    def changed(self) -> int:
        """Rows that were written."""
        return self.inserted + self.updated + self.removed


@dataclass(slots=True)
class PushCounts:
    """What Keycloak answered for one brand."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    waiting_mobiles: int = 0


@dataclass(slots=True)
class SyncReport:
    """The outcome of a run; `pending` counts customers Keycloak had still to be told of when the push began.

    A dry run counts in `changing` the customers whose rows would change and names what of the first ones in `changes`.
    """

    sequence: int
    dry_run: bool = False
    already_applied: bool = False
    tables: dict[str, TableCounts] = field(default_factory=dict)
    pending: int = 0
    pushes: dict[str, PushCounts] = field(default_factory=dict)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    quarantined: int = 0
    reasons: list[QuarantineReason] = field(default_factory=list)
    changing: int = 0
    changes: list[tuple[str, str]] = field(default_factory=list)
    seconds_taking_in: float = 0.0
    seconds_pushing: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether every row was used and every record taken."""
        return self.quarantined == 0 and not self.refusals

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> SyncReport:
        """Return the report that `to_json` wrote; fields it does not know are passed over."""
        content: Mapping[str, Any] = json.loads(text)
        known = {name: content[name] for name in cls.__dataclass_fields__ if name in content}
        report = cls(**known)
        report.tables = {file: TableCounts(**counts) for file, counts in content["tables"].items()}
        report.pushes = {brand: PushCounts(**counts) for brand, counts in content["pushes"].items()}
        report.refusals = [(code, reason) for code, reason in content["refusals"]]
        report.reasons = [QuarantineReason(**reason) for reason in content["reasons"]]
        return report
