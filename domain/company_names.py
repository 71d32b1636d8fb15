"""Whether two names are the same company's.

Forgiven are case, accents (also as German `ae`, `oe`, `ue`), apostrophes, stops, spaces, `&` for `e`, a few
abbreviations, and how the legal form is written or that it is left out (`S.r.l.`, `SRL`, `società a responsabilità
limitata`), before, after or amid the name (`Alfa s.a.s. di Mario Rossi & C.`). Two legal forms that differ are two
companies. Nothing else is left out or guessed: the tax code or VAT number then decides.

>>> same_company("Alfa s.r.l.", "ALFA SRL"), same_company("Alfa S.r.l.", "Alfa S.p.A.")
(True, False)
"""

from __future__ import annotations

import re

from domain.names import plain_spellings

_FORMS = {
    # The German ones are Alto Adige's.
    "srl": ("srl", "s r l", "s rl", "societa a responsabilita limitata", "gmbh"),
    "srls": ("srls", "s r l s", "societa a responsabilita limitata semplificata"),
    "spa": ("spa", "s p a", "societa per azioni", "ag"),
    "sapa": ("sapa", "s a p a", "societa in accomandita per azioni"),
    "sas": ("sas", "s a s", "societa in accomandita semplice", "kg"),
    "snc": ("snc", "s n c", "societa in nome collettivo", "ohg"),
    "ss": ("ss", "s s", "societa semplice"),
    # The abbreviation stands for both, and both are written with it.
    "scarl": (
        *("scarl", "s c a r l", "sca rl", "sca r l", "scrl", "s c r l"),
        "societa consortile a responsabilita limitata",
        *("societa cooperativa a responsabilita limitata", "societa cooperativa a r l", "societa cooperativa arl"),
    ),
    "scpa": ("scpa", "s c p a", "societa consortile per azioni", "societa cooperativa per azioni"),
    "coop": ("scoop", "societa cooperativa"),
    "coopsoc": ("societa cooperativa sociale", "cooperativa sociale"),
    "sta": ("sta", "s t a"),
}
# Longest first: each is the words a legal form is written with, and the form it stands for.
_LEGAL_FORMS: tuple[tuple[tuple[str, ...], str], ...] = tuple(
    sorted(
        ((tuple(words.split()), form) for form, spellings in _FORMS.items() for words in spellings),
        key=lambda entry: -len(entry[0]),
    )
)
# In front of a name these letters mean something else: S.S. is a sports club's, or a saint's.
_NEVER_FIRST = frozenset({("ss",), ("s", "s"), ("ag",), ("kg",)})
# Said of a company beside its form, without making it another company.
_RIDERS: tuple[tuple[str, ...], ...] = tuple(
    tuple(words.split())
    for words in (
        *("a socio unico", "con socio unico", "a unico socio", "con unico socio", "unipersonale", "uninominale"),
        *("in liquidazione", "in liq", "societa benefit", "sb", "societa tra professionisti", "stp"),
    )
)
_ABBREVIATIONS = {
    "flli": "fratelli",
    "soc": "societa",
    "coop": "cooperativa",
    "agr": "agricola",
    "resp": "responsabilita",
    "lim": "limitata",
}


def same_company(one: str, other: str) -> bool:
    """Return whether both name the same company; legal forms, where both give one, must agree."""
    return any(
        name == other_name and (not form or not other_form or form == other_form)
        for name, form in _readings(one)
        for other_name, other_form in _readings(other)
    )


def _readings(written: str) -> frozenset[tuple[str, str]]:
    """Name and legal form, by each way of reading its accents; none where nothing but a form is left."""
    found = (_name_and_form(plain) for plain in plain_spellings(written))
    return frozenset((name, form) for name, form in found if name)


def _name_and_form(plain: str) -> tuple[str, str]:
    words = _words(plain)
    form = ""
    while True:
        shorter = _without_rider(words)
        if shorter is None and not form:
            shorter, form = _without_form(words)
        if shorter is None:
            return "".join(words), form
        words = shorter


def _words(plain: str) -> list[str]:
    plain = plain.replace("&", " e ").replace("+", " e ")
    # A stop inside an abbreviation joins its letters: s.r.l. is one word, F.lli too.
    plain = re.sub(r"(?<=\w)\.(?=\w)", "", plain)
    plain = re.sub(r"(?<=\w)['’`´](?=\w)", "", plain)
    words = [_ABBREVIATIONS.get(word, word) for word in re.findall(r"[^\W_]+", plain)]
    # «& C.» is how «e compagni» is written.
    return ["compagni" if word == "c" and words[at - 1 : at] == ["e"] else word for at, word in enumerate(words)]


def _without_rider(words: list[str]) -> list[str] | None:
    for rider in _RIDERS:
        if len(words) > len(rider) and tuple(words[-len(rider) :]) == rider:
            return words[: -len(rider)]
    return None


def _without_form(words: list[str]) -> tuple[list[str] | None, str]:
    for spelling, form in _LEGAL_FORMS:
        size = len(spelling)
        for start in _places(words, size):
            if tuple(words[start : start + size]) == spelling and not (start == 0 and spelling in _NEVER_FIRST):
                return words[:start] + words[start + size :], form
    return None, ""


def _places(words: list[str], size: int) -> list[int]:
    """Where a legal form of so many words may stand: last, first, or before the partners («s.n.c. di …»)."""
    if len(words) <= size:
        return []
    amid = [start for start in range(1, len(words) - size) if words[start + size] == "di"]
    return [len(words) - size, 0, *amid]
