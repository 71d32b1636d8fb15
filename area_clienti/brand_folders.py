"""Brands that come from outside the project: one folder of data each, added to the brands that ship.

A brand folder holds ``brand.toml`` (what `domain.brands` reads), ``theme/`` (a child of the theme ``area-clienti``) and
perhaps ``weak-passwords.txt`` (one a line, refused beside those everyone knows). ``docs/brands.md`` shows how
to make one. Folders are named in ``AREA_CLIENTI_BRAND_FOLDERS``; what they and the project hold is put together in the
stack's run folder, where every part reads it: no part knows which brands shipped and which were added.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from area_clienti.errors import BrandFolderError
from area_clienti.layout import Layout
from area_clienti.realm import render_realm_file
from domain.brands import Brand, BrandFileError, load_brand, load_brands

# What Keycloak and the portal ask of a brand's theme by name.
_THEME_FILES = (
    "login/theme.properties",
    "login/resources/css/tokens.css",
    "login/resources/img/mark.svg",
    "email/theme.properties",
)


@dataclass(frozen=True)
class BrandFolder:
    """One brand as a folder of data."""

    folder: Path
    brand: Brand

    @classmethod
    def read(cls, folder: Path) -> BrandFolder:
        """Read a folder; raises `BrandFolderError` naming the first file that is missing or wrong."""
        try:
            found = cls(folder, load_brand(folder / "brand.toml"))
        except BrandFileError as error:
            raise BrandFolderError(str(error)) from error
        for name in _THEME_FILES:
            if not (found.theme / name).is_file():
                raise BrandFolderError(f"The brand folder {folder} lacks the file theme/{name}.")
        return found

    @property
    def id(self) -> str:
        """The brand's id."""
        return self.brand.id

    @property
    def theme(self) -> Path:
        """The brand's theme."""
        return self.folder / "theme"

    @property
    def weak_passwords(self) -> str:
        """Passwords that are easy to guess because of the brand, one a line; empty where there is no such file."""
        path = self.folder / "weak-passwords.txt"
        return path.read_text(encoding="utf-8") if path.is_file() else ""


def brand_folders(layout: Layout) -> list[BrandFolder]:
    """The added brands. Raises `BrandFolderError`, also when two brands have one id."""
    folders = [BrandFolder.read(folder) for folder in layout.brand_folders]
    taken = set(_load(layout.shipped_brands))
    for added in folders:
        if added.id in taken:
            raise BrandFolderError(f"The brand folder {added.folder} has the id {added.id}, which another brand has.")
        taken.add(added.id)
    return folders


def put_together(layout: Layout) -> Mapping[str, Brand]:
    """Write brand files and realm file of shipped and added brands into the run folder; return the brands, by id.

    Where the stack does not keep its own nothing is written: the project's are used. Raises `BrandFolderError`.
    """
    added = brand_folders(layout)
    if layout.keeps_its_own:
        # What a folder that is no longer named left behind must not live on.
        shutil.rmtree(layout.brands, ignore_errors=True)
        shutil.copytree(layout.shipped_brands, layout.brands, ignore=lambda _, names: _not_brand_files(names))
        for one in added:
            shutil.copy(one.folder / "brand.toml", layout.brands / f"{one.id}.toml")
    brands = _load(layout.brands)
    if layout.keeps_its_own:
        layout.realm_file.write_text(render_realm_file(layout.realm_template, brands.values()), encoding="utf-8")
    return brands


def write_password_blacklists(layout: Layout, folder: Path) -> None:
    """Write the project's lists of refused passwords into a folder, the added brands' ones among them."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted((layout.project / "keycloak" / "password-blacklists").iterdir()):
        shutil.copy(file, folder)
    with (folder / "area-clienti.txt").open("a", encoding="utf-8") as blacklist:
        blacklist.writelines(added.weak_passwords for added in brand_folders(layout))


def _load(folder: Path) -> Mapping[str, Brand]:
    try:
        return load_brands(folder)
    except BrandFileError as error:
        raise BrandFolderError(str(error)) from error


def _not_brand_files(names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".toml")]
