"""Whether two names are the same person's.

Spelling is forgiven: case, accents (also typed as a trailing apostrophe, or as German `ae`, `oe`, `ue`), spaces,
hyphens, apostrophes, name and surname swapped. Names are never guessed: a missing second name, a nickname or a typing
error make a different name, and the tax code then decides. Companies: :mod:`domain.company_names`.

>>> same_person(PersonName("Nicolo'", "D Angelo"), PersonName("NICOLÒ", "D'Angelo"))
True
>>> same_person(PersonName("Anna", "Rossi"), PersonName("Anna Maria", "Rossi"))
False
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

# Letters that Unicode does not decompose.
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name as typed or recorded."""

    first: str = field(repr=False)
    last: str = field(repr=False)


def same_person(one: PersonName, other: PersonName) -> bool:
    """Return whether both are the same name; name and surname may be swapped, neither may be empty."""
    first, last = _spellings(one.first), _spellings(one.last)
    other_first, other_last = _spellings(other.first), _spellings(other.last)
    straight = bool(first & other_first) and bool(last & other_last)
    swapped = bool(first & other_last) and bool(last & other_first)
    return straight or swapped


def plain_spellings(text: str) -> frozenset[str]:
    """Lower case without accents, without and with the German way of writing umlauts; everything else stays."""
    lowered = unicodedata.normalize("NFC", text).casefold()
    return frozenset({_plain(lowered), _plain(lowered.translate(_GERMAN))})


def _spellings(name: str) -> frozenset[str]:
    """The letters of a name in a row."""
    in_a_row = ("".join(filter(str.isalnum, plain)) for plain in plain_spellings(name))
    return frozenset(filter(None, in_a_row))


def _plain(lowered: str) -> str:
    decomposed = unicodedata.normalize("NFKD", lowered.translate(_UNDECOMPOSED)).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))
