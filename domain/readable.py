"""An email as its owner writes it: a domain in Punycode goes back to its own letters, where that deceives nobody.

Stored, compared and sent is the canonical ASCII form alone (:mod:`domain.contacts`). Letters are shown where the whole
domain, its last label included, is written in one script from left to right; of the Latin letters those that are a
plain one with an accent, and a few that nobody takes for another. So `аррӏе.com`, Cyrillic before a Latin `.com`, stays
in ASCII, as browsers do (Unicode Technical Standard 39). The Java side does the same, on the vectors `readable` of
`tests/vectors/contacts.json`.

>>> readable("info@xn--caff-8oa.example")
'info@caffè.example'
"""

from __future__ import annotations

import unicodedata
from string import ascii_lowercase

import idna

_PUNYCODE = "xn--"
_NEUTRAL = frozenset("0123456789-.")
_LATIN, _FAMILIAR = "LATIN", frozenset("æœøłđ")


def readable(contact: str) -> str:
    """A canonical contact for showing; a telephone number is as it was."""
    local, at, domain = contact.rpartition("@")
    return f"{local}@{readable_domain(domain)}" if at else contact


def readable_domain(domain: str) -> str:
    """A canonical domain for showing."""
    if _PUNYCODE not in domain:
        return domain
    try:
        written = idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain
    return written if _deceives_nobody(written) else domain


def _deceives_nobody(domain: str) -> bool:
    letters = [sign for sign in domain if sign not in _NEUTRAL]
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
    left_to_right = all(letter.isalpha() and unicodedata.bidirectional(letter) == "L" for letter in letters)
    if not left_to_right or len(scripts) != 1:
        return False
    return scripts != {_LATIN} or all(_is_familiar(letter) for letter in letters)


def _is_familiar(letter: str) -> bool:
    return letter in _FAMILIAR or unicodedata.normalize("NFD", letter)[0] in ascii_lowercase
