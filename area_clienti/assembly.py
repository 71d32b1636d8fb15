"""What images are made of, put together from the project and the brands added to it."""

from __future__ import annotations

from pathlib import Path

from area_clienti.brand_folders import put_together, write_password_blacklists
from area_clienti.errors import BrandFolderError
from area_clienti.layout import Layout
from area_clienti.themes import build_themes


def assemble(project: Path, added: Path, target: Path) -> None:
    """Write the data that containers read into ``target``.

    ``brands/`` (for ``AREA_CLIENTI_BRANDS_DIR``), ``themes/`` (for Keycloak and ``AREA_CLIENTI_THEMES_DIR``),
    ``realm-export.json`` and ``password-blacklists/`` (for Keycloak's ``data``). Every folder inside ``added`` is a
    brand folder. Raises `area_clienti.errors.AreaClientiError`.
    """
    if not added.is_dir():
        raise BrandFolderError(f"The folder of brand folders {added} is not there.")
    folders = tuple(sorted(folder for folder in added.iterdir() if folder.is_dir()))
    layout = Layout(project, target, target, folders, self_contained=True)
    target.mkdir(parents=True, exist_ok=True)
    put_together(layout)
    build_themes(layout)
    write_password_blacklists(layout, target / "password-blacklists")
