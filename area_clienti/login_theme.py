"""What Keycloak's sign-in pages take from a brand: its names, its legal line, whom to turn to.

They stand in ``<brand>/login/theme.properties``, where the templates find them. The file is written, never edited: by
``area-clienti realm`` for the brands that ship, by every build for all.
"""

from __future__ import annotations

from pathlib import Path

from area_clienti.theme_properties import properties_text
from domain.brands import Brand

PLACE = Path("login", "theme.properties")


def login_properties(brand: Brand) -> str:
    """The text of a brand's ``login/theme.properties``."""
    support = brand.whom_to_turn_to.default
    values = {
        "brandName": brand.display_name,
        "brandLegal": brand.legal_line,
        "support_it": support.it,
        "support_en": support.en,
        "newMobileOffered": str(brand.support.new_mobile_offered).lower(),
    }
    return properties_text("Written from the brand file by `make realm`: change it there.", values)


def write_login_properties(themes: Path, brand: Brand) -> None:
    """Write a brand's file into a folder of themes, built or not."""
    (themes / brand.id / PLACE).write_text(login_properties(brand), encoding="ascii")
