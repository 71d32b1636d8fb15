"""Compiling the catalogues of translations."""

from __future__ import annotations

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
        with target.open("wb") as compiled:
            write_mo(compiled, catalogue)
        written.append(target)
    return written
