"""What Keycloak's emails take from a brand: names from its file, colours and type from its tokens.

Mail programs read no style sheet, so the values stand in ``<brand>/email/theme.properties``, where the templates find
them. The file is written, never edited: by ``area-clienti realm`` for the brands that ship, by every build for all.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from area_clienti.theme_properties import properties_text
from domain.brands import Brand
from domain.mail_look import MailLook, load_mail_look

PLACE = Path("email", "theme.properties")


def mail_properties(brand: Brand, look: MailLook) -> str:
    """The text of a brand's ``email/theme.properties``."""
    support = brand.whom_to_turn_to.default
    values = {
        "brandName": brand.display_name,
        "brandLegal": brand.legal_line,
        "support_it": support.it,
        "support_en": support.en,
        **{_camel(name): value for name, value in asdict(look).items()},
    }
    return properties_text("Written from the brand file and the tokens by `make realm`: change those.", values)


def write_mail_properties(themes: Path, brand: Brand) -> None:
    """Write a brand's file into a folder of themes, built or not; raises `domain.mail_look.MailLookError`."""
    (themes / brand.id / PLACE).write_text(mail_properties(brand, load_mail_look(themes, brand.id)), encoding="ascii")


def _camel(name: str) -> str:
    return "mail" + "".join(word.capitalize() for word in name.split("_"))
