"""The parts of a style sheet become one file whose addresses still lead somewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from area_clienti.errors import BuildError
from area_clienti.style_sheets import join_parts

RESOURCES = Path(__file__).resolve().parents[3] / "keycloak" / "themes" / "area-clienti" / "login" / "resources"


def test_the_shared_style_sheet_holds_all_its_parts_and_every_address_in_it_is_a_file(tmp_path: Path) -> None:
    shutil.copytree(RESOURCES, tmp_path / "resources")
    css = tmp_path / "resources" / "css"
    parts = {path.name: path.read_text() for path in (css / "parts").glob("*.css")}
    join_parts(css / "area-clienti.css")
    joined = (css / "area-clienti.css").read_text()
    assert not (css / "parts").exists()
    assert "@import" not in joined
    for name, content in parts.items():
        rule = next(line for line in content.splitlines() if line.rstrip().endswith("{"))
        assert rule in joined, name
    addresses = re.findall(r'url\("([^"]+)"\)', joined)
    assert addresses
    assert [one for one in addresses if not (css / one).resolve().is_file()] == []


def test_an_import_that_is_no_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    sheet = tmp_path / "sheet.css"
    sheet.write_text('@import url("https://elsewhere.example/x.css");\n')
    with pytest.raises(BuildError):
        join_parts(sheet)
