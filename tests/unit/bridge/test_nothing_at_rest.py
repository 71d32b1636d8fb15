"""No code at rest, nothing personal in logs or metrics (SECURITY O1, D1): a canary search after a full run."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from sms_gateway_bridge import logs
from tests.support.databases import Databases
from tests.unit.bridge.conftest import Bridge, wrong


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    handlers = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()


LINK = "https://clienti.example/generali/registrazione/link"


def test_after_a_full_run_no_table_log_or_metric_holds_a_code_or_a_contact(
    bridge: Bridge, databases: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("test")
    verification, code = bridge.started("portal", channel="email", to="canary.rossi@example.com", link_url=LINK)
    open_id, open_code = bridge.started(customer_code="CANARYCODE", to="+393209998877")
    bridge.keycloak.check(open_id, "CANARYCODE", code=wrong(open_code))
    token = (bridge.provider.sent[-2].link or "").rsplit("/", 1)[1]
    dump = databases.everything_in(bridge.url)
    assert verification in dump
    secrets_sent = [code, open_code, token]
    for value in secrets_sent:
        assert value not in dump.replace(verification, "").replace(open_id, "")
        assert value.encode().hex() not in dump.lower()
    bridge.portal.check(verification, code=code)
    output = capsys.readouterr().out
    metrics = bridge.keycloak.transport("GET", "/metrics", {}, b"").body.decode()
    assert "message_submitted" in output
    assert "sms_bridge_requests_total" in metrics
    for value in (*secrets_sent, "canary.rossi", "3209998877", "CANARYCODE"):
        assert value not in metrics
        assert value not in "".join(line for line in output.splitlines() if "trace_id" not in line)
        assert f'"{value}' not in output
    for value in ("canary.rossi", "3209998877", "CANARYCODE", token):
        assert value not in output


def test_what_carries_a_code_does_not_show_it_when_printed(bridge: Bridge) -> None:
    _, code = bridge.started()
    assert code not in repr(bridge.provider.last)
    assert "+39320" not in repr(bridge.provider.last)


def test_the_trace_of_a_request_reaches_the_submission(bridge: Bridge) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    fields = {"brand": "generali", "purpose": "access", "channel": "mobile", "to": "+393201234567"}
    bridge.keycloak.request(
        "POST",
        "/v1/verifications",
        {**fields, "locale": "it", "customer_code": "GEN0001"},
        traceparent=f"00-{trace}-b7ad6b7169203331-01",
    )
    assert bridge.deliver()[0].trace_id == trace
