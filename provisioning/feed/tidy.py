"""Rewrites a CSV file that machines read differently: quoted line ends, blanks beside quotes, damaged rows.

The copy is plain CSV with every row on one numbered line of its own accord; what a row suffered stands beside it.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from provisioning.feed.files import DeliveredFile, csv_broken, open_text

COLUMN_COUNT = "column_count_wrong"
NOT_UTF8 = "not_utf8"
CONTROL = "control_character"
_UNDECODABLE = "\ufffd"
# In the copy a cell stays on its line.
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\x01": "\\1", "\x1f": "\\u"})
_UNESCAPES = {"\\": "\\", "n": "\n", "r": "\r", "0": "\0", "1": "\x01", "u": "\x1f"}


def write_tidy(file: DeliveredFile, target: Path, width: int) -> None:
    """Write the copy: line of the file where the row ends, fault, field at fault, whole row if torn, then the cells.

    Line ends, backslashes and control characters inside cells are escaped (`plain` undoes it). A row with too few or
    too many cells keeps what fits. Raises `RefusedError` naming the line where quotes do not close.
    """
    with open_text(file.path, file.packing) as text, target.open("x", encoding="utf-8", newline="") as copy:
        reader = csv.reader(text, strict=True)
        writer = csv.writer(copy, lineterminator="\n", quoting=csv.QUOTE_ALL)
        try:
            next(reader, None)
            for cells in reader:
                if cells:
                    writer.writerow(_tidied(cells, reader.line_num, width))
        except csv.Error as error:
            raise csv_broken(file.name, reader.line_num, error) from None


def plain(cell: str) -> str:
    """Return a cell of the copy as it stood in the file."""
    if "\\" not in cell:
        return cell
    parts: list[str] = []
    at = 0
    while (found := cell.find("\\", at)) >= 0:
        parts += cell[at:found], _UNESCAPES[cell[found + 1]]
        at = found + 2
    return "".join((*parts, cell[at:]))


def _tidied(cells: Sequence[str], line: int, width: int) -> list[str]:
    escaped = [cell.translate(_ESCAPES) for cell in cells]
    if len(cells) != width:
        fitting = [*escaped[:width], *[""] * (width - len(cells))]
        return [str(line), COLUMN_COUNT, "", ",".join(escaped), *fitting]
    for index, cell in enumerate(cells):
        if _UNDECODABLE in cell or "\0" in cell:
            return [str(line), NOT_UTF8, str(index), "", *escaped]
        if "\x1f" in cell or "\x01" in cell:
            return [str(line), CONTROL, str(index), "", *escaped]
    return [str(line), "", "", "", *escaped]
