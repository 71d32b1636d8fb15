"""The key of code hashes and fingerprints rotates under way: codes, links and budgets outlive it (docs/rotation.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sms_gateway_bridge.app import create_app
from sms_gateway_bridge.context import build_context
from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.fingerprints import Hasher
from sms_gateway_bridge.keys import new_hash_key, read_hash_keys
from sms_gateway_bridge.worker import Worker
from tests.support.bridge_client import BridgeClient
from tests.unit.bridge.conftest import Bridge, asgi, wrong

LINK = "https://clienti.example/generali/registrazione/link"
Rotate = Callable[..., Bridge]


@pytest.fixture
def rotated() -> Any:
    """The same bridge, started again with other hash keys on the same database."""
    made: list[Bridge] = []

    def rotate(bridge: Bridge, *keys: bytes) -> Bridge:
        settings = replace(bridge.settings, hash_keys=keys)
        app = create_app(settings, clock=bridge.clock)
        worker_settings = replace(bridge.worker._settings, hash_keys=keys)
        context = build_context(worker_settings, clock=bridge.clock)
        worker = Worker(context, {"mobile": bridge.provider, "email": bridge.provider}, worker_settings)
        again = replace(bridge, settings=settings, app=app, context=context, worker=worker)
        again.clients = {name: BridgeClient(asgi(app), name, key) for name, key in bridge.keys.items()}
        made.append(again)
        return again

    yield rotate
    for each in made:
        each.worker.close()
        each.app.state.services.context.close()


def _fresh() -> bytes:
    return read_hash_keys("X", new_hash_key())[0]


def test_a_code_and_a_link_sent_before_the_rotation_work_after_it(bridge: Bridge, rotated: Rotate) -> None:
    (old,) = bridge.settings.hash_keys
    access, code = bridge.started()
    registration, _ = bridge.started("portal", channel="email", to="anna@example.com", link_url=LINK)
    token = (bridge.provider.last.link or "").rsplit("/", 1)[1]
    after = rotated(bridge, _fresh(), old)
    assert after.keycloak.check(access, code=wrong(code)).json()["status"] == "wrong"
    assert after.keycloak.check(access, code=code).json()["status"] == "approved"
    assert after.portal.check(registration, link_token=token).json()["status"] == "approved"


def test_an_operations_code_stays_bound_to_its_operation_across_the_rotation(bridge: Bridge, rotated: Rotate) -> None:
    operation = {"id": "op-1", "text": "Cambio domicilio"}
    verification, code = bridge.started(purpose="operation", operation=operation)
    after = rotated(bridge, _fresh(), *bridge.settings.hash_keys)
    assert after.keycloak.check(verification, code=code, operation_id="op-2").json()["status"] == "wrong"
    assert after.keycloak.check(verification, code=code, operation_id="op-1").json()["status"] == "approved"


def test_what_is_sent_after_the_rotation_needs_the_new_key_alone(bridge: Bridge, rotated: Rotate) -> None:
    new = _fresh()
    during = rotated(bridge, new, *bridge.settings.hash_keys)
    verification, code = during.started()
    alone = rotated(bridge, new)
    assert alone.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_without_the_old_key_its_codes_are_void(bridge: Bridge, rotated: Rotate) -> None:
    verification, code = bridge.started()
    after = rotated(bridge, _fresh())
    assert after.keycloak.check(verification, code=code).json()["status"] == "wrong"


def test_wrong_codes_go_on_counting_across_the_rotation(bridge: Bridge, rotated: Rotate) -> None:
    for _ in range(3):
        verification, code = bridge.started()
        for _ in range(3):
            bridge.keycloak.check(verification, code=wrong(code))
        bridge.clock.advance(31)
    after = rotated(bridge, _fresh(), *bridge.settings.hash_keys)
    bridge.clock.advance(570)
    verification, code = after.started()
    tenth = after.keycloak.check(verification, code=wrong(code)).json()
    assert (tenth["status"], tenth["attempts_left"]) == ("wrong", 0)
    assert after.keycloak.check(verification, code=code).json()["status"] == "exhausted"


def test_sends_go_on_counting_and_a_newer_code_kills_the_older_across_the_rotation(
    bridge: Bridge, rotated: Rotate
) -> None:
    older, code = bridge.started()
    for _ in range(3):
        bridge.clock.advance(31)
        older, code = bridge.started()
    after = rotated(bridge, _fresh(), *bridge.settings.hash_keys)
    after.keycloak.start()
    assert after.deliver() == []
    bridge.clock.advance(31)
    newer, _ = after.started()
    assert after.keycloak.check(older, code=code).json()["status"] == "superseded"
    bridge.clock.advance(31)
    after.keycloak.start()
    assert after.deliver() == []
    assert after.keycloak.show(newer).json()["status"] == "pending"


def test_a_rotation_with_no_second_key_or_twice_the_same_is_told_apart() -> None:
    one, two, three = new_hash_key(), new_hash_key(), new_hash_key()
    assert len(read_hash_keys("SMS_BRIDGE_HASH_KEY", f"{one} {two}")) == 2
    for text in (f"{one} {one}", f"{one} {two} {three}", f"{one} short"):
        with pytest.raises(ConfigurationError, match="SMS_BRIDGE_HASH_KEY"):
            read_hash_keys("SMS_BRIDGE_HASH_KEY", text)


def test_the_first_key_hashes_and_each_is_tried() -> None:
    old, new = _fresh(), _fresh()
    token = "t" * 32
    stored = Hasher([old]).link("v", 1, token)
    assert Hasher([new, old]).link_fits(stored, "v", 1, token)
    assert not Hasher([new]).link_fits(stored, "v", 1, token)
    assert Hasher([new, old]).link("v", 1, token) == Hasher([new]).link("v", 1, token)
    assert not Hasher([new, old]).link_fits(None, "v", 1, token)
