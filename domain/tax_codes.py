"""Italian tax codes (codice fiscale) and VAT numbers (partita IVA), by python-stdnum.

A person's tax code has sixteen characters, a company's eleven digits like a VAT number, with which it often
coincides: a value of eleven digits must be looked for in both columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva


class TaxIdError(ValueError):
    """Not a valid tax code or VAT number; carries nothing personal."""

    code = "tax_id_malformed"

    def __init__(self) -> None:
        super().__init__(self.code)


class TaxCodeMalformedError(TaxIdError):
    """Not a valid tax code."""

    code = "tax_code_malformed"


class VatNumberMalformedError(TaxIdError):
    """Not a valid VAT number."""

    code = "vat_number_malformed"


@dataclass(frozen=True, slots=True)
class TaxId:
    """A canonical tax code or VAT number as a customer types it in the one field for both."""

    value: str = field(repr=False)

    @property
    def may_be_vat_number(self) -> bool:
        """Whether it has the eleven-digit form that companies use for both."""
        return len(self.value) == 11


def canonical_tax_code(raw: str) -> str:
    """Return the tax code in upper case without separators; replaced digits (omocodia) are accepted as they are."""
    try:
        return str(codicefiscale.validate(raw)).upper()
    except ValidationError:
        raise TaxCodeMalformedError from None


def canonical_vat_number(raw: str) -> str:
    """Return the eleven digits of an Italian VAT number, without `IT`."""
    try:
        return str(iva.validate(raw))
    except ValidationError:
        raise VatNumberMalformedError from None


def parse_tax_or_vat(raw: str) -> TaxId:
    """Read what was typed in the field «Codice Fiscale o Partita IVA»; raises `TaxIdError`."""
    for read in (canonical_vat_number, canonical_tax_code):
        try:
            return TaxId(read(raw))
        except TaxIdError:
            continue
    raise TaxIdError
