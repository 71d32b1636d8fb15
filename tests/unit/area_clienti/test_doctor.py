"""`area-clienti doctor` tells what is wrong and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from area_clienti import doctor, master_realm
from area_clienti.doctor import examine
from area_clienti.environment import Ports
from area_clienti.layout import PROJECT, Layout
from area_clienti.master_realm import MasterRealmError, check_nobody_is_left
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


class _Answers:
    """Keycloak's two answers: a token, then the numbers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **counts: int) -> None:
        kinds = ("temporary_users", "temporary_clients", "other_enabled_users", "other_service_accounts")
        self.asked: list[str] = []
        self._bodies = iter([{"access_token": "t"}, dict.fromkeys(kinds, 0) | counts])
        monkeypatch.setattr(master_realm.requests, "post", self)
        monkeypatch.setattr(master_realm.requests, "get", self)

    def __call__(self, url: str, **_: object) -> requests.Response:
        self.asked.append(url)
        answer = requests.Response()
        answer.status_code = 200
        answer._content = json.dumps(next(self._bodies)).encode()
        return answer


def test_an_empty_master_realm_is_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = _Answers(monkeypatch)
    check_nobody_is_left("http://keycloak", "generali", "secret")
    assert answers.asked[1] == "http://keycloak/admin/realms/generali/area-clienti/installation"


@pytest.mark.parametrize(
    "kind", ["temporary_users", "temporary_clients", "other_enabled_users", "other_service_accounts"]
)
def test_whoever_is_left_in_the_master_realm_is_complained_of(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    _Answers(monkeypatch, **{kind: 2})
    with pytest.raises(MasterRealmError, match=r"^2 × .*delete"):
        check_nobody_is_left("http://keycloak", "generali", "secret")


def test_a_keycloak_that_does_not_say_is_a_problem_too() -> None:
    with pytest.raises(MasterRealmError, match="answered nothing"):
        check_nobody_is_left(f"http://127.0.0.1:{free_ports(1)[0]}", "generali", "secret")
