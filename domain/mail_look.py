"""The look of a brand's emails: colours, type and shape, taken from the tokens its pages use.

Mail programs read no style sheet of ours and know neither custom properties nor ``rem``: the values are read from the
shared theme's tokens and the brand's ``css/tokens.css``, resolved, and written on each element. The
bridge's mails and Keycloak's take them from here, so that a brand has one place for its colours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

DEFAULT_THEMES_DIR = Path(__file__).resolve().parent.parent / "keycloak" / "themes"
"""The themes as they stand in the project; an installed copy is told another folder."""

# Built themes hold the shared style sheet as one file, tokens first.
_SHEETS = Path("area-clienti/login/resources/css")
_OWN = Path("login/resources/css/tokens.css")
_PROPERTY = re.compile(r"--ac-([\w-]+):\s*([^;]+);")
_REFERENCE = re.compile(r"var\(--ac-([\w-]+)\)")
_REM = re.compile(r"^([0-9.]+)rem$")
# What may stand inside a style attribute between double quotes, and nothing that could end it.
_VALUE = re.compile(r"[A-Za-z0-9#.,%' ()-]+")


class MailLookError(ValueError):
    """The tokens of a brand cannot be used; the message is one sentence that names the file."""

    code = "mail_look_invalid"


@dataclass(frozen=True, slots=True)
class MailLook:
    """Values ready for a ``style`` attribute in double quotes. Each field is the token of the same name."""

    page: str
    surface: str
    surface_soft: str
    ink: str
    ink_soft: str
    line: str
    link: str
    brand: str
    on_brand: str
    brand_tint: str
    band: str
    on_band: str
    font_body: str
    font_heading: str
    heading_weight: str
    wordmark_font: str
    wordmark_weight: str
    radius_m: str
    radius_l: str
    radius_button: str
    dark_page: str
    dark_surface: str
    dark_surface_soft: str
    dark_ink: str
    dark_ink_soft: str
    dark_line: str


def load_mail_look(themes: Path, brand: str) -> MailLook:
    """Read the look of a brand from a folder of themes; raises `MailLookError`."""
    parts = themes / _SHEETS / "parts" / "tokens.css"
    shared = parts if parts.is_file() else themes / _SHEETS / "area-clienti.css"
    return mail_look(_read(shared) | _read(themes / brand / _OWN))


def mail_look(tokens: Mapping[str, str]) -> MailLook:
    """The look made of tokens, named without their ``--ac-``; raises `MailLookError` for one that is missing or odd."""
    return MailLook(**{field.name: _value(tokens, field.name.replace("_", "-")) for field in fields(MailLook)})


def _read(path: Path) -> dict[str, str]:
    try:
        found = _PROPERTY.findall(path.read_text(encoding="utf-8"))
        # The first value is the token's; later ones answer to a reader's wishes (contrast, motion).
        return {name: value.strip() for name, value in reversed(found)}
    except OSError as error:
        raise MailLookError(f"The token file {path} cannot be read: {error.strerror}.") from error


def _value(tokens: Mapping[str, str], name: str, depth: int = 0) -> str:
    if name not in tokens or depth > 5:
        raise MailLookError(f"The token --ac-{name} has no value.")
    text = _REFERENCE.sub(lambda found: _value(tokens, found.group(1), depth + 1), tokens[name].replace('"', "'"))
    if rem := _REM.match(text):
        text = f"{round(float(rem.group(1)) * 16)}px"
    if not _VALUE.fullmatch(text):
        raise MailLookError(f"The token --ac-{name} cannot stand in a style attribute.")
    return text
