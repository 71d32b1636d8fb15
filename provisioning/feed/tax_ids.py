"""Makes valid tax codes and VAT numbers for synthetic people and companies.

The tax code is composed as the decree of 23 December 1976 says; the check characters come from python-stdnum.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from stdnum import luhn
from stdnum.it import codicefiscale

# Code of the land register and name of some towns.
TOWNS: tuple[tuple[str, str, str, str], ...] = (
    ("H501", "Roma", "RM", "00185"),
    ("F205", "Milano", "MI", "20121"),
    ("L219", "Torino", "TO", "10121"),
    ("F839", "Napoli", "NA", "80133"),
    ("D612", "Firenze", "FI", "50122"),
    ("A944", "Bologna", "BO", "40121"),
    ("G273", "Palermo", "PA", "90133"),
    ("A662", "Bari", "BA", "70121"),
    ("C351", "Catania", "CT", "95124"),
    ("L736", "Venezia", "VE", "30121"),
    ("D969", "Genova", "GE", "16121"),
    ("L781", "Verona", "VR", "37121"),
    ("G224", "Padova", "PD", "35121"),
    ("L424", "Trieste", "TS", "34121"),
    ("B157", "Brescia", "BS", "25121"),
    ("G337", "Parma", "PR", "43121"),
    ("F257", "Modena", "MO", "41121"),
    ("G478", "Perugia", "PG", "06121"),
    ("A271", "Ancona", "AN", "60121"),
    ("B354", "Cagliari", "CA", "09124"),
)
_MONTHS = "ABCDEHLMPRST"
_VOWELS = "AEIOU"


def tax_code(first: str, last: str, born: date, town_code: str, *, female: bool) -> str:
    """Return the tax code of a person, sixteen characters."""
    consonants, vowels = _letters(first)
    if len(consonants) >= 4:
        consonants = consonants[0] + consonants[2:]
    day = born.day + (40 if female else 0)
    body = (
        f"{_three(*_letters(last))}{_three(consonants, vowels)}{born:%y}{_MONTHS[born.month - 1]}{day:02d}{town_code}"
    )
    return body + str(codicefiscale.calc_check_digit(body))


def vat_number(serial: int, office: int = 15) -> str:
    """Return a VAT number for a company's serial number (up to seven digits) and its tax office (three digits)."""
    body = f"{serial:07d}{office:03d}"
    return body + str(luhn.calc_check_digit(body))


def _letters(name: str) -> tuple[str, str]:
    plain = unicodedata.normalize("NFKD", name).upper()
    letters = [char for char in plain if "A" <= char <= "Z"]
    return "".join(c for c in letters if c not in _VOWELS), "".join(c for c in letters if c in _VOWELS)


def _three(consonants: str, vowels: str) -> str:
    return f"{consonants}{vowels}XXX"[:3]
