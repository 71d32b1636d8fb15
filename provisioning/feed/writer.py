"""Writes a delivery: rows as they come, then the manifest with the checksums."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from provisioning.feed.manifest import MANIFEST, SCHEMA_VERSION, Mode
from provisioning.feed.tables import DELETED, TABLES


class DeliveryWriter:
    """A delivery being written into a folder; leaving the `with` block writes the manifest."""

    def __init__(self, folder: Path, *, sequence: int, generated_at: datetime, mode: Mode = Mode.FULL) -> None:
        self.folder = folder
        self._sequence = sequence
        self._mode = mode
        self._generated_at = generated_at
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}
        self._rows: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        for table in TABLES.values():
            stream = self._stack.enter_context((self.folder / table.file).open("w", encoding="utf-8", newline=""))
            marks = (DELETED,) if self._mode is Mode.DELTA else ()
            writer = csv.DictWriter(stream, (*table.columns, *marks), restval="", lineterminator="\n")
            writer.writeheader()
            self._writers[table.file] = writer
        return self

    def write(self, file: str, **cells: object) -> None:
        """Append a row; columns not named stay empty, None is empty, booleans become 0 and 1."""
        kept = {DELETED: False} if self._mode is Mode.DELTA else {}
        self._writers[file].writerow({name: _cell(value) for name, value in {**kept, **cells}.items()})
        self._rows[file] += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if kind is None:
            self._write_manifest()

    def _write_manifest(self) -> None:
        files = [
            {
                "name": name,
                "rows": self._rows[name],
                "sha256": hashlib.sha256((self.folder / name).read_bytes()).hexdigest(),
            }
            for name in TABLES
        ]
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "sequence": self._sequence,
            "mode": self._mode.value,
            "generated_at": self._generated_at.isoformat().replace("+00:00", "Z"),
            "files": files,
        }
        (self.folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return str(value)
