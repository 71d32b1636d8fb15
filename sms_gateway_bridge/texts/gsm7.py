"""The GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1): what an SMS costs, and how to stay inside it.

>>> septets("è €")
4
>>> fold("L’università “è” chiusa – già")
'L\\'università "è" chiusa - già'
"""

from __future__ import annotations

import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€")
_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})
# Letters of European names that Unicode does not take apart into a base and a mark.
_STROKES = {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "Þ": "Th", "þ": "th", "ð": "d"}

SINGLE_SEGMENT = 160
CONCATENATED_SEGMENT = 153


def septets(text: str) -> int | None:
    """Length in septets, or None if the text needs another alphabet (UCS-2)."""
    total = 0
    for character in text:
        if character in _BASIC:
            total += 1
        elif character in _EXTENSION:
            total += 2
        else:
            return None
    return total


def segments(text: str) -> int:
    """How many SMS the text costs."""
    length = septets(text)
    if length is None:
        units = len(text.encode("utf-16-be")) // 2
        return 1 if units <= 70 else -(-units // 67)
    return 1 if length <= SINGLE_SEGMENT else -(-length // CONCATENATED_SEGMENT)


def fold(text: str) -> str:
    """Write the text in the alphabet: typographic marks made plain, accents it lacks dropped, other scripts kept."""
    return "".join(_fold_one(character) for character in text.translate(_TYPOGRAPHY))


def _fold_one(character: str) -> str:
    if character in _BASIC or character in _EXTENSION:
        return character
    if character in _STROKES:
        return _STROKES[character]
    base = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return base or character
