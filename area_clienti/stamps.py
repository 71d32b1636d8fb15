"""Stamps: small files that say what a built thing was built from, so that it is built again when that changes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_stamp(path: Path, text: str) -> None:
    """Write a stamp by putting a whole new file in its place.

    Whoever reads meanwhile sees the old stamp or the new one, and a cache that shares its files with another by hard
    links changes nothing there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
