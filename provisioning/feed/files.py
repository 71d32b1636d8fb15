"""The files of a delivery as they lie in its folder: CSV, plain or compressed, or Parquet.

The manifest names them; `customers.csv`, `customers.csv.gz`, `customers.csv.zst` and `customers.parquet` all carry the
same table.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

import zstandard

from provisioning.errors import RefusedError

_BLOCK = 1 << 20
# A row is far shorter; what unpacks to more than its rows can fill is not a delivery.
_MAX_BYTES_PER_ROW = 1 << 16
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Control characters, refused cell by cell, and what the tidy copy escapes, so that a cell is written in one way only.
_ODD = (b"\0", b"\x01", b"\x1f", b"\\")
# Blanks between a quote and the end of its cell, which readers of CSV take differently.
_BLANK_BESIDE_QUOTE = (b' "', b'" ', b'\t"', b'"\t')
_BLANK_OUTSIDE_QUOTES = re.compile(rb'(?:^|[,\r\n])[ \t]+"|"[ \t]+(?:[,\r\n]|$)')
_SEAM = 256


class Packing(StrEnum):
    """How a file is written, by the end of its name."""

    PLAIN = ".csv"
    GZIP = ".csv.gz"
    ZSTD = ".csv.zst"
    PARQUET = ".parquet"

    @property
    def compression(self) -> str:
        """The compression's name as databases call it; `none` where there is none to undo."""
        return {Packing.GZIP: "gzip", Packing.ZSTD: "zstd"}.get(self, "none")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """What a CSV file is like inside, as far as it decides how it can be read.

    `line_end` is set when every row is one line with that end and holds nothing that readers disagree about: such a
    file can be read by machine, the others need `provisioning.feed.tidy`.
    """

    rows: int
    line_end: str | None


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A verified file of a delivery. `table` is the name of its plain form; `layout` is None for Parquet."""

    table: str
    path: Path
    packing: Packing
    rows: int
    sha256: str
    layout: CsvLayout | None

    @property
    def name(self) -> str:
        """The name in the manifest."""
        return self.path.name


def table_of(name: str) -> tuple[str, Packing] | None:
    """Return the plain file name of the table that a file of this name carries, and how; None when it is none."""
    for packing in Packing:
        stem = name.removesuffix(packing.value)
        if stem != name and stem and "." not in stem and "/" not in stem:
            return f"{stem}.csv", packing
    return None


@contextmanager
def open_bytes(path: Path, packing: Packing) -> Iterator[IO[bytes]]:
    """Open a CSV file, unpacked; raises `RefusedError` where the compression is broken."""
    try:
        match packing:
            case Packing.GZIP:
                with gzip.open(path) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            case Packing.ZSTD:
                with path.open("rb") as packed:
                    reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
                    yield io.BufferedReader(reader, _BLOCK)
            case _:
                with path.open("rb") as stream:
                    yield stream
    except (gzip.BadGzipFile, EOFError, zlib.error, zstandard.ZstdError):
        raise RefusedError("compression_broken", f"{path.name} cannot be unpacked: it is cut off or damaged.") from None


@contextmanager
def open_text(path: Path, packing: Packing) -> Iterator[IO[str]]:
    """Open a CSV file as text; bytes that are not UTF-8 become U+FFFD."""
    with (
        open_bytes(path, packing) as stream,
        io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="") as text,
    ):
        yield text


def read_header(path: Path, packing: Packing) -> list[str]:
    """Return the names of the columns as the first line gives them."""
    with open_text(path, packing) as text:
        try:
            return next(csv.reader(text, strict=True), [])
        except csv.Error:
            return []


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def layout_of(path: Path, packing: Packing, promised_rows: int) -> CsvLayout:
    """Look through a CSV file once; raises `RefusedError` when it cannot be a file of that many rows, or of text."""
    lines = _Lines()
    limit = _BLOCK + promised_rows * _MAX_BYTES_PER_ROW
    with open_bytes(path, packing) as stream:
        while block := stream.read(_BLOCK):
            lines.add(block)
            if lines.size > limit:
                raise RefusedError("file_too_large", f"{path.name} is far larger than {promised_rows} rows can be.")
    if lines.start in _UTF16:
        raise RefusedError("encoding_wrong", f"{path.name} is UTF-16 from line 1 on: deliver UTF-8.")
    if lines.line_end is not None and lines.rows == promised_rows:
        return CsvLayout(promised_rows, lines.line_end)
    # Quoted line ends and blank lines make lines and rows two things.
    return CsvLayout(count_rows(path, packing), None)


def count_rows(path: Path, packing: Packing) -> int:
    """Return the number of rows below the header, read cell by cell; raises `RefusedError` naming the broken line."""
    with open_text(path, packing) as text:
        reader = csv.reader(text, strict=True)
        try:
            return max(sum(1 for row in reader if row) - 1, 0)
        except csv.Error as error:
            raise csv_broken(path.name, reader.line_num, error) from None


def csv_broken(name: str, line: int, error: csv.Error) -> RefusedError:
    """The refusal of a file whose quotes do not close."""
    return RefusedError("csv_malformed", f"{name} is broken at line {line}: {error}.")


class _Lines:
    """Counts the lines of a stream of blocks."""

    def __init__(self) -> None:
        self.size = 0
        self.start = b""
        self._last = b""
        self._feeds = 0
        self._returns = 0
        self._pairs = 0
        self._odd = False

    def add(self, block: bytes) -> None:
        if not self.size:
            self.start = block[:2]
        self.size += len(block)
        self._feeds += block.count(b"\n")
        if b"\r" in block:
            self._returns += block.count(b"\r")
            self._pairs += block.count(b"\r\n")
        self._pairs += self._last[-1:] + block[:1] == b"\r\n"
        self._odd = self._odd or any(odd in block for odd in _ODD)
        if not self._odd and (b'"' in block or b'"' in self._last):
            seamless = self._last + block
            if any(beside in seamless for beside in _BLANK_BESIDE_QUOTE):
                self._odd = _BLANK_OUTSIDE_QUOTES.search(seamless) is not None
        self._last = (self._last + block)[-_SEAM:] if len(block) < _SEAM else block[-_SEAM:]

    @property
    def line_end(self) -> str | None:
        """The end of every line, None when they differ or the text is odd."""
        if self._odd:
            return None
        if not self._returns:
            return "\n"
        return "\r\n" if self._returns == self._pairs == self._feeds else None

    @property
    def rows(self) -> int:
        """Lines below the first."""
        unfinished = 0 if self._last.endswith(b"\n") or not self.size else 1
        return max(self._feeds + unfinished - 1, 0)
