"""A customer whom the bulk resource made is a user like those whom Keycloak makes itself."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest

from keycloak import KeycloakAdmin
from tests.support.customers import KeycloakApi, provision, record
from tests.support.inactivity import user_id
from tests.support.stack import Stack

pytestmark = pytest.mark.keycloak

BRAND = "generali"
ACTION = "UPDATE_PROFILE"
# What one user has and another has not.
OWN = {"id", "username", "firstName", "lastName", "email", "emailVerified", "attributes", "createdTimestamp"}


@pytest.fixture
def realm(stack: Stack) -> Iterator[KeycloakAdmin]:
    """The realm with a default group and a default required action, which it does not ship with."""
    admin = stack.admin(BRAND)
    group = admin.create_group({"name": "new-customers"})
    action = admin.get_required_action_by_alias(ACTION)
    assert group is not None
    assert action is not None
    admin.connection.raw_put(f"admin/realms/{BRAND}/default-groups/{group}", data="")
    admin.update_required_action(ACTION, action | {"enabled": True, "defaultAction": True})
    yield admin
    admin.update_required_action(ACTION, action)
    admin.delete_group(group)


def test_it_has_what_every_new_user_of_the_realm_has(stack: Stack, realm: KeycloakAdmin) -> None:
    began = time.time() * 1000
    made = user_id(stack, provision(stack, BRAND))
    theirs = realm.create_user({"username": "made-by-keycloak", "enabled": False})
    try:
        ours = realm.get_user(made)
        assert ours.keys() - OWN == realm.get_user(theirs).keys() - OWN
        assert {key: ours[key] for key in ours.keys() - OWN} == {
            key: value for key, value in realm.get_user(theirs).items() if key not in OWN
        }
        assert ours["requiredActions"] == [ACTION]
        assert began - 1000 <= ours["createdTimestamp"] <= time.time() * 1000 + 1000
        assert [group["name"] for group in realm.get_user_groups(made)] == ["new-customers"]
        for roles in (realm.get_realm_roles_of_user, realm.get_user_groups):
            assert roles(made) == roles(theirs)
    finally:
        realm.delete_user(theirs)
        realm.delete_user(made)


@pytest.fixture
def strict_names(stack: Stack) -> Iterator[None]:
    """First names without angle brackets, asked for by the realm's profile alone."""
    admin = stack.admin(BRAND)
    path = f"admin/realms/{BRAND}/users/profile"
    shipped = admin.connection.raw_get(path).json()
    strict = deepcopy(shipped)
    for attribute in strict["attributes"]:
        if attribute["name"] == "firstName":
            attribute["validations"]["person-name-prohibited-characters"] = {}
    admin.connection.raw_put(path, data=json.dumps(strict))
    yield
    admin.connection.raw_put(path, data=json.dumps(shipped))


@pytest.mark.usefixtures("strict_names")
def test_the_profile_refuses_a_record_by_itself(stack: Stack) -> None:
    """One profile serves all the new ones of a batch: no value of one record may pass for another's."""
    bad = {"first_name": "<b>Prova</b>"}
    records = [record(), record(**bad), record(first_name=None), record()]
    api = KeycloakApi(stack, BRAND, "provisioning")
    first = api.bulk(*records)["results"]
    assert [one["outcome"] for one in first] == ["created", "refused", "created", "created"]
    assert (first[1]["code"], first[1]["field"]) == ("profile_refused", "firstName")
    again = [records[0] | bad | {"record_hash": "1"}, records[3] | {"first_name": "Altra", "record_hash": "2"}]
    second = api.bulk(*again)["results"]
    assert [one["outcome"] for one in second] == ["refused", "updated"]
    assert second[0]["code"] == "profile_refused"


def test_a_code_that_is_somebody_elses_username_is_refused_by_itself(stack: Stack) -> None:
    records = [record() for _ in range(3)]
    admin = stack.admin(BRAND)
    somebody = admin.create_user({"username": records[1]["customer_code"].lower(), "enabled": True})
    try:
        results = KeycloakApi(stack, BRAND, "provisioning").bulk(*records)["results"]
        assert [one["outcome"] for one in results] == ["created", "refused", "created"]
        assert (results[1]["code"], results[1]["field"]) == ("conflict", "customer_code")
    finally:
        admin.delete_user(somebody)


def test_two_requests_for_the_same_new_customers_make_each_once_and_name_nobody_in_the_log(stack: Stack) -> None:
    """One of them fails as a whole at its end, and tries each record again."""
    name = f"Canarino{secrets.token_hex(4)}"
    records = [record(first_name=name) for _ in range(100)]
    apis = [KeycloakApi(stack, BRAND, "provisioning") for _ in range(2)]
    with ThreadPoolExecutor() as both:
        answers = list(both.map(lambda api: api.bulk(*records), apis))
    assert sum(answer["created"] for answer in answers) == len(records)
    assert sum(answer["unchanged"] for answer in answers) == len(records)
    logs = "\n".join(path.read_text(encoding="utf-8") for path in (stack.run_dir / "log").iterdir())
    assert name not in logs
    assert not [one for one in records if one["emails"][0] in logs]
