"""No code knows a brand by name: what differs between brands is read from their data (docs/brands.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brands import EVERY_BRAND, SHIPPED

PROJECT = Path(__file__).resolve().parents[2]
CODE = ("adapters", "area_clienti", "domain", "keycloak", "provisioning", "sms_gateway_bridge", "tests/support")
KINDS = {
    ".py",
    ".java",
    ".xml",
    ".ftl",
    ".html",
    ".js",
    ".css",
    ".svg",
    ".mako",
    ".po",
    ".toml",
    ".properties",
    ".json",
}
FILES = ("Makefile", "Procfile", "pyproject.toml")
# The brands' own data, what is made from it, and the demo delivery with the cases it is written from.
DATA = (
    "domain/brands/",
    *(f"keycloak/themes/{brand}/" for brand in SHIPPED),
    "keycloak/realm-export.json",
    "keycloak/providers/target/",
    "keycloak/providers/src/test/",
    "provisioning/demo/",
)


def _code() -> Iterator[Path]:
    yield from (PROJECT / name for name in FILES)
    for folder in CODE:
        for path in sorted((PROJECT / folder).rglob("*")):
            place = path.relative_to(PROJECT).as_posix()
            if path.suffix in KINDS and path.is_file() and not place.startswith(DATA) and "/vendor/" not in place:
                yield path


def _names() -> set[str]:
    """Ids, names and senders of every brand, the invented one included."""
    found: set[str] = set()
    for brand in EVERY_BRAND.values():
        found |= {brand.id, brand.display_name, brand.legal_line, brand.sms_sender}
    return {name.lower() for name in found}


def _named_in(path: Path) -> list[str]:
    pattern = "|".join(rf"(?<![a-z]){re.escape(name)}(?![a-z])" for name in sorted(_names(), key=len, reverse=True))
    return re.findall(pattern, path.read_text(encoding="utf-8").lower())


def test_the_search_looks_at_every_part_and_finds_a_name() -> None:
    code = {path.relative_to(PROJECT).as_posix() for path in _code()}
    for looked_at in (
        "adapters/flask_portal/templates/base.html",
        "keycloak/providers/src/main/java/it/areaclienti/keycloak/signin/CustomerSignIn.java",
        "keycloak/themes/area-clienti/login/template.ftl",
        "keycloak/realm-template.json",
        "sms_gateway_bridge/texts/it.toml",
        "domain/brands.py",
    ):
        assert looked_at in code
    for brand in SHIPPED:
        assert brand in _named_in(PROJECT / "domain" / "brands" / f"{brand}.toml")


def test_no_code_names_a_brand() -> None:
    named = {str(path.relative_to(PROJECT)): found for path in _code() if (found := _named_in(path))}
    # The helpers of the tests make customers of one brand unless told otherwise.
    assert {place: found for place, found in named.items() if not place.startswith("tests/support/")} == {}


@pytest.mark.parametrize("folder", [folder for folder in CODE if not folder.startswith("keycloak")])
def test_no_python_compares_a_brand_with_a_text(folder: str) -> None:
    for path in (PROJECT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                about_brand = any("brand" in ast.unparse(side).lower() for side in sides)
                with_text = any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
                lookup = isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(node.left, ast.Constant)
                assert not (about_brand and with_text) or lookup, f"{path}:{node.lineno}: {ast.unparse(node)}"


def test_no_template_compares_a_brand_with_a_text() -> None:
    compared = re.compile(r"""(brand(\.id)?|realm\.name)(!""\)?)?\s*(==|!=)\s*["']""")
    for path in _code():
        if path.suffix in {".html", ".ftl"}:
            assert not compared.search(path.read_text(encoding="utf-8")), path
