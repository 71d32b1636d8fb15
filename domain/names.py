"""Whether two names are the same person's or the same company's.

Spelling is forgiven: case, accents (also typed as a trailing apostrophe, or as German `ae`, `oe`, `ue`), spaces,
hyphens, apostrophes, name and surname swapped, a legal form left out. Names are never guessed: a missing second
name, a nickname or a typing error make a different name, and the tax code then decides.

>>> same_person(PersonName("Nicolo'", "D Angelo"), PersonName("NICOLÒ", "D'Angelo"))
True
>>> same_company("Alfa s.r.l.", "ALFA SRL"), same_company("Alfa S.r.l.", "Alfa S.p.A.")
(True, False)
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

# Letters that Unicode does not decompose.
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})

# Longest first: each is the words a legal form is written with, and the form it stands for.
_LEGAL_FORMS: tuple[tuple[tuple[str, ...], str], ...] = tuple(
    sorted(
        (
            (tuple(words.split()), form)
            for form, spellings in {
                "srl": ("srl", "s r l", "societa a responsabilita limitata", "soc a resp lim"),
                "srls": ("srls", "s r l s", "societa a responsabilita limitata semplificata"),
                "spa": ("spa", "s p a", "societa per azioni"),
                "sapa": ("sapa", "s a p a", "societa in accomandita per azioni"),
                "sas": ("sas", "s a s", "societa in accomandita semplice"),
                "snc": ("snc", "s n c", "societa in nome collettivo"),
                "ss": ("s s", "societa semplice"),
                "scarl": ("scarl", "s c a r l", "scrl", "s c r l", "societa consortile a responsabilita limitata"),
                "coop": ("soc coop", "scoop", "societa cooperativa", "soc cooperativa"),
                "sta": ("sta", "s t a"),
            }.items()
            for words in spellings
        ),
        key=lambda entry: -len(entry[0]),
    )
)
# Said of a company beside its form, without making it another company.
_RIDERS: tuple[tuple[str, ...], ...] = tuple(
    tuple(words.split())
    for words in ("a socio unico", "con socio unico", "unipersonale", "in liquidazione", "societa benefit")
)
_ABBREVIATIONS = {"flli": "fratelli", "f lli": "fratelli"}


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


def same_company(one: str, other: str) -> bool:
    """Return whether both name the same company; legal forms, where both give one, must agree."""
    name, form = _company(one)
    other_name, other_form = _company(other)
    return bool(name) and name == other_name and (not form or not other_form or form == other_form)


def _spellings(name: str) -> frozenset[str]:
    """The letters of a name in a row, without and with the German way of writing umlauts."""
    lowered = unicodedata.normalize("NFC", name).casefold()
    return frozenset(filter(None, (_letters(lowered), _letters(lowered.translate(_GERMAN)))))


def _letters(lowered: str) -> str:
    return "".join(char for char in _plain(lowered) if char.isalnum())


def _plain(lowered: str) -> str:
    decomposed = unicodedata.normalize("NFKD", lowered.translate(_UNDECOMPOSED)).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _company(name: str) -> tuple[str, str]:
    words = _words(name)
    form = ""
    while True:
        shorter = _without_rider(words)
        if shorter is None and not form:
            shorter, form = _without_form(words)
        if shorter is None:
            return "".join(words), form
        words = shorter


def _words(name: str) -> list[str]:
    plain = _plain(unicodedata.normalize("NFC", name).casefold())
    plain = plain.replace("&", " e ").replace("+", " e ")
    # A stop inside an abbreviation joins its letters: s.r.l. is one word, F.lli too.
    plain = re.sub(r"(?<=\w)\.(?=\w)", "", plain)
    plain = re.sub(r"(?<=\w)['’`´](?=\w)", "", plain)
    return [_ABBREVIATIONS.get(word, word) for word in re.findall(r"[^\W_]+", plain)]


def _without_rider(words: list[str]) -> list[str] | None:
    for rider in _RIDERS:
        if len(words) > len(rider) and tuple(words[-len(rider) :]) == rider:
            return words[: -len(rider)]
    return None


def _without_form(words: list[str]) -> tuple[list[str] | None, str]:
    for spelling, form in _LEGAL_FORMS:
        size = len(spelling)
        if len(words) > size and tuple(words[-size:]) == spelling:
            return words[:-size], form
        if len(words) > size and tuple(words[:size]) == spelling:
            return words[size:], form
    return None, ""
