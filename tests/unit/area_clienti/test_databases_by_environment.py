"""Which databases a stack works with: the embedded ones unless the environment names others."""

from __future__ import annotations

from pathlib import Path

import pytest

from area_clienti import keycloak_distribution
from area_clienti.environment import Ports, process_environments
from area_clienti.errors import AreaClientiError, StackError
from area_clienti.layout import PROJECT, Layout
from area_clienti.secrets_file import development_secrets
from area_clienti.up import migrate

BRANDS = ["alleanza", "generali"]
POSTGRESQL = {
    "AREA_CLIENTI_DATABASE_URL": "postgresql://clienti:canary-1@db/clienti",
    "SMS_BRIDGE_DATABASE_URL": "postgresql://bridge:canary-2@db/bridge",
    "KC_DB": "postgres",
    "KC_DB_URL": "jdbc:postgresql://db/keycloak",
    "KC_DB_USERNAME": "keycloak",
    "KC_DB_PASSWORD": "canary-3",
}


@pytest.fixture(autouse=True)
def _no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in POSTGRESQL:
        monkeypatch.delenv(name, raising=False)


def _environments(run: Path) -> dict[str, dict[str, str]]:
    secrets = development_secrets(run / "secrets.env", BRANDS)
    return process_environments(Layout(PROJECT, run / "cache", run), Ports(), secrets, BRANDS)


def test_without_a_word_every_database_is_embedded_in_the_run_folder(tmp_path: Path) -> None:
    told = _environments(tmp_path)
    assert told["portal"]["AREA_CLIENTI_DATABASE_URL"] == f"sqlite:///{tmp_path}/area-clienti.db"
    assert told["worker"]["SMS_BRIDGE_DATABASE_URL"] == f"sqlite:///{tmp_path}/bridge.db"
    assert "KC_DB" not in told["keycloak"]
    assert keycloak_distribution.chosen_database() == "dev-file"


def test_each_part_is_told_of_its_own_database_and_of_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in POSTGRESQL.items():
        monkeypatch.setenv(name, value)
    told = _environments(tmp_path)
    holders = {
        canary: {part for part, values in told.items() if any(canary in value for value in values.values())}
        for canary in ("canary-1", "canary-2", "canary-3")
    }
    assert holders == {
        "canary-1": {"portal", "provisioning"},
        "canary-2": {"bridge", "worker"},
        "canary-3": {"keycloak"},
    }
    assert told["keycloak"]["KC_DB"] == "postgres"


def test_each_database_of_keycloak_has_a_build_of_its_own_and_neither_removes_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(PROJECT, tmp_path, tmp_path / "run")
    (tmp_path / "extension.sha256").write_text("sources")
    monkeypatch.setattr(keycloak_distribution, "unzip", _unpack_nothing)
    monkeypatch.setattr(keycloak_distribution, "distribution_archive", lambda _layout: tmp_path / "none.zip")
    monkeypatch.setattr(keycloak_distribution.shutil, "copy", lambda *_: None)
    built: list[list[str]] = []
    monkeypatch.setattr(keycloak_distribution, "run_logged", lambda command, *_: built.append(command))
    outdated = tmp_path / "keycloak-26.7.4-0000000000000000"
    outdated.mkdir()
    embedded = keycloak_distribution.built_distribution(layout)
    monkeypatch.setenv("KC_DB", "postgres")
    postgresql = keycloak_distribution.built_distribution(layout)
    monkeypatch.delenv("KC_DB")
    assert keycloak_distribution.built_distribution(layout) == embedded
    assert embedded != postgresql
    assert embedded.exists()
    assert postgresql.exists()
    assert not outdated.exists()
    assert [command[2] for command in built] == ["--db=dev-file", "--db=postgres"]


def _unpack_nothing(_archive: Path, target: Path) -> None:
    (target / f"keycloak-{keycloak_distribution.VERSION}" / "providers").mkdir(parents=True)


@pytest.mark.parametrize("missing", ["KC_DB_URL", "KC_DB_USERNAME", "KC_DB_PASSWORD"])
def test_what_keycloak_needs_to_reach_postgresql_is_asked_for_by_name(missing: str) -> None:
    environment = {name: value for name, value in POSTGRESQL.items() if name != missing}
    with pytest.raises(AreaClientiError, match=f"{missing} is not set"):
        keycloak_distribution.check_database_settings(environment)


def test_a_database_nobody_tested_is_refused() -> None:
    with pytest.raises(AreaClientiError, match="KC_DB must be postgres"):
        keycloak_distribution.chosen_database({"KC_DB": "mysql"})


@pytest.mark.parametrize("name", ["AREA_CLIENTI_DATABASE_URL", "SMS_BRIDGE_DATABASE_URL"])
@pytest.mark.parametrize("url", ["postgresql://u:canary@127.0.0.1:1/d", "mysql://u:canary@db/d", "no"])
def test_a_database_that_cannot_be_used_is_one_sentence_without_its_password(
    tmp_path: Path, name: str, url: str
) -> None:
    told = _environments(tmp_path)
    for values in told.values():
        if name in values:
            values[name] = url
    with pytest.raises(StackError, match=name) as stopped:
        migrate(told)
    assert "canary" not in str(stopped.value)
