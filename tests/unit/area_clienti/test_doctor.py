"""`area-clienti doctor` tells what is wrong and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from area_clienti import doctor
from area_clienti.doctor import examine
from area_clienti.environment import Ports
from area_clienti.layout import PROJECT, Layout
from tests.support.ports import free_ports


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(doctor, "check_build_tools", lambda: None)
    return Layout(PROJECT, tmp_path / "cache", tmp_path)


def test_a_machine_that_is_ready_has_no_problem(layout: Layout) -> None:
    assert [finding.problem for finding in examine(layout, Ports(*free_ports(4)))] == ["", "", ""]


def test_a_stack_that_does_not_answer_is_named_part_by_part(layout: Layout) -> None:
    addresses = [f"http://127.0.0.1:{port}" for port in free_ports(3)]
    layout.endpoints.write_text(json.dumps(dict(zip(("bridge", "portal", "keycloak"), addresses, strict=True))))
    problems = {finding.what: finding.problem for finding in examine(layout, Ports(*free_ports(4)))}
    for part in ("bridge and worker", "portal", "Keycloak"):
        assert "does not answer" in problems[part]
        assert "start it again" in problems[part]
