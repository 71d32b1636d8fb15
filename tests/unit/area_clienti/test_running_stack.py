"""Commands typed beside a running local stack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from area_clienti.layout import PROJECT, Layout
from area_clienti.running_stack import join_running_stack
from area_clienti.secrets_file import development_secrets
from domain.brands import load_brands


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(PROJECT, tmp_path / "cache", tmp_path)
    endpoints = {
        "keycloak": "http://127.0.0.1:18080",
        "portal": "http://127.0.0.1:18000",
        "bridge": "http://127.0.0.1:1",
    }
    layout.endpoints.write_text(json.dumps(endpoints))
    return layout


def test_a_command_takes_what_it_lacks_from_the_running_stack(layout: Layout) -> None:
    secrets = development_secrets(layout.secrets, sorted(load_brands()))
    environment = {"KEYCLOAK_URL": "http://keycloak.example"}
    join_running_stack(layout, environment)
    assert environment["KEYCLOAK_URL"] == "http://keycloak.example", "what is set stays"
    assert environment["AREA_CLIENTI_DATABASE_URL"] == f"sqlite:///{layout.run}/area-clienti.db"
    assert environment["PROVISIONING_CLIENT_SECRET_GENERALI"] == secrets["PROVISIONING_CLIENT_SECRET_GENERALI"]
    assert "PORTAL_CLIENT_SECRET_GENERALI" not in environment
    other: dict[str, str] = {}
    join_running_stack(layout, other)
    assert other["KEYCLOAK_URL"] == "http://127.0.0.1:18080"


def test_nothing_is_taken_in_production_or_while_no_stack_runs(layout: Layout) -> None:
    environment = {"AREA_CLIENTI_ENV": "production"}
    join_running_stack(layout, environment)
    assert environment == {"AREA_CLIENTI_ENV": "production"}
    layout.endpoints.unlink()
    environment = {}
    join_running_stack(layout, environment)
    assert environment == {}
