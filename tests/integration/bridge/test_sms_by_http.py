"""SMS through a real HTTP gateway that a file declares: what it is asked, and what each kind of trouble means."""

from __future__ import annotations

import base64
import json
import logging
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import structlog

from domain.signatures import parse_keys
from sms_gateway_bridge import logs
from sms_gateway_bridge.db.tables import messages
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.keys import new_caller_key
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.providers.base import Outgoing
from sms_gateway_bridge.providers.gateways import load_gateway
from sms_gateway_bridge.providers.http_gateway import HttpGateway
from sms_gateway_bridge.providers.http_sms import HttpSmsProvider
from sms_gateway_bridge.providers.registry import build_providers
from sms_gateway_bridge.providers.router import Router
from sms_gateway_bridge.settings import load_bridge_settings, load_worker_settings
from sms_gateway_bridge.worker import Worker
from tests.integration.bridge.mail_relay import self_signed
from tests.integration.bridge.sms_gateway import Gateway, running_gateway
from tests.support.bridge_client import BridgeClient
from tests.support.databases import Databases
from tests.unit.bridge.conftest import Bridge, build
from tests.unit.bridge.test_configuration import environment, production_with

EXAMPLE = Path(__file__).resolve().parents[3] / "docs/sms-gateways/example.toml"
TO = "+393201234567"
TEXT = 'È "pronto": 1.250,50 € & altro\n@accesso.example #123456'
SECRET = "s3cret-of-the-gateway"
BASIC = f"Basic {base64.b64encode(f'us:{SECRET}'.encode()).decode()}"

MakeBridge = Callable[[Gateway], Bridge]


def declared(port: int, **changes: Any) -> HttpGateway:
    """The shipped example, at the gateway under test."""
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))
    return HttpGateway.model_validate(written | {"url": f"http://127.0.0.1:{port}/api/v1/messages?a=1"} | changes)


def outgoing(**changes: Any) -> Outgoing:
    fields = {"id": "msg_1", "to": TO, "text": TEXT, "validity_s": 120} | changes
    return Outgoing(
        brand="generali", brand_name="Generali", sms_sender="Generali", channel="mobile", purpose="access", locale="it",
        trace_id="t", subject=None, html=None, code="123456", link=None, **fields,
    )  # fmt: skip


def submit(gateway: Gateway, **changes: Any) -> tuple[str, str | None, str | None]:
    done = HttpSmsProvider(declared(gateway.port, **changes), SECRET).submit(outgoing())
    return done.outcome, done.reference, done.reason


@pytest.fixture
def bridge_to(databases: Databases) -> Iterator[MakeBridge]:
    """A bridge whose worker sends SMS to a gateway, and which takes that gateway's receipts."""
    made: list[Bridge] = []

    def make(gateway: Gateway) -> Bridge:
        known = declared(gateway.port, answer_timeout_s=1.0)
        key = new_caller_key()
        bridge = build(databases(upgrade), sms_gateways=(known,), sms_receipt_keys={known.name: parse_keys(key)})
        provider = HttpSmsProvider(known, SECRET)
        bridge.worker = Worker(bridge.context, {"mobile": provider, "email": bridge.provider}, bridge.worker._settings)
        bridge.clients["gateway"] = BridgeClient(bridge.portal.transport, "", key)
        made.append(bridge)
        return bridge

    yield make
    for bridge in made:
        bridge.worker.close()
        bridge.app.state.services.context.close()


def states(bridge: Bridge) -> list[str]:
    return [row["state"] for row in bridge.query("SELECT state FROM messages ORDER BY created_ms")]


def test_the_gateway_is_asked_as_its_file_says_and_its_id_is_kept() -> None:
    with running_gateway() as gateway:
        assert submit(gateway) == ("sent", "gw-1", None)
        path, headers, _ = gateway.asked[0]
        assert path == "/api/v1/messages?a=1"
        assert headers["authorization"] == f"Bearer {SECRET}"
        assert headers["content-type"] == "application/json"
        assert gateway.body == {
            "to": TO,
            "from": "Generali",
            "text": TEXT,
            "client_reference": "msg_1",
            "validity_seconds": 120,
        }


def test_a_form_is_encoded_and_minutes_never_outlast_the_validity() -> None:
    fields = {"dest": "{to_digits}", "msg": "{text}", "ttl": "{validity_min}", "note": "Id {id}, {sender}"}
    with running_gateway() as gateway:
        known = declared(gateway.port, body={"format": "form", "fields": fields})
        assert HttpSmsProvider(known, SECRET).submit(outgoing(validity_s=179)).outcome == "sent"
        assert gateway.asked[0][1]["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qs(gateway.asked[0][2].decode()) == {
            "dest": ["393201234567"],
            "msg": [TEXT],
            "ttl": ["2"],
            "note": ["Id msg_1, Generali"],
        }


def test_json_of_any_depth_is_filled_and_a_text_cannot_break_out_of_its_place() -> None:
    fields = {"messages": [{"to": ["{to}"], "body": {"text": "{text}"}}], "dry": False, "n": 3}
    with running_gateway() as gateway:
        known = declared(gateway.port, body={"format": "json", "fields": fields})
        HttpSmsProvider(known, SECRET).submit(outgoing(text='"}], "to": "{to}{id}'))
        assert gateway.body["messages"] == [{"to": [TO], "body": {"text": '"}], "to": "{to}{id}'}}]
        assert (gateway.body["dry"], gateway.body["n"]) == (False, 3)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (
            {"kind": "basic", "user": "us"},
            "authorization",
            BASIC,
        ),
        ({"kind": "header", "header": "X-Api-Key"}, "x-api-key", SECRET),
    ],
)
def test_other_ways_to_be_known(auth: dict[str, str], header: str, value: str) -> None:
    with running_gateway() as gateway:
        assert submit(gateway, auth=auth)[0] == "sent"
        assert gateway.asked[0][1][header] == value


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, b'{"error": {"code": "invalid_recipient"}}', ("failed", None, "code_invalid_recipient")),
        (400, b'{"error": {"code": "rate_limited"}}', ("retry", None, "code_rate_limited")),
        (200, b'{"error": {"code": "never seen"}, "message": {"id": "x"}}', ("unknown", None, "code_not_listed")),
        (202, b"{}", ("unknown", None, "answer_not_understood")),
        (202, b"<html>welcome", ("unknown", None, "answer_not_understood")),
        (202, b'{"message": {"id": ["x"]}}', ("unknown", None, "answer_not_understood")),
        (202, b'{"message": {"id": 42}}', ("sent", "42", None)),
        (400, b"", ("failed", None, "http_400")),
        (401, b"", ("retry", None, "http_401")),
        (404, b"", ("failed", None, "http_404")),
        (408, b"", ("unknown", None, "http_408")),
        (429, b"", ("retry", None, "http_429")),
        (500, b"", ("unknown", None, "http_500")),
        (502, b"", ("unknown", None, "http_502")),
        (503, b"", ("retry", None, "http_503")),
    ],
)
def test_each_answer_means_what_is_certain_about_it(status: int, answer: bytes, expected: tuple[str, ...]) -> None:
    with running_gateway(status=status, answer=answer) as gateway:
        assert submit(gateway) == expected
        assert len(gateway.asked) == 1


def test_a_reason_always_has_room_in_the_messages_table() -> None:
    word = "x" * 100
    with running_gateway(answer=json.dumps({"error": {"code": word}}).encode()) as gateway:
        answers = tomllib.loads(EXAMPLE.read_text("utf-8"))["answer"] | {"codes": {word: "failed"}}
        outcome, _, reason = submit(gateway, answer=answers)
        assert (outcome, reason) == ("failed", "code_" + "x" * 30)
        assert len(str(reason)) <= int(messages.c.reason.type.length or 0)


def test_a_redirect_is_not_followed() -> None:
    with running_gateway() as other:
        target = f"http://127.0.0.1:{other.port}/elsewhere"
        with running_gateway(status=307, headers={"location": target}) as gateway:
            assert submit(gateway) == ("failed", None, "http_307")
            assert len(gateway.asked) == 1
        assert other.asked == []


def test_a_gateway_that_is_down_has_certainly_taken_nothing() -> None:
    with running_gateway() as gone:
        pass
    assert submit(gone) == ("retry", None, "not_connected_ConnectionRefusedError")


@pytest.mark.parametrize("trouble", ["hangs_up", "waits", "trickles"])
def test_trouble_after_the_request_leaves_the_outcome_unknown_and_the_worker_soon(trouble: str) -> None:
    with running_gateway(**{trouble: True}) as gateway:
        began = time.monotonic()
        outcome, reference, reason = submit(gateway, answer_timeout_s=0.5)
        assert (outcome, reference) == ("unknown", None)
        assert str(reason).startswith("no_answer_")
        assert time.monotonic() - began < 5
        assert len(gateway.asked) == 1


def test_certificates_are_verified(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with running_gateway(certificate) as gateway:
        url = f"https://127.0.0.1:{gateway.port}/"
        assert submit(gateway, url=url) == ("retry", None, "not_connected_SSLCertVerificationError")
        another = str(self_signed(tmp_path, "another"))
        assert submit(gateway, url=url, ca_file=another)[0] == "retry"
        by_name = f"https://localhost:{gateway.port}/"
        assert submit(gateway, url=by_name, ca_file=str(certificate))[0] == "retry", "a certificate of another host"
        assert gateway.asked == []
        assert submit(gateway, url=url, ca_file=str(certificate)) == ("sent", "gw-1", None)


@pytest.mark.parametrize("trouble", ["hangs_up", "waits"])
def test_a_code_whose_outcome_is_unknown_is_never_sent_again(bridge_to: MakeBridge, trouble: str) -> None:
    with running_gateway(**{trouble: True}) as gateway:
        bridge = bridge_to(gateway)
        bridge.keycloak.start()
        for _ in range(3):
            bridge.deliver()
            bridge.clock.advance(35)
        assert (states(bridge), len(gateway.asked)) == (["unknown"], 1)


def test_a_gateway_that_was_busy_gets_the_code_again_and_it_works(bridge_to: MakeBridge) -> None:
    with running_gateway(status=429) as gateway:
        bridge = bridge_to(gateway)
        verification = bridge.keycloak.start().json()["id"]
        bridge.deliver()
        assert states(bridge) == ["sending"]
        gateway.status = 202
        bridge.clock.advance(2)
        bridge.deliver()
        assert states(bridge) == ["sent"]
        code = gateway.body["text"][:6]
        assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_the_gateways_receipts_move_the_message_and_nothing_else(bridge_to: MakeBridge) -> None:
    with running_gateway() as gateway:
        bridge = bridge_to(gateway)
        bridge.keycloak.start()
        bridge.deliver()
        path = "/v1/receipts/example-gateway"
        assert bridge.portal.request("POST", path, {"message_id": "gw-1", "status": "delivered"}).status == 401
        for body, state in (
            ({"message_id": "gw-1", "status": "read by the customer"}, "sent"),
            ({"message_id": "gw-1", "status": "delivered", "price": "0.05"}, "delivered"),
            ({"message_id": "gw-1", "status": "expired"}, "delivered"),
        ):
            assert bridge.clients["gateway"].request("POST", path, body).status == 202
            receipts.apply(bridge.context.database)
            assert states(bridge) == [state]
        assert bridge.clients["gateway"].request("POST", path, {"status": "delivered"}).status == 422
        assert bridge.clients["gateway"].request("POST", "/v1/receipts/outbox", {}).status in (202, 401)


def test_logs_hold_no_number_text_code_or_secret(bridge_to: MakeBridge, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = logging.getLogger().handlers[:]
    logs.configure("test")
    try:
        with running_gateway() as gateway:
            bridge = bridge_to(gateway)
            bridge.keycloak.start()
            bridge.deliver()
            text = gateway.body["text"]
            gateway.status, gateway.answer = 400, json.dumps({"error": {"code": TO, "text": text}}).encode()
            bridge.clock.advance(31)
            bridge.keycloak.start()
            bridge.deliver()
    finally:
        logging.getLogger().handlers[:] = handlers
        structlog.reset_defaults()
    output = capsys.readouterr().out
    assert '"reason": "http_400"' in output
    for told in (gateway.body["to"], gateway.body["to"][3:], TO, SECRET, text[:6], "areaclienti"):
        assert told not in output


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"url": "http://sms.example/"}, "https"),
        ({"url": "https://user:pw@sms.example/"}, "url"),
        ({"name": "outbox"}, "taken"),
        ({"colour": "red"}, "colour"),
        ({"connect_timeout_s": 60}, "connect_timeout_s"),
        ({"auth": {"kind": "basic"}}, "user"),
        ({"auth": {"kind": "bearer", "header": "X"}}, "header"),
        ({"body": {"format": "json", "fields": {"to": "{to}", "text": "{txt}"}}}, "{txt}"),
        ({"body": {"format": "json", "fields": {"to": "{to}"}}}, "{text}"),
        ({"body": {"format": "form", "fields": {"to": ["{to}"], "text": "{text}"}}}, "form"),
        ({"answer": {"accepted": []}}, "accepted"),
        ({"answer": {"accepted": [200], "codes": {"x": "maybe"}}}, "codes"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_its_key(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match="(?s)" + named.replace("{", r"\{")):
        declared(1, **change)


def test_the_example_file_lets_a_production_worker_start_and_its_secret_is_required() -> None:
    production = production_with(EXAMPLE)
    with pytest.raises(ConfigurationError, match=r"^SMS_BRIDGE_SMS_GATEWAY_SECRET is not set$"):
        load_worker_settings(production)
    settings = load_worker_settings(production | {"SMS_BRIDGE_SMS_GATEWAY_SECRET": SECRET})
    mobile = build_providers(settings)["mobile"]
    assert isinstance(mobile, Router)
    assert [one.provider for one in mobile.reports()] == ["example-gateway"]
    assert SECRET not in repr(settings)
    with pytest.raises(ConfigurationError, match="SMS_BRIDGE_SMS_GATEWAY_FILE is not set"):
        build_providers(replace(settings, sms_gateways=()))


def test_the_interface_takes_receipts_only_with_a_key_of_their_own() -> None:
    known = environment(
        SMS_BRIDGE_SMS_GATEWAY_FILE=str(EXAMPLE),
        AREA_CLIENTI_ENV="production",
        SMS_BRIDGE_LINK_ORIGINS="https://clienti.example.it",
    )
    assert load_bridge_settings(known).receipt_keys == {}
    key = new_caller_key()
    settings = load_bridge_settings(known | {"SMS_BRIDGE_SMS_GATEWAY_RECEIPT_KEY": key})
    assert settings.receipt_keys == {"example-gateway": parse_keys(key)}
    with pytest.raises(ConfigurationError, match="RECEIPT_KEY must not be a caller's key"):
        load_bridge_settings(known | {"SMS_BRIDGE_SMS_GATEWAY_RECEIPT_KEY": known["SMS_BRIDGE_KEY_PORTAL"]})
    with pytest.raises(ConfigurationError, match="declares no receipts"):
        load_bridge_settings(environment(SMS_BRIDGE_SMS_GATEWAY_RECEIPT_KEY=key))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="SMS_BRIDGE_SMS_GATEWAY_FILE must name a readable TOML file"):
        load_gateway(tmp_path / "nowhere.toml")
