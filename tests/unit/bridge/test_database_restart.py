"""The database goes away and comes back: 503, never a success without a commit, recovery by itself."""

from __future__ import annotations

import pytest

from sms_gateway_bridge.errors import UnavailableError
from tests.support.bridge_client import Answer
from tests.support.postgres import PostgresServer
from tests.support.restarts import ON_A_SERVER_TO_STOP, crash_before_the_commit_of, seconds_until
from tests.unit.bridge.conftest import Bridge

pytestmark = ON_A_SERVER_TO_STOP


def is_unavailable(answer: Answer) -> bool:
    return (answer.status, answer.json()["code"]) == (503, "unavailable") and "retry-after" in answer.headers


def test_while_the_database_is_away_everything_is_503_and_afterwards_as_before(
    bridge: Bridge, own_server: PostgresServer
) -> None:
    verification, code = bridge.started()
    own_server.stop(crash=True)
    assert is_unavailable(bridge.keycloak.check(verification, code=code))
    assert is_unavailable(bridge.keycloak.start(customer_code="GEN0002"))
    assert is_unavailable(bridge.keycloak.resend(verification))
    assert is_unavailable(bridge.portal.send_message("while-away"))
    with pytest.raises(UnavailableError):
        bridge.worker.run_once()
    assert bridge.keycloak.transport("GET", "/readyz", {}, b"").status == 503
    assert bridge.keycloak.transport("GET", "/healthz", {}, b"").status == 200
    own_server.start()
    seconds_until(lambda: bridge.keycloak.show(verification).status == 200)
    # What was asked meanwhile left nothing behind: no attempt, no verification, no message.
    assert bridge.keycloak.show(verification).json()["attempts_left"] == 3
    assert [row["id"] for row in bridge.query("SELECT id FROM verifications")] == [verification]
    assert bridge.deliver() == []
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_an_approval_the_database_did_not_commit_is_no_approval(bridge: Bridge, own_server: PostgresServer) -> None:
    verification, code = bridge.started()
    engine = bridge.app.state.services.context.database.engine
    happened = crash_before_the_commit_of(engine, own_server, "UPDATE verifications SET state")
    answer = bridge.keycloak.check(verification, code=code)
    assert happened
    assert is_unavailable(answer)
    own_server.start()
    seconds_until(lambda: bridge.keycloak.show(verification).status == 200)
    assert bridge.keycloak.show(verification).json()["status"] == "pending"
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_a_start_the_database_did_not_commit_sends_nothing(bridge: Bridge, own_server: PostgresServer) -> None:
    engine = bridge.app.state.services.context.database.engine
    happened = crash_before_the_commit_of(engine, own_server, "INSERT INTO messages")
    assert is_unavailable(bridge.keycloak.start())
    assert happened
    own_server.start()
    seconds_until(lambda: bridge.keycloak.transport("GET", "/readyz", {}, b"").json()["parts"]["database"] == "ok")
    assert bridge.deliver() == []
    assert bridge.started()


def test_the_worker_sends_what_was_queued_before_the_restart_once(bridge: Bridge, own_server: PostgresServer) -> None:
    assert bridge.keycloak.start().status == 201
    own_server.stop()
    own_server.start()
    assert len(bridge.deliver()) == 1
    assert bridge.deliver() == []
