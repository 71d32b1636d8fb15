"""`area-clienti bridge …` and the metrics of providers: what an operator sees, and what draining does to a worker."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from click.testing import CliRunner, Result

from area_clienti.cli import cli
from sms_gateway_bridge import cli as commands
from sms_gateway_bridge.context import build_context
from sms_gateway_bridge.providers.base import Outgoing, Provider, Submission
from sms_gateway_bridge.providers.router import Router
from sms_gateway_bridge.worker import Worker
from tests.support.bridge_client import Answer
from tests.unit.bridge.conftest import Bridge
from tests.unit.bridge.test_configuration import environment

TO = "+393201234567"


class Named(Provider):
    """A provider with a name and a memory."""

    channels = frozenset({"mobile"})

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: list[Outgoing] = []

    def _submit(self, message: Outgoing) -> Submission:
        self.sent.append(message)
        return Submission("sent", reference=f"{self.name}-{len(self.sent)}")


@pytest.fixture
def two(bridge: Bridge) -> list[Named]:
    """The bridge's worker sends SMS by one provider, or by another."""
    providers = [Named("one"), Named("other")]
    routers = {"mobile": Router("mobile", providers), "email": Router("email", [bridge.provider])}
    bridge.worker = Worker(bridge.context, routers, bridge.worker._settings)
    return providers


@pytest.fixture
def run(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on the bridge's database, at the bridge's time."""
    monkeypatch.setattr(commands, "build_context", partial(build_context, clock=bridge.clock))
    for name, value in environment(SMS_BRIDGE_DATABASE_URL=bridge.url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AREA_CLIENTI_ENV", "production")  # and so of no local stack
    monkeypatch.setenv("SMS_BRIDGE_LINK_ORIGINS", "https://clienti.example")

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["bridge", *arguments])

    return run_command


def work(bridge: Bridge) -> None:
    """One round, with all that a worker does every few seconds."""
    bridge.worker._next_beat = bridge.worker._next_settle = 0
    bridge.worker.run_once()


def metrics(bridge: Bridge) -> str:
    answer: Answer = bridge.portal.transport("GET", "/metrics", {}, b"")
    return answer.body.decode()


def test_a_provider_is_drained_and_taken_back_while_the_worker_works(
    bridge: Bridge, two: list[Named], run: Any
) -> None:
    assert run("providers").output == "No living worker has a provider.\n"
    bridge.keycloak.start()
    work(bridge)
    assert (len(two[0].sent), len(two[1].sent)) == (1, 0)
    work(bridge)
    shown = run("providers").output
    assert "one (mobile): ready in 1 of 1 workers; breaker 1 closed; 0 under way; since the start 1 sent" in shown
    assert "other (mobile): ready in 1 of 1 workers; breaker 1 closed; 0 under way; since the start nothing" in shown
    assert 'sms_bridge_provider_outcomes{outcome="sent",provider="one"} 1.0' in metrics(bridge)
    assert run("drain", "one").output == "one is drained.\n"
    bridge.clock.advance(31)
    bridge.keycloak.start()
    work(bridge)
    assert (len(two[0].sent), len(two[1].sent)) == (1, 1)
    assert "one (mobile) DRAINED" in run("providers").output
    assert 'sms_bridge_provider_drained{provider="one"} 1.0' in metrics(bridge)
    assert "its messages wait" in run("drain", "other").output
    assert run("drain", "one", "--off").output == "one is taken back.\n"
    bridge.clock.advance(31)
    bridge.keycloak.start()
    work(bridge)
    assert (len(two[0].sent), len(two[1].sent)) == (2, 1)
    bridge.clock.advance(31)
    assert "other DRAINED: no living worker has it" in run("providers").output
    assert "sms_bridge_provider_ready{" not in metrics(bridge)


def test_draining_what_nobody_has_is_refused(bridge: Bridge, two: list[Named], run: Any) -> None:
    work(bridge)
    found = run("drain", "nobody")
    assert (found.exit_code, found.stderr) == (
        2,
        "no living worker has a provider nobody; there are: one, other, recording\n",
    )


def test_a_messages_history_names_everything_but_the_contact_and_the_code(
    bridge: Bridge, two: list[Named], run: Any
) -> None:
    verification = bridge.keycloak.start().json()["id"]
    work(bridge)
    (row,) = bridge.query("SELECT id, trace_id FROM messages")
    outputs = {run("message", wanted).output for wanted in (row["id"], verification, row["trace_id"], "one-1")}
    (output,) = outputs
    for told in ("320 *****67", "sent", "one-1", row["trace_id"], verification, "2026-"):
        assert told in output
    assert TO[3:] not in output
    assert str(two[0].sent[0].code) not in output
    missing = run("message", "msg_nobody")
    assert (missing.exit_code, missing.output) == (2, "there is no message of msg_nobody, or it is forgotten\n")


def test_a_test_message_goes_the_way_of_every_notice(bridge: Bridge, two: list[Named], run: Any) -> None:
    queued = run("send-test", "--brand", "generali", "--to", "320 1234567", "--wait", "0")
    assert queued.exit_code == 1  # nobody has sent it yet
    work(bridge)
    assert two[0].sent[0].to == TO
    assert "prova" in two[0].sent[0].text
    assert "recording" not in run("message", queued.output.split()[0]).output
    refused = run("send-test", "--brand", "generali", "--to", "not a number")
    assert (refused.exit_code, refused.stderr[:4]) == (2, "--to")
    assert run("send-test", "--brand", "nobody", "--to", TO).exit_code == 2


def test_a_database_that_is_away_is_exit_code_3(bridge: Bridge, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_BRIDGE_DATABASE_URL", "postgresql://127.0.0.1:9/bridge")
    found = run("providers")
    assert (found.exit_code, found.output) == (3, "The bridge's database is not reachable.\n")
