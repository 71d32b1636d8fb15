"""What a run did, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field


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


@dataclass(slots=True)
class SyncReport:
    """The outcome of a run; `pending` counts customers Keycloak had still to be told of when the push began."""

    sequence: int
    dry_run: bool = False
    already_applied: bool = False
    tables: dict[str, TableCounts] = field(default_factory=dict)
    pending: int = 0
    pushes: dict[str, PushCounts] = field(default_factory=dict)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    quarantined: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether every row was used and every record taken."""
        return self.quarantined == 0 and not self.refusals
