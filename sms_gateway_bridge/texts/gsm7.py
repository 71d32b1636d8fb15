"""The GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1): what an SMS costs, and how to stay inside it.

>>> septets("è €")
4
>>> fold("L’università “è” chiusa – già")
'L\\'università "è" chiusa - già'
"""

from __future__ import annotations

import unicodedata

# In the order of the code points; 0x1B leads to the extension table.
_TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = "\x1b"
_BASIC = frozenset(_TABLE) - {_ESCAPE}
_EXTENDED = dict(zip("\f^{}\\[~]|€", b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", strict=True))
_EXTENSION = frozenset(_EXTENDED) - {"\f"}
_ALPHABET = frozenset(_BASIC) | _EXTENSION
_CODES = {character: bytes([code]) for code, character in enumerate(_TABLE) if character != _ESCAPE} | {
    character: bytes([_TABLE.index(_ESCAPE), code]) for character, code in _EXTENDED.items()
}
_TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})
# Letters of European names that Unicode does not take apart into a base and a mark.
_STROKES = {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "Þ": "Th", "þ": "th", "ð": "d"}

SINGLE_SEGMENT = 160
CONCATENATED_SEGMENT = 153


def septets(text: str) -> int | None:
    """Length in septets, or None if the text needs another alphabet (UCS-2)."""
    if _BASIC.issuperset(text):
        return len(text)
    total = 0
    for character in text:
        if character in _BASIC:
            total += 1
        elif character in _EXTENSION:
            total += 2
        else:
            return None
    return total


def encoded(text: str) -> list[bytes] | None:
    """The septets of each character, one an octet, or None if the text needs another alphabet.

    A character of the extension table is two, which belong together wherever the text is cut.
    """
    try:
        return [_CODES[character] for character in text]
    except KeyError:
        return None


def segments(text: str) -> int:
    """How many SMS the text costs."""
    length = septets(text)
    if length is None:
        units = len(text.encode("utf-16-be")) // 2
        return 1 if units <= 70 else -(-units // 67)
    return 1 if length <= SINGLE_SEGMENT else -(-length // CONCATENATED_SEGMENT)


def fold(text: str) -> str:
    """Write the text in the alphabet: typographic marks made plain, accents it lacks dropped, other scripts kept."""
    plain = text.translate(_TYPOGRAPHY)
    return plain if _ALPHABET.issuperset(plain) else "".join(_fold_one(character) for character in plain)


def _fold_one(character: str) -> str:
    if character in _ALPHABET:
        return character
    if character in _STROKES:
        return _STROKES[character]
    base = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return base or character
