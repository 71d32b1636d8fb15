"""Builds the themes folder that Keycloak and the portal both serve: our files and the vendor style sheets."""

from __future__ import annotations

import shutil

from area_clienti.layout import Layout


def build_themes(layout: Layout) -> None:
    """Copy the themes and the WebJar's files that Maven unpacked into ``layout.themes``."""
    building = layout.cache / "themes-building"
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(layout.project / "keycloak" / "themes", building, ignore=shutil.ignore_patterns("vendor", "*.md"))
    vendor = building / "area-clienti" / "login" / "resources" / "vendor"
    shutil.copytree(layout.provider_module / "target" / "webassets", vendor)
    # A stack that runs keeps reading through this folder: it is swapped, never half written.
    old = layout.cache / "themes-old"
    shutil.rmtree(old, ignore_errors=True)
    if layout.themes.exists():
        layout.themes.rename(old)
    building.rename(layout.themes)
    shutil.rmtree(old, ignore_errors=True)
