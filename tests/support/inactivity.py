"""A year that passes in seconds: the realm's own workflow with other times, for customers of one test."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.customers import KeycloakApi, TestCustomer
from tests.support.signing_in import eventually
from tests.support.stack import Stack

CLOSING_STEP = "area-clienti-inactive"


def read(stack: Stack, brand: str, path: str) -> Any:
    """What the Admin API holds at a path below ``workflows``; it would answer in YAML unless asked for JSON."""
    connection = stack.admin(brand).connection
    connection.add_param_headers("Accept", "application/json")
    return connection.raw_get(f"/admin/realms/{brand}/workflows{path}").json()


def shipped_workflow(stack: Stack, brand: str) -> dict[str, Any]:
    """The realm's workflow as the server runs it."""
    (workflow,) = [one for one in read(stack, brand, "") if one["name"] == "A year without access"]
    return dict(workflow)


@contextmanager
def workflow(stack: Stack, brand: str, body: dict[str, Any]) -> Iterator[str]:
    """A further workflow of the realm for as long as the block lasts; yields its address."""
    connection = stack.admin(brand).connection
    answer = connection.raw_post(f"/admin/realms/{brand}/workflows", data=json.dumps(body))
    assert answer.status_code == 201, answer.text
    path = f"/admin/realms/{brand}/workflows/{answer.headers['location'].rsplit('/', 1)[1]}"
    try:
        yield path
    finally:
        assert connection.raw_delete(path).status_code == 204


def scheduled(stack: Stack, brand: str, user_id: str) -> list[str]:
    """Names of the workflows that have a step due for a user."""
    return [str(one["name"]) for one in read(stack, brand, f"/scheduled/{user_id}")]


def user_id(stack: Stack, customer: TestCustomer) -> str:
    """Keycloak's id of a customer who has not moved since, by any of their usernames."""
    admin = stack.admin(customer.brand)
    found = admin.get_user_id(customer.email) or admin.get_user_id(customer.code.lower())
    assert found
    return str(found)


def state(stack: Stack, customer: TestCustomer) -> str:
    """The account's state as the portal is told."""
    api = KeycloakApi(stack, customer.brand, "portal")
    return str(api.request("GET", f"customers/{customer.code}").json()["account_state"])


def make_inactive(stack: Stack, customer: TestCustomer) -> None:
    """Let the year of one customer be over."""
    body = {"name": f"now-{secrets.token_hex(4)}", "steps": [{"uses": CLOSING_STEP}]}
    with workflow(stack, customer.brand, body) as path:
        connection = stack.admin(customer.brand).connection
        answer = connection.raw_post(f"{path}/activate/USERS/{user_id(stack, customer)}", data="")
        assert answer.status_code == 204, answer.text
        assert eventually(lambda: state(stack, customer) == "inactive")
