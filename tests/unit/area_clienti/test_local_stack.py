"""The local stack's preparation: ports, prerequisites, secrets, and what each process is told (SECURITY T1, C1)."""

from __future__ import annotations

import os
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from area_clienti.environment import Ports, process_environments
from area_clienti.errors import AreaClientiError, PortInUseError, PrerequisiteError
from area_clienti.layout import PROJECT, Layout
from area_clienti.prerequisites import check_build_tools
from area_clienti.secrets_file import development_secrets
from area_clienti.up import later_delivery_applied
from provisioning import directory
from provisioning.directory.models import Delivery
from tests.support.ports import free_ports
from tests.support.starting import started

BRANDS = ["alleanza", "generali"]


def _environments(tmp_path: Path) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    secrets = development_secrets(tmp_path / "secrets.env", BRANDS)
    layout = Layout(PROJECT, tmp_path / "cache", tmp_path)
    return process_environments(layout, Ports(), secrets, BRANDS), secrets


def test_a_busy_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        keycloak, management, bridge = free_ports(3)
        with pytest.raises(PortInUseError, match=rf"Port {port} \(portal\).*AREA_CLIENTI_PORTAL_PORT"):
            Ports(keycloak, management, port, bridge).check_free()


@pytest.mark.parametrize("text", ["", "0", "65536", "abc", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AREA_CLIENTI_PORTAL_PORT", text)
    with pytest.raises(AreaClientiError, match="AREA_CLIENTI_PORTAL_PORT"):
        Ports.from_environment()


def _path_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    for name, output in programs.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{output}'\n")
        program.chmod(0o755)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("programs", "sentence"),
    [
        ({}, "no JDK"),
        ({"javac": "javac 11.0.2"}, "JDK is too old"),
        ({"javac": "javac 17.0.15"}, "Maven is not installed"),
        ({"javac": "javac 21.0.1", "mvn": "Apache Maven 3.6.3"}, "Maven is too old"),
    ],
)
def test_a_missing_prerequisite_is_one_sentence_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str], sentence: str
) -> None:
    _path_with(tmp_path, monkeypatch, **programs)
    with pytest.raises(PrerequisiteError, match=sentence) as refused:
        check_build_tools()
    assert "install" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_sufficient_tools_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _path_with(tmp_path, monkeypatch, javac="javac 25", mvn="Apache Maven 3.9.11 (abc)")
    check_build_tools()


def test_development_secrets_are_random_kept_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = development_secrets(tmp_path / "one.env", BRANDS)
    other = development_secrets(tmp_path / "two.env", BRANDS)
    assert development_secrets(tmp_path / "one.env", BRANDS) == first
    assert not set(first.values()) & set(other.values())
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE((tmp_path / "one.env").stat().st_mode) == 0o600


def test_a_new_brand_gets_its_secrets_and_the_others_keep_theirs(tmp_path: Path) -> None:
    before = development_secrets(tmp_path / "secrets.env", BRANDS)
    after = development_secrets(tmp_path / "secrets.env", [*BRANDS, "terza"])
    assert before.items() <= after.items()
    assert "PORTAL_CLIENT_SECRET_TERZA" in after


def test_each_process_is_told_its_own_secrets_and_no_others(tmp_path: Path) -> None:
    environments, secrets = _environments(tmp_path)
    told = {
        process: {name for name, secret in secrets.items() if secret in environment.values()}
        for process, environment in environments.items()
    }
    per_brand = {brand.upper() for brand in BRANDS}
    assert told["portal"] == {
        "PORTAL_SECRET_KEY",
        "SMS_BRIDGE_KEY_PORTAL",
        *(f"PORTAL_CLIENT_SECRET_{b}" for b in per_brand),
    }
    assert told["worker"] == {"SMS_BRIDGE_KEY_WORKER", "SMS_BRIDGE_HASH_KEY"}
    assert told["provisioning"] == {f"PROVISIONING_CLIENT_SECRET_{b}" for b in per_brand}
    assert told["bridge"] == {
        "SMS_BRIDGE_HASH_KEY",
        "SMS_BRIDGE_PROOF_KEYS",
        *(f"SMS_BRIDGE_KEY_{caller}" for caller in ("KEYCLOAK", "PORTAL", "WORKER")),
    }
    # Keycloak holds the clients' secrets by nature; it must not be able to sign a proof.
    assert not told["keycloak"] & {"SMS_BRIDGE_PROOF_KEYS", "SMS_BRIDGE_HASH_KEY", "SMS_BRIDGE_KEY_PORTAL"}


def test_the_callers_environment_does_not_leak_into_the_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING_PRIVATE", "canary")
    environments, _ = _environments(tmp_path)
    assert not any("canary" in environment.values() for environment in environments.values())


@pytest.mark.parametrize(
    ("process", "module"),
    [("bridge", "sms_gateway_bridge"), ("worker", "sms_gateway_bridge.worker"), ("portal", "adapters.flask_portal")],
)
def test_a_part_refuses_to_start_without_any_one_of_its_secrets(tmp_path: Path, process: str, module: str) -> None:
    environments, secrets = _environments(tmp_path)
    Path(tmp_path / "cache" / "themes").mkdir(parents=True)
    environment = environments[process] | {"PATH": os.environ["PATH"]}
    names = [name for name in environment if name in secrets]
    assert names
    cases = []
    for name in names:
        for value in (None, "", "changeme"):
            changed = {key: text for key, text in environment.items() if key != name}
            changed |= {} if value is None else {name: value}
            if name.startswith("PORTAL_CLIENT_SECRET") and value == "changeme":
                changed["AREA_CLIENTI_ENV"] = "production"
            cases.append((name, value, changed))
    outcomes = started(module, [changed for _, _, changed in cases])
    for (name, value, _), (code, output) in zip(cases, outcomes, strict=True):
        assert code == 2, (name, value, output)
        assert name in output or "AREA_CLIENTI_ENV" in output or "https" in output, (name, value, output)
        assert "Traceback" not in output


@pytest.mark.parametrize(("applied", "later"), [(None, False), (1, False), (2, True)])
def test_a_start_does_not_load_the_demo_again_over_a_later_delivery(
    tmp_path: Path, applied: int | None, later: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'directory.db'}"
    directory.upgrade(url)
    engine = directory.open_engine(url)
    with Session(engine) as session:
        if applied:
            now = datetime.now(UTC)
            kept = {"checksum": "x", "mode": "full", "quarantined": 0, "summary": "{}"}
            session.add(Delivery(sequence=applied, applied_at=now, pushed_at=now, **kept))
        session.commit()
    engine.dispose()
    assert later_delivery_applied(url) is later
