"""Builds the themes folder that Keycloak and the portal both serve: our files and the vendor style sheets."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from area_clienti import login_theme, mail_theme, style_sheets, theme_properties
from area_clienti.brand_folders import brand_folders
from area_clienti.errors import BuildError
from area_clienti.layout import Layout
from area_clienti.login_theme import write_login_properties
from area_clienti.mail_theme import write_mail_properties
from area_clienti.stamps import write_stamp
from domain.brands import Brand, load_brands

_VENDOR = Path("area-clienti", "login", "resources", "vendor")
_STYLE_SHEET = Path("area-clienti", "login", "resources", "css", "area-clienti.css")


def build_themes(layout: Layout) -> None:
    """Copy the themes, added brands' too, and the WebJar's files that Maven unpacked into ``layout.themes``.

    The shared style sheet's parts become one file; each brand's pages get its names, its emails its tokens too.

    Does nothing while the folder is there and none of these files has changed since it was built.
    """
    sources = _sources(layout)
    stamp, digest = layout.themes.with_name("themes.sha256"), _digest(sources, _brand_files(layout))
    if layout.themes.is_dir() and stamp.is_file() and stamp.read_text() == digest:
        return
    building = layout.themes.with_name("themes-building")
    shutil.rmtree(building, ignore_errors=True)
    for name, source in sources.items():
        (building / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, building / name)
    for brand in _brands(layout):
        write_login_properties(building, brand)
        write_mail_properties(building, brand)
    style_sheets.join_parts(building / _STYLE_SHEET)
    # A stack that runs keeps reading through this folder: it is swapped, never half written.
    old = layout.themes.with_name("themes-old")
    shutil.rmtree(old, ignore_errors=True)
    if layout.themes.exists():
        layout.themes.rename(old)
    building.rename(layout.themes)
    write_stamp(stamp, digest)
    shutil.rmtree(old, ignore_errors=True)


def _sources(layout: Layout) -> Mapping[Path, Path]:
    """Every file to copy, by its place in the themes folder."""
    shipped = _files(layout.project / "keycloak" / "themes", Path())
    found = {
        name: path for name, path in shipped.items() if "vendor" not in name.parts and name.suffix not in (".md", "")
    }
    for added in brand_folders(layout):
        found |= _files(added.theme, Path(added.id))
    webassets = layout.provider_module / "target" / "webassets"
    if not webassets.is_dir():
        raise BuildError(f"The style sheets Maven unpacks are not in {webassets}: remove its parent and build again.")
    return found | _files(webassets, _VENDOR)


def _files(folder: Path, prefix: Path) -> dict[Path, Path]:
    return {prefix / path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _brands(layout: Layout) -> list[Brand]:
    return [*load_brands(layout.shipped_brands).values(), *(added.brand for added in brand_folders(layout))]


def _brand_files(layout: Layout) -> list[Path]:
    added = [one.folder / "brand.toml" for one in brand_folders(layout)]
    return sorted(layout.shipped_brands.glob("*.toml")) + added


def _digest(sources: Mapping[Path, Path], brand_files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    # What turns the files into the folder counts as well as they do.
    modules = (style_sheets, login_theme, mail_theme, theme_properties)
    for code in (Path(__file__), *(Path(str(module.__file__)) for module in modules), *brand_files):
        digest.update(code.read_bytes())
    for name, source in sources.items():
        digest.update(f"{name}\0{hashlib.sha256(source.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
