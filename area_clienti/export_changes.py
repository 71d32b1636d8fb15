"""`area-clienti export-changes`: what customers wrote themselves, in the feed's own columns, for the agency.

A delivery never wipes it: it lies in the portal's tables, over the directory (docs/contracts.md).
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from adapters.flask_portal.repository.tables import domiciles
from area_clienti.errors import AreaClientiError
from provisioning.feed.manifest import MANIFEST, SCHEMA_VERSION
from provisioning.feed.tables import TABLES

ADDRESSES = "addresses.csv"
KIND = "customer-changes"
# A change is dated before it is committed: what was under way at the last export is looked for again.
_OVERLAP = timedelta(minutes=10)


def export_changes(engine: Engine, folder: Path, *, after: Path | None, now: datetime) -> int:
    """Write the changes into a new folder, for its owner alone; return how many there are.

    `after` is the folder of an earlier export: only what came since then is written. A change of the last ten minutes
    before it may come twice, and is the same. Raises `AreaClientiError`.
    """
    since = None if after is None else _until(after)
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise AreaClientiError(f"{folder} is there already: choose another folder.") from None
    rows = _write(folder / ADDRESSES, TABLES[ADDRESSES].columns, _domiciles(engine, since))
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "since": None if since is None else _text(since),
        "until": _text(now),
        "files": [{"name": ADDRESSES, "rows": rows, "sha256": _sha256(folder / ADDRESSES)}],
    }
    # Last and whole: a folder without it is no export.
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return rows


def _domiciles(engine: Engine, since: datetime | None) -> Iterator[Mapping[str, Any]]:
    query = select(domiciles).order_by(domiciles.c.customer_code)
    if since is not None:
        query = query.where(domiciles.c.updated_at >= since - _OVERLAP)
    with engine.connect().execution_options(yield_per=1000) as connection:
        for row in connection.execute(query).mappings():
            yield {**row, "kind": "domicile", "updated_at": _text(row["updated_at"])}


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with _private(path) as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


@contextmanager
def _private(path: Path) -> Iterator[Any]:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        yield stream


def _until(folder: Path) -> datetime:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] == KIND:
            return datetime.fromisoformat(manifest["until"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise AreaClientiError(f"{folder} is no earlier export: its manifest does not say until when it goes.")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
