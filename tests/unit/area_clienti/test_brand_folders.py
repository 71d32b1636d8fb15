"""A brand from outside the project: a folder of data becomes a brand file, a realm, a theme and its secrets' names."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from area_clienti.assembly import assemble
from area_clienti.brand_folders import brand_folders, put_together
from area_clienti.cli import cli
from area_clienti.environment import Ports, process_environments
from area_clienti.errors import AreaClientiError, BrandFolderError, BuildError
from area_clienti.layout import PROJECT, Layout
from area_clienti.secrets_file import development_secrets
from area_clienti.themes import build_themes
from domain.brands import load_brands
from tests.support.brands import EVERY_BRAND, SHIPPED, THIRD_BRAND


def _layout(tmp_path: Path, *folders: Path) -> Layout:
    return Layout(PROJECT, tmp_path / "cache", tmp_path / "run", folders)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that holds what themes are built from."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "keycloak" / "themes", project / "keycloak" / "themes")
    shutil.copytree(PROJECT / "domain" / "brands", project / "domain" / "brands")
    vendor = project / "keycloak/providers/target/webassets/bootstrap/css"
    vendor.mkdir(parents=True)
    (vendor / "bootstrap.min.css").write_text("/* bootstrap */")
    return project


def test_a_folder_of_data_adds_a_brand_with_its_realm(tmp_path: Path) -> None:
    layout = _layout(tmp_path, THIRD_BRAND.folder)
    assert put_together(layout) == EVERY_BRAND
    realms = {realm["realm"]: realm for realm in json.loads(layout.realm_file.read_text("utf-8"))}
    assert set(realms) == set(EVERY_BRAND)
    assert realms[THIRD_BRAND.id]["loginTheme"] == THIRD_BRAND.id
    shipped = {realm["realm"]: realm for realm in json.loads(_layout(tmp_path).realm_file.read_text("utf-8"))}
    assert {brand: realms[brand] for brand in shipped} == shipped


def test_without_added_brands_the_projects_own_files_are_used(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    assert put_together(layout) == SHIPPED
    assert layout.realm_file == PROJECT / "keycloak" / "realm-export.json"
    assert not layout.run.exists()


def test_every_process_is_told_the_added_brand(tmp_path: Path) -> None:
    layout = _layout(tmp_path, THIRD_BRAND.folder)
    brands = sorted(put_together(layout))
    secrets = development_secrets(layout.secrets, brands)
    told = process_environments(layout, Ports(), secrets, brands)
    for name in ("bridge", "worker", "portal", "provisioning"):
        assert told[name]["AREA_CLIENTI_BRANDS_DIR"] == str(layout.brands), name
    assert told["portal"]["AREA_CLIENTI_THEMES_DIR"] == str(layout.themes)
    for variable in ("PORTAL_CLIENT_SECRET_NUOVA_MERIDIANA", "REALM_ADMIN_PASSWORD_NUOVA_MERIDIANA"):
        assert told["keycloak"][variable] == secrets[variable]


def test_a_brand_folder_that_is_named_no_longer_leaves_nothing(tmp_path: Path) -> None:
    put_together(_layout(tmp_path, THIRD_BRAND.folder))
    other = tmp_path / "other"
    shutil.copytree(THIRD_BRAND.folder, other)
    text = (other / "brand.toml").read_text("utf-8").replace('id = "nuova-meridiana"', 'id = "altra"')
    (other / "brand.toml").write_text(text, "utf-8")
    assert set(put_together(_layout(tmp_path, other))) == {*SHIPPED, "altra"}


@pytest.mark.parametrize(
    "missing", ["brand.toml", "theme/login/resources/css/tokens.css", "theme/email/theme.properties"]
)
def test_a_folder_that_lacks_a_file_is_refused_by_name(tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "brand"
    shutil.copytree(THIRD_BRAND.folder, folder)
    (folder / missing).unlink()
    with pytest.raises(BrandFolderError, match=missing):
        put_together(_layout(tmp_path, folder))


def test_a_brand_cannot_stand_in_for_another(tmp_path: Path) -> None:
    with pytest.raises(BrandFolderError, match="which another brand has"):
        brand_folders(_layout(tmp_path, THIRD_BRAND.folder, THIRD_BRAND.folder))


def test_folders_are_named_in_the_environment_as_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AREA_CLIENTI_BRAND_FOLDERS", os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]))
    assert Layout.from_environment().brand_folders == (tmp_path / "a", tmp_path / "b")
    monkeypatch.delenv("AREA_CLIENTI_BRAND_FOLDERS")
    assert Layout.from_environment().brand_folders == ()


def test_themes_hold_the_added_brand_and_the_vendor_style_sheets(project: Path, tmp_path: Path) -> None:
    layout = Layout(project, tmp_path / "cache", tmp_path / "run", (THIRD_BRAND.folder,))
    build_themes(layout)
    assert {path.name for path in layout.themes.iterdir()} == {"area-clienti", *EVERY_BRAND}
    assert (layout.themes / "area-clienti/login/resources/vendor/bootstrap/css/bootstrap.min.css").is_file()
    own = layout.themes / THIRD_BRAND.id / "login/resources/css/tokens.css"
    assert own.read_bytes() == (THIRD_BRAND.theme / "login/resources/css/tokens.css").read_bytes()


def test_themes_are_built_again_only_when_a_file_has_changed(project: Path, tmp_path: Path) -> None:
    layout = Layout(project, tmp_path / "cache", tmp_path / "run")
    build_themes(layout)
    first = layout.themes.stat().st_ino
    build_themes(layout)
    assert layout.themes.stat().st_ino == first
    mark = project / "keycloak/themes" / next(iter(SHIPPED)) / "login/resources/img/mark.svg"
    mark.write_text("<svg/>")
    build_themes(layout)
    assert (layout.themes / mark.relative_to(project / "keycloak/themes")).read_text() == "<svg/>"
    mark.unlink()
    build_themes(layout)
    assert not (layout.themes / mark.relative_to(project / "keycloak/themes")).exists()


def test_themes_without_the_vendor_style_sheets_are_not_built(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / "keycloak/providers/target")
    with pytest.raises(BuildError, match="style sheets"):
        build_themes(Layout(project, tmp_path / "cache", tmp_path / "run"))


def test_what_images_hold_is_put_together_from_all_brands(project: Path, tmp_path: Path) -> None:
    for part in ("realm-template.json", "password-blacklists"):
        source, target = PROJECT / "keycloak" / part, project / "keycloak" / part
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    added, target = tmp_path / "added", tmp_path / "assembled"
    added.mkdir()
    (added / "README.md").write_text("no brand")
    assemble(project, added, target)
    assert load_brands(target / "brands") == SHIPPED
    assert (target / "realm-export.json").read_text() == (PROJECT / "keycloak" / "realm-export.json").read_text()

    shutil.copytree(THIRD_BRAND.folder, added / "third")
    assemble(project, added, target)
    assert load_brands(target / "brands") == EVERY_BRAND
    assert {realm["realm"] for realm in json.loads((target / "realm-export.json").read_text())} == set(EVERY_BRAND)
    assert {path.name for path in (target / "themes").iterdir()} == {"area-clienti", *EVERY_BRAND}
    refused = (target / "password-blacklists" / "area-clienti.txt").read_text().splitlines()
    assert {*THIRD_BRAND.weak_passwords.split(), "password1"} <= set(refused)
    with pytest.raises(BrandFolderError, match="is not there"):
        assemble(project, tmp_path / "nowhere", target)


def test_an_added_brands_secrets_are_made_for_a_file_that_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_together(layout := _layout(tmp_path, THIRD_BRAND.folder))
    monkeypatch.setenv("AREA_CLIENTI_BRANDS_DIR", str(layout.brands))
    done = CliRunner().invoke(cli, ["secrets", "--brand", THIRD_BRAND.id, "--output", "-"])
    assert done.exit_code == 0, done.output
    made = dict(line.split("=", 1) for line in done.output.splitlines())
    assert set(made) == {
        *(f"{client}_CLIENT_SECRET_NUOVA_MERIDIANA" for client in ("PORTAL", "PROVISIONING", "OPERATORS")),
        "REALM_ADMIN_PASSWORD_NUOVA_MERIDIANA",
    }
    assert set(made) < {
        line.split("=", 1)[0] for line in CliRunner().invoke(cli, ["secrets", "--output", "-"]).output.splitlines()
    }
    unknown = CliRunner().invoke(cli, ["secrets", "--brand", "nobody", "--output", "-"])
    assert isinstance(unknown.exception, AreaClientiError)
    assert "nobody" in str(unknown.exception)
