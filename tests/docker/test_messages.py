"""Messages leave as in production: through the declared gateway and the relay, and nobody can read them here."""

from __future__ import annotations

import json
import secrets

import pytest
import requests

from tests.docker.compose import Compose, docker, inspect
from tests.support.outbox import Outbox
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak


def test_every_part_of_ours_runs_in_production_mode(compose: Compose, stack: Stack) -> None:
    for service in ("bridge", "worker", "portal"):
        for one in compose.containers(service):
            assert "AREA_CLIENTI_ENV=production" in inspect(one)["Config"]["Env"], service


def test_the_bridge_shows_no_message_to_anybody(compose: Compose, stack: Stack) -> None:
    bridge = compose.containers("bridge")[0]
    ask = "import sys, requests; print(requests.get('http://127.0.0.1:8200' + sys.argv[1], timeout=20).status_code)"
    assert docker("exec", bridge, "python", "-c", ask, "/healthz") == "200"
    for path in ("/outbox", "/outbox.json"):
        assert docker("exec", bridge, "python", "-c", ask, path) == "404"


def test_the_gateway_and_the_relay_know_the_stack_by_its_secrets_alone(stack: Stack) -> None:
    # What stands in the providers' place is as strict as they are, or the journeys would show nothing of secrets.
    message = {"client_reference": "forged", "to": "+393200000000", "text": "123456"}
    refused = requests.post(
        f"{stack.bridge}/api/v1/messages", json=message, headers={"Authorization": "Bearer guessed"}, timeout=20
    )
    assert refused.status_code == 401
    assert Outbox(stack.bridge).messages("+393200000000") == []


def test_keycloak_sends_an_email_of_its_own_through_the_relay_it_was_told(stack: Stack) -> None:
    admin, name = stack.admin("generali"), f"colleague-{secrets.token_hex(4)}"
    address = f"{name}@example.com"
    user = admin.create_user({"username": name, "email": address, "enabled": True, "attributes": {"locale": ["it"]}})
    try:
        path = f"/admin/realms/generali/users/{user}/execute-actions-email"
        assert admin.connection.raw_put(path, data=json.dumps(["UPDATE_PASSWORD"])).status_code == 204
        mail = Outbox(stack.bridge).wait_for(address)
    finally:
        admin.delete_user(user)
    assert "Generali" in mail["subject"] + mail["text"]
    assert mail["link"].startswith(f"{stack.keycloak}/realms/generali/login-actions/action-token")
