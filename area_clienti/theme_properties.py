"""Property files of a theme, as Keycloak reads them."""

from __future__ import annotations

from collections.abc import Mapping


def properties_text(note: str, values: Mapping[str, str]) -> str:
    """The text of a brand's ``theme.properties``: a child of the shared theme, ``note`` as its comment, the values."""
    head = ["parent=area-clienti", f"# {note}"]
    return "\n".join([*head, *(f"{name}={_escaped(value)}" for name, value in values.items())]) + "\n"


def _escaped(value: str) -> str:
    # Java reads property files in more than one encoding: ASCII with escapes is the same in all.
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)
