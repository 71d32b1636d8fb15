"""The last accepted state: what every file of the feed held when it was last taken in, as digests of its rows.

It saves work and decides nothing. The directory names the state that belongs to its last delivery; a state under
another name, made by other rules or not there at all means that every row is read again (docs/decisions/0026).

A state is a folder of the owner's alone: `state.json`, and for every file of the feed `<table>.digests.parquet` (`grp`,
`h1`, `h2`: the first column of the row key and a salted 128-bit digest of the row; in the order of the file) and
`<table>.open.parquet` (`grp`: groups that are to be looked at whatever their digests say).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import domain
import provisioning
from provisioning.sync.workspace import SCRATCH

_FORMAT = 1
_MANIFEST = "state.json"
# What decides, beside our own code, whether a row is valid and what becomes of it.
_LIBRARIES = ("idna", "phonenumbers", "python-stdnum")


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """One file of a state; `sha256` is the delivered file's."""

    digests: Path
    still_open: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A state: `rules` names what the rows were checked by, `salt` goes into every digest."""

    id: str
    rules: str
    salt: str
    files: Mapping[str, AcceptedFile]


@dataclass(frozen=True, slots=True)
class NewState:
    """A state in the making, its files where the run put them; what takes over a state's files repeats them."""

    rules: str
    salt: str
    files: dict[str, AcceptedFile]


def rules_in_force(brands: Collection[str]) -> str:
    """Return a digest of everything that decides what a valid row is: code, libraries and brands."""
    return hashlib.sha256(json.dumps([_FORMAT, sorted(brands), _code_in_force()]).encode()).hexdigest()


@lru_cache(maxsize=1)
def _code_in_force() -> str:
    digest = hashlib.sha256(json.dumps([version(name) for name in _LIBRARIES]).encode())
    for package in (domain, provisioning):
        root = Path(str(package.__file__)).parent
        for module in sorted(root.rglob("*.py")):
            digest.update(f"{module.relative_to(root)}\0".encode() + module.read_bytes())
    return digest.hexdigest()


def new_salt() -> str:
    """Return a salt: without it nobody can make two rows of one digest, or tell rows from their digests."""
    return secrets.token_hex(16)


class AcceptedStates:
    """The folder where states lie; only one run at a time may use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, state_id: str | None) -> Accepted | None:
        """Return a state, None where it is not there whole."""
        if state_id is None:
            return None
        folder = self.folder / state_id
        try:
            content = json.loads((folder / _MANIFEST).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        if content.get("format") != _FORMAT or content.get("id") != state_id:
            return None
        files = {file: _file(folder, file, sha256) for file, sha256 in content["files"].items()}
        if not all(one.digests.exists() and one.still_open.exists() for one in files.values()):
            return None
        return Accepted(state_id, content["rules"], content["salt"], files)

    def save(self, state: NewState) -> str:
        """Keep a state, safely on the disk, and return its id. It counts once the directory names it."""
        state_id = secrets.token_hex(16)
        folder = self.folder / f"{SCRATCH}{state_id}"
        folder.mkdir(mode=0o700, parents=True)
        for file, parts in state.files.items():
            target = _file(folder, file, parts.sha256)
            for source, place in ((parts.digests, target.digests), (parts.still_open, target.still_open)):
                _place(source, place)
        files = {file: parts.sha256 for file, parts in state.files.items()}
        content = {"format": _FORMAT, "id": state_id, "rules": state.rules, "salt": state.salt, "files": files}
        (folder / _MANIFEST).write_text(json.dumps(content), "utf-8")
        _sync(folder / _MANIFEST)
        _sync(folder)
        folder.rename(self.folder / state_id)
        _sync(self.folder)
        return state_id

    def forget_all_but(self, state_id: str | None) -> None:
        """Remove the other states."""
        if not self.folder.exists():
            return
        for folder in self.folder.iterdir():
            if (folder / _MANIFEST).exists() and folder.name != state_id:
                shutil.rmtree(folder)


def _file(folder: Path, file: str, sha256: str) -> AcceptedFile:
    stem = file.removesuffix(".csv")
    return AcceptedFile(folder / f"{stem}.digests.parquet", folder / f"{stem}.open.parquet", sha256)


def _place(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        # Another disk, or one without links.
        shutil.copyfile(source, target)
    target.chmod(0o600)
    _sync(target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
