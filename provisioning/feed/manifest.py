"""The manifest of a delivery, and whether its files are the ones it promises."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import duckdb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from provisioning.errors import RefusedError
from provisioning.feed.files import DeliveredFile, Packing, digest_of, layout_of, table_of
from provisioning.feed.tables import TABLES

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1
_READERS = 2


class Mode(StrEnum):
    """Whether a delivery holds everything or only what changed."""

    FULL = "full"
    DELTA = "delta"


class ManifestFile(BaseModel):
    """One file as the manifest promises it; `rows` does not count the header."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rows: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """`manifest.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1]
    sequence: Annotated[int, Field(ge=1, lt=2**63)]
    mode: Mode
    generated_at: AwareDatetime
    files: tuple[ManifestFile, ...]

    @property
    def checksum(self) -> str:
        """Digest of what makes a delivery the same: mode and files, whatever the order and the time of writing."""
        files = sorted((file.name, file.rows, file.sha256) for file in self.files)
        return hashlib.sha256(json.dumps([self.mode, files]).encode()).hexdigest()

    def row_count(self, table: str) -> int:
        """Return the rows promised for a table, by the name of its plain file; 0 when it is not delivered."""
        return next((file.rows for file in self.files if _table(file.name) == table), 0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A folder whose manifest was read and whose files were verified."""

    folder: Path
    manifest: Manifest
    files: tuple[DeliveredFile, ...]

    def file(self, table: str) -> DeliveredFile | None:
        """Return the file of a table, by the name of its plain form, or None."""
        return next((file for file in self.files if file.table == table), None)


def open_delivery(folder: Path) -> Delivery:
    """Read the manifest and verify every file's presence, checksum and row count; raises `RefusedError`."""
    manifest = read_manifest(folder)
    with ThreadPoolExecutor(_READERS) as readers:
        files = tuple(readers.map(lambda file: _verified(folder / file.name, file), manifest.files))
    return Delivery(folder, manifest, files)


def read_manifest(folder: Path) -> Manifest:
    """Read `manifest.json` strictly; raises `RefusedError`."""
    path = folder / MANIFEST
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise RefusedError(
            "manifest_missing", f"The folder {folder} is not a delivery: it has no {MANIFEST}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError("manifest_unreadable", f"{path} cannot be read: {error}.") from error
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise RefusedError("manifest_invalid", f"{path} is wrong at {place}: {first['msg']}.") from error
    _check_names(path, manifest)
    return manifest


def _check_names(path: Path, manifest: Manifest) -> None:
    names = [file.name for file in manifest.files]
    tables = [_table(name) for name in names]
    unknown = sorted(name for name, table in zip(names, tables, strict=True) if table not in TABLES)
    if unknown:
        raise RefusedError("file_unknown", f"{path} names a file the feed does not have: {unknown[0]}.")
    if len(set(tables)) != len(tables):
        raise RefusedError("file_repeated", f"{path} names a file twice.")
    missing = [name for name in TABLES if name not in tables]
    if manifest.mode is Mode.FULL and missing:
        raise RefusedError("file_missing", f"{path} is a full delivery without {missing[0]}.")


def _table(name: str) -> str | None:
    found = table_of(name)
    return None if found is None else found[0]


def _verified(path: Path, promised: ManifestFile) -> DeliveredFile:
    found = table_of(promised.name)
    assert found is not None  # noqa: S101 - the names were checked
    table, packing = found
    try:
        digest = digest_of(path)
    except OSError:
        raise RefusedError("file_missing", f"The delivery has no {path.name}, which its manifest names.") from None
    if digest != promised.sha256:
        raise RefusedError("checksum_wrong", f"{path.name} is not the file of the manifest: its checksum differs.")
    layout = None if packing is Packing.PARQUET else layout_of(path, packing, promised.rows)
    rows = _parquet_rows(path) if layout is None else layout.rows
    if rows != promised.rows:
        raise RefusedError(
            "row_count_wrong", f"{path.name} has {rows} rows where the manifest promises {promised.rows}."
        )
    return DeliveredFile(table, path, packing, rows, digest, layout)


def _parquet_rows(path: Path) -> int:
    try:
        with duckdb.connect() as database:
            row = database.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]).fetchone()
    except duckdb.Error:
        raise RefusedError("parquet_malformed", f"{path.name} is not a Parquet file.") from None
    return 0 if row is None or row[0] is None else int(row[0])
