"""Bridge and worker with the role they have in an installation: it owns nothing, and `area-clienti migrate` grants."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from sms_gateway_bridge.purge import purge
from tests.support.postgres import PostgresServer
from tests.support.shipped_roles import DATABASES, make_roles, migrated, url_as
from tests.unit.bridge.conftest import Bridge, wrong


@pytest.fixture(scope="module")
def databases(own_server: PostgresServer) -> Callable[[object], str]:
    make_roles(own_server)
    assert migrated(own_server, "bridge") == ["bridge"]
    return lambda _prepare: url_as(own_server, "bridge", DATABASES["bridge"])


def test_codes_and_notices_go_out_are_checked_and_purged(bridge: Bridge) -> None:
    verification, code = bridge.started("portal", channel="email", to="anna@example.it")
    assert bridge.portal.check(verification, code=wrong(code)).json()["status"] == "wrong"
    bridge.clock.advance(61)
    assert bridge.portal.resend(verification).status == 200
    (again,) = bridge.deliver()
    assert bridge.portal.check(verification, code=again.code).json()["status"] == "approved"
    assert bridge.keycloak.send_message("once").status == 202
    assert [one.purpose for one in bridge.deliver()] == ["recovery-completed"]
    bridge.clock.advance(10 * 86_400)
    assert purge(bridge.context.database, 1) > 0
    assert bridge.query("SELECT * FROM messages") == []


def test_its_role_owns_nothing(bridge: Bridge) -> None:
    with psycopg.connect(bridge.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DROP TABLE messages")
