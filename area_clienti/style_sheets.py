"""One style sheet out of its parts: a browser asks once instead of once a part, and can keep the answer for good."""

from __future__ import annotations

import re
from pathlib import Path

from area_clienti.errors import BuildError

_IMPORT = re.compile(r'^@import url\("(?P<part>parts/[\w-]+\.css)"\);$', re.MULTILINE)


def join_parts(sheet: Path) -> None:
    """Write the parts that a style sheet imports into it, and remove their folder.

    A part's addresses are relative to the folder of the parts, which is one deeper than the sheet's.
    Raises `BuildError` for an import that is no part.
    """

    def content(found: re.Match[str]) -> str:
        return (sheet.parent / found["part"]).read_text("utf-8").replace('url("../', 'url("').rstrip()

    joined = _IMPORT.sub(content, sheet.read_text("utf-8"))
    if "@import" in joined:
        raise BuildError(f'{sheet.name} imports something else than @import url("parts/<name>.css");')
    sheet.write_text(joined, "utf-8")
    for part in (sheet.parent / "parts").glob("*.css"):
        part.unlink()
    (sheet.parent / "parts").rmdir()
