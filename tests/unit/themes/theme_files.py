"""Reading the theme files as the tests need them."""

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.brands import EVERY_BRAND, THIRD_BRAND

ROOT = Path(__file__).resolve().parents[3]
THEMES = ROOT / "keycloak" / "themes"
BRANDS = tuple(EVERY_BRAND)


def theme_folder(theme: str) -> Path:
    """Return the folder of a theme: of the project, or of the brand that lives outside of it."""
    return THIRD_BRAND.theme if theme == THIRD_BRAND.id else THEMES / theme


def parse_properties(text: str) -> dict[str, str]:
    """Return the entries of a Java properties file in UTF-8; a key written twice raises ValueError."""
    entries: dict[str, str] = {}
    lines = iter(text.splitlines())
    for raw in lines:
        line = raw.lstrip()
        if not line or line[0] in "#!":
            continue
        while re.search(r"(?<!\\)(\\\\)*\\$", line):
            line = line[:-1] + next(lines).lstrip()
        key, _, value = line.partition("=")
        if key.strip() in entries:
            raise ValueError(f"key {key.strip()} is written twice")
        entries[key.strip()] = value.strip()
    return entries


def messages(theme: str, kind: str, language: str) -> dict[str, str]:
    """Return our messages of a theme (`login` or `email`) in a language."""
    path = theme_folder(theme) / kind / "messages" / f"messages_{language}.properties"
    return parse_properties(path.read_text(encoding="utf-8")) if path.exists() else {}


def message_files() -> list[Path]:
    """Return every message file of ours."""
    return sorted((*THEMES.glob("*/*/messages/*.properties"), *THIRD_BRAND.theme.glob("*/messages/*.properties")))


def templates() -> list[Path]:
    """Return every template of ours."""
    return sorted(THEMES.glob("*/*/**/*.ftl"))


def without_comments(template: Path) -> str:
    """Return a template's text without FreeMarker comments."""
    return re.sub(r"<#--.*?-->", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)


def pages(*met: str) -> set[str]:
    """Return the pages that the table of the themes' README marks as one of ``met`` (``yes``, ``ready``, ``no``)."""
    rows = re.findall(r"^\| `([\w-]+\.ftl)` \| (yes|ready|no) \|", (THEMES / "README.md").read_text(), re.MULTILINE)
    return {name for name, how in rows if how in met}


def keycloak_templates() -> dict[str, str]:
    """Return the login templates of the distribution by file name; skip without one."""
    with zipfile.ZipFile(_jar("themes")) as jar:
        names = [
            name for parent in ("base", "keycloak.v2") for name in jar.namelist() if f"theme/{parent}/login/" in name
        ]
        return {name.rsplit("/", 1)[1]: jar.read(name).decode() for name in names if name.endswith(".ftl")}


# Where the distribution keeps the texts of each kind of theme: part of the jar's name, theme.
_BUNDLES = {
    "login": (("themes", "base"), ("themes", "keycloak.v2")),
    "email": (("themes", "base"),),
    "account": (("themes", "base"), ("account-ui", "keycloak.v3")),
    "admin": (("themes", "base"),),
}


def keycloak_mail_templates(form: str) -> set[str]:
    """Return the names of Keycloak's own mail templates of a form (`html`, `text`); skip without a distribution."""
    with zipfile.ZipFile(_jar("themes")) as jar:
        folder = f"theme/base/email/{form}/"
        return {name.removeprefix(folder) for name in jar.namelist() if name.startswith(folder) and name != folder}


def keycloak_messages(kind: str, language: str) -> dict[str, str]:
    """Return Keycloak's own messages, of AREA_CLIENTI_KEYCLOAK_HOME or of the built distribution; skip without one."""
    found: dict[str, str] = {}
    for part, theme in _BUNDLES[kind]:
        with zipfile.ZipFile(_jar(part)) as jar:
            name = f"theme/{theme}/{kind}/messages/messages_{language}.properties"
            if name in jar.namelist():
                found |= parse_properties(jar.read(name).decode("utf-8"))
    return found


def _jar(part: str) -> Path:
    built = next(iter(sorted((ROOT / "var" / "cache").glob("keycloak-*-*/"))), ROOT / "var" / "cache")
    home = Path(os.environ.get("AREA_CLIENTI_KEYCLOAK_HOME", built))
    jars = sorted(home.glob(f"lib/lib/main/org.keycloak.keycloak-{part}-[0-9]*.jar"))
    if not jars:
        pytest.skip(f"no Keycloak distribution in {home}: set AREA_CLIENTI_KEYCLOAK_HOME")
    return jars[0]


def shared_tokens() -> dict[str, str]:
    """Return every token with its neutral value."""
    return _custom_properties(THEMES / "area-clienti/login/resources/css/parts/tokens.css")


def own_tokens(theme: str) -> dict[str, str]:
    """Return what a theme's token file changes."""
    return _custom_properties(theme_folder(theme) / "login/resources/css/tokens.css")


def tokens(theme: str) -> dict[str, str]:
    """Return the tokens as the theme's pages see them."""
    return shared_tokens() | own_tokens(theme)


def _custom_properties(sheet: Path) -> dict[str, str]:
    return dict(re.findall(r"(--ac-[\w-]+):\s*([^;]+);", sheet.read_text(encoding="utf-8")))


def style_sheets() -> Iterator[Path]:
    """Yield our style sheets other than the token files."""
    for path in sorted(THEMES.glob("*/login/resources/css/**/*.css")):
        if path.name != "tokens.css":
            yield path


def _themes_jar() -> Path:
    built = next(iter(sorted((ROOT / "var" / "cache").glob("keycloak-*-*/"))), ROOT / "var" / "cache")
    home = Path(os.environ.get("AREA_CLIENTI_KEYCLOAK_HOME", built))
    jars = sorted(home.glob("lib/lib/main/org.keycloak.keycloak-themes-*.jar"))
    if not jars:
        pytest.skip(f"no Keycloak distribution in {home}: set AREA_CLIENTI_KEYCLOAK_HOME")
    return jars[0]
