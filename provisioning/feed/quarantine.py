"""The rows of a delivery that could not be used, in a file for the agency to correct.

The file holds the rows as delivered, personal data included, and only its owner may read it; nothing of them is
ever logged.
"""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from provisioning.feed.reader import BadRow

COLUMNS = ("file", "line", "field", "reason", "row")


@dataclass(frozen=True, slots=True)
class QuarantineReason:
    """How many rows of a file went to quarantine for one reason; `field` is empty when the whole row is meant."""

    file: str
    field: str
    reason: str
    rows: int


class Quarantine:
    """Counts quarantined rows and writes them to a file, which is made when the first one comes.

    `path` None counts only.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.reasons: Counter[tuple[str, str, str]] = Counter()
        self._stream: TextIO | None = None

    @property
    def count(self) -> int:
        """How many rows were quarantined."""
        return self.reasons.total()

    def by_reason(self) -> list[QuarantineReason]:
        """The counts, for a report."""
        return [QuarantineReason(*what, rows) for what, rows in sorted(self.reasons.items())]

    def add(self, bad: BadRow) -> None:
        """Put a row in quarantine."""
        self.reasons[bad.file, bad.field, bad.reason] += 1
        if self.path is not None:
            row = json.dumps(dict(bad.raw), ensure_ascii=False)
            csv.writer(self._open(self.path)).writerow((bad.file, bad.line, bad.field, bad.reason, row))

    def _open(self, path: Path) -> TextIO:
        if self._stream is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self._stream = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            csv.writer(self._stream).writerow(COLUMNS)
        return self._stream

    def close(self) -> None:
        """Finish the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
