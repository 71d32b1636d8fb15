"""Compiling the catalogues of translations."""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from adapters.flask_portal.i18n import TRANSLATIONS


def compile_catalogues() -> list[Path]:
    """Compile every ``messages.po`` beside itself; the files written."""
    written = []
    for source in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")):
        with source.open("rb") as lines:
            catalogue = read_po(lines, locale=source.parts[-3])
        target = source.with_suffix(".mo")
        # Put in its place whole: another process may be reading it.
        part = target.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as compiled:
            write_mo(compiled, catalogue)
        part.replace(target)
        written.append(target)
    return written
