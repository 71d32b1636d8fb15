"""Lines that delay, break and come back between the worker and its database, and its HTTP gateway."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from sms_gateway_bridge.context import build_context
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.errors import UnavailableError
from sms_gateway_bridge.providers.base import Outgoing, Submission
from sms_gateway_bridge.providers.http_sms import HttpSmsProvider
from sms_gateway_bridge.worker import Worker
from tests.integration.bridge.sms_gateway import running_gateway
from tests.integration.bridge.test_sms_by_http import SECRET, declared, outgoing
from tests.support.fault_proxy import FaultProxy, running_fault_proxy
from tests.support.postgres import PostgresServer
from tests.unit.bridge.conftest import Bridge, RecordingProvider, build


@pytest.fixture
def line(postgres: PostgresServer) -> Iterator[FaultProxy]:
    with running_fault_proxy(postgres.port) as proxy:
        yield proxy


@pytest.fixture
def bridge(postgres: PostgresServer, line: FaultProxy) -> Iterator[Bridge]:
    """A bridge whose worker, and nothing else, reaches PostgreSQL through the line."""
    url = postgres.new_url(upgrade)
    made = build(url)
    settings = made.worker._settings
    made.context.close()
    through = re.sub(r":\d+/", f":{line.port}/", url)
    object.__setattr__(settings, "database_url", through)
    made.context = build_context(settings, clock=made.clock)
    made.worker = Worker(made.context, {"mobile": made.provider, "email": made.provider}, settings)
    yield made
    line.refuse = False
    made.worker.close()
    made.app.state.services.context.close()
    postgres.drop(url)


def states(bridge: Bridge) -> list[str]:
    with bridge.app.state.services.context.database.read() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT state FROM messages")]


def test_an_outcome_is_written_down_although_the_database_was_away_when_it_came(
    bridge: Bridge, line: FaultProxy
) -> None:
    class Cutting(RecordingProvider):
        def _submit(self, message: Outgoing) -> Submission:
            line.refuse = True
            line.reset()
            return super()._submit(message)

    cutting = Cutting()
    bridge.worker._submitting._providers = {"mobile": cutting}
    bridge.keycloak.start()
    with pytest.raises(UnavailableError):
        bridge.worker.run_once()
    assert (len(cutting.sent), states(bridge)) == (1, ["sending"])
    line.refuse = False
    bridge.worker.run_once()
    assert (len(cutting.sent), states(bridge)) == (1, ["sent"])


def test_a_claim_whose_line_breaks_sends_nothing_and_is_made_again(bridge: Bridge, line: FaultProxy) -> None:
    bridge.keycloak.start()
    line.refuse = True
    line.reset()
    with pytest.raises(UnavailableError):
        bridge.worker.run_once()
    assert (bridge.provider.sent, states(bridge)) == ([], ["queued"])
    line.refuse = False
    bridge.worker.run_once()
    assert (len(bridge.provider.sent), states(bridge)) == (1, ["sent"])


def test_a_slow_line_costs_time_and_nothing_else(bridge: Bridge, line: FaultProxy) -> None:
    line.latency_s = 0.02
    for number in range(4):
        bridge.keycloak.start(to=f"+3932012345{number:02d}", customer_code=f"G{number}")
    bridge.worker.run_once()
    assert (len({one.to for one in bridge.provider.sent}), states(bridge)) == (4, ["sent"] * 4)


@pytest.mark.parametrize(("fault", "outcome"), [("latency", "sent"), ("reset", "unknown"), ("half-open", "unknown")])
def test_a_gateways_line_says_only_what_is_certain(fault: str, outcome: str) -> None:
    with running_gateway() as gateway, running_fault_proxy(gateway.port) as line:
        provider = HttpSmsProvider(declared(line.port, answer_timeout_s=0.5), SECRET)
        if fault == "latency":
            line.latency_s = 0.05
        elif fault == "reset":
            line.reset_after = 1
        else:
            line.silent = {"back"}
        assert provider.submit(outgoing()).outcome == outcome
        line.latency_s, line.silent = 0.0, set()
        assert provider.submit(outgoing()).outcome == "sent"
