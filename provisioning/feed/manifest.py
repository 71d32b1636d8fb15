"""The manifest of a delivery, and whether its files are the ones it promises."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from provisioning.errors import RefusedError
from provisioning.feed.tables import TABLES

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1
_BLOCK = 1 << 20


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

    def row_count(self, name: str) -> int:
        """Return the rows promised for a file, 0 when it is not delivered."""
        return next((file.rows for file in self.files if file.name == name), 0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A folder whose manifest was read and whose files were verified."""

    folder: Path
    manifest: Manifest

    def path(self, name: str) -> Path | None:
        """Return the path of a delivered file, or None."""
        return self.folder / name if any(file.name == name for file in self.manifest.files) else None


def open_delivery(folder: Path) -> Delivery:
    """Read the manifest and verify every file's presence, checksum and row count; raises `RefusedError`."""
    manifest = read_manifest(folder)
    for file in manifest.files:
        _verify(folder / file.name, file)
    return Delivery(folder, manifest)


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
    unknown = sorted(set(names) - set(TABLES))
    if unknown:
        raise RefusedError("file_unknown", f"{path} names a file the feed does not have: {unknown[0]}.")
    if len(set(names)) != len(names):
        raise RefusedError("file_repeated", f"{path} names a file twice.")
    missing = [name for name in TABLES if name not in names]
    if manifest.mode is Mode.FULL and missing:
        raise RefusedError("file_missing", f"{path} is a full delivery without {missing[0]}.")


def _verify(path: Path, promised: ManifestFile) -> None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError:
        raise RefusedError("file_missing", f"The delivery has no {path.name}, which its manifest names.") from None
    if digest.hexdigest() != promised.sha256:
        raise RefusedError("checksum_wrong", f"{path.name} is not the file of the manifest: its checksum differs.")
    rows = count_rows(path)
    if rows != promised.rows:
        raise RefusedError(
            "row_count_wrong", f"{path.name} has {rows} rows where the manifest promises {promised.rows}."
        )


def count_rows(path: Path) -> int:
    """Return the number of rows below the header."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        return max(sum(1 for row in csv.reader(stream) if row) - 1, 0)
