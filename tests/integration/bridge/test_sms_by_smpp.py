"""SMS by SMPP 3.4 to SMSCs that are not ours: what they are given, what they answer, and every kind of trouble."""

from __future__ import annotations

import ssl
import struct
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.errors import ConfigurationError, UnavailableError
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.providers.base import Outgoing, Submission
from sms_gateway_bridge.providers.registry import build_providers
from sms_gateway_bridge.providers.router import Router
from sms_gateway_bridge.providers.smpp.declaration import SmppGateway
from sms_gateway_bridge.providers.smpp.provider import SmppProvider
from sms_gateway_bridge.settings import load_worker_settings
from sms_gateway_bridge.worker import Worker
from tests.integration.bridge.mail_relay import self_signed
from tests.integration.bridge.smsc import OK, THROTTLED, Smsc, running_drive_smpp, running_smsc, until
from tests.support.databases import Databases
from tests.support.fault_proxy import running_fault_proxy
from tests.unit.bridge.conftest import Bridge, build
from tests.unit.bridge.test_configuration import environment

EXAMPLE = Path(__file__).resolve().parents[3] / "docs/sms-gateways/smpp.toml"
TO = "+393201234567"
PASSWORD = "s3cret"
Kept = list[tuple[str, str, str]]


def declared(port: int, **changes: Any) -> SmppGateway:
    """The shipped example, at the SMSC under test, and quicker."""
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))
    here = {"host": "127.0.0.1", "port": port, "longest_reconnect_s": 0.3, "answer_timeout_s": 1.0}
    return SmppGateway.model_validate(written | here | changes)


def outgoing(text: str = "123456 e il codice", **changes: Any) -> Outgoing:
    fields: dict[str, Any] = {"id": "msg_1", "to": TO, "text": text, "validity_s": 120, "purpose": "access"} | changes
    return Outgoing(
        brand="generali", brand_name="Generali", sms_sender="Generali", channel="mobile", locale="it",
        trace_id="t", subject=None, html=None, code="123456", link=None, **fields,
    )  # fmt: skip


def keeping(kept: Kept | None, receipt: tuple[str, str, str], error: Exception | None = None) -> Future[None]:
    """What the worker's inbox does."""
    done: Future[None] = Future()
    if error:
        done.set_exception(error)
        return done
    if kept is not None:
        kept.append(receipt)
    done.set_result(None)
    return done


@contextmanager
def bound(port: int, kept: Kept | None = None, **changes: Any) -> Iterator[SmppProvider]:
    provider = SmppProvider(declared(port, **changes), PASSWORD)
    provider.open(lambda *receipt: keeping(kept, receipt))
    try:
        until(lambda: provider.is_ready)
        yield provider
    finally:
        provider.close()


def pdus(octets: bytes, command: int) -> list[bytes]:
    """The PDUs of a stream that have this command."""
    found, place = [], 0
    while place + 16 <= len(octets):
        length, name = struct.unpack_from(">LL", octets, place)
        if name == command:
            found.append(bytes(octets[place : place + length]))
        place += length
    return found


def said(done: Submission) -> tuple[str, str | None]:
    return done.outcome, done.reason


def test_kannels_smsc_takes_what_a_transmitter_sends(tmp_path: Path) -> None:
    log = tmp_path / "drive_smpp.log"
    with running_drive_smpp(log) as port, bound(port, bind="transmitter") as provider:
        under_way = [provider.start(outgoing(f"message-{number}")) for number in range(100)]
        assert {future.result(20).outcome for future in under_way} == {"sent"}
        assert provider.submit(outgoing("x" * 161)).outcome == "sent"
    written = log.read_text(errors="replace")
    assert "of type bind_transmitter" in written
    for number in range(100):
        assert written.count(f"short_message = <message-{number}>") == 1
    assert written.count("of type submit_sm\n") == 102
    assert "of type unbind" in written


def test_a_transceiver_is_told_everything_about_a_message_and_brings_its_receipt() -> None:
    smpp34 = pytest.importorskip("smpp34")
    kept: Kept = []
    with running_smsc() as smsc, running_fault_proxy(smsc.port) as line, bound(line.port, kept) as provider:
        assert provider.submit(outgoing("Costa 10 €")) == Submission("sent", smsc.message_id(0), None, "example-smsc")
        until(lambda: kept)
        assert kept == [("example-smsc", smsc.message_id(0), "delivered")]
        submit = smpp34.decode(pdus(line.seen, 0x04)[0])
        assert (submit.source_addr, submit.source_addr_ton, submit.source_addr_npi) == ("Generali", 5, 0)
        assert (submit.destination_addr, submit.dest_addr_ton, submit.dest_addr_npi) == ("393201234567", 1, 1)
        assert (submit.data_coding, submit.esm_class, submit.registered_delivery) == (0, 0, 1)
        assert submit.short_message == b"Costa 10 \x1b\x65"
        # Not longer than the message is worth, and only a moment shorter.
        assert submit.validity_period in ("000000000200000R", "000000000159000R")


def test_a_long_text_is_joined_by_its_headers_and_has_one_receipt() -> None:
    kept: Kept = []
    with running_smsc() as smsc, bound(smsc.port, kept) as provider:
        done = provider.submit(outgoing("x" * 400))
        assert done.reference == smsc.message_id(2)
        assert [(len(one), one[:3], one[4:6]) for one in smsc.texts] == [
            (159, b"\x05\x00\x03", bytes([3, 1])),
            (159, b"\x05\x00\x03", bytes([3, 2])),
            (100, b"\x05\x00\x03", bytes([3, 3])),
        ]
        assert {one.esm_class for one in smsc.taken} == {0x40}
        until(lambda: kept)
        assert kept == [("example-smsc", smsc.message_id(2), "delivered")]


def test_receipts_come_through_the_receiver_where_there_are_two_binds() -> None:
    kept: Kept = []
    with running_smsc() as smsc, bound(smsc.port, kept, bind="transmitter-and-receiver") as provider:
        until(lambda: smsc.binds == 2)
        provider.submit(outgoing())
        until(lambda: kept)
        assert kept == [("example-smsc", smsc.message_id(0), "delivered")]


def test_no_more_than_the_window_is_under_way() -> None:
    with running_smsc(answer=lambda number: None if number < 4 else OK) as smsc, bound(smsc.port, window=4) as provider:
        under_way = [provider.start(outgoing()) for _ in range(6)]
        until(lambda: smsc.asked == 4)
        assert not wait(under_way, timeout=0.3).done
        assert smsc.asked == 4
        # The four get no answer in time; the line goes on.
        assert [said(one.result(10)) for one in under_way[:4]] == [("unknown", "no_answer_in_time")] * 4
        assert [one.result(10).outcome for one in under_way[4:]] == ["sent", "sent"]


def test_an_smsc_that_is_too_busy_slows_us_down_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms_gateway_bridge.providers.smpp.provider._PATIENCE_S", 30)  # this machine may be busy, too
    busy = [True]
    with (
        running_smsc(answer=lambda number: THROTTLED if busy[0] and number % 3 else OK, stat=None) as smsc,
        bound(smsc.port) as provider,
    ):
        under_way = [provider.start(outgoing(f"n{number}")) for number in range(30)]
        until(lambda: provider._pace.interval >= 0.02)
        slowed = provider._pace.interval
        busy[0] = False
        assert {one.result(20).outcome for one in under_way} == {"sent"}
        assert sorted(smsc.texts) == sorted(f"n{number}".encode() for number in range(30))
        for _ in range(20):
            provider.submit(outgoing())
        assert provider._pace.interval < slowed


def test_an_smsc_that_stays_busy_gives_the_message_back_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms_gateway_bridge.providers.smpp.provider._PATIENCE_S", 0.3)
    with running_smsc(answer=lambda _number: THROTTLED) as smsc, bound(smsc.port) as provider:
        assert said(provider.submit(outgoing())) == ("retry", "smpp_0x58")
        assert smsc.asked > 1
        assert smsc.taken == []


def test_a_contracts_rate_is_kept() -> None:
    with running_smsc(stat=None) as smsc, bound(smsc.port, messages_per_s=50) as provider:
        began = time.monotonic()
        assert {one.result(10).outcome for one in [provider.start(outgoing()) for _ in range(26)]} == {"sent"}
        assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0x0B, "failed"), (0x0A, "failed"), (0x45, "retry"), (0x64, "retry"), (0x08, "unknown"), (0xFF, "unknown"),
     (0x04, "retry")],
)  # fmt: skip
def test_each_refusal_means_what_the_table_says(status: int, outcome: str) -> None:
    with running_smsc(answer=lambda _number: status) as smsc, bound(smsc.port) as provider:
        assert said(provider.submit(outgoing())) == (outcome, f"smpp_{status:#x}")


def test_a_file_says_what_an_smscs_own_statuses_mean() -> None:
    known = declared(1, statuses={"0x400": "retry", "0x0B": "unknown"})
    assert [known.outcome_of(status) for status in (0x400, 0x401, 0x0B)] == ["retry", "failed", "unknown"]


def test_a_text_of_which_a_part_went_is_unknown_and_never_begun_anew() -> None:
    with running_smsc(answer=lambda number: OK if number == 0 else 0x45) as smsc, bound(smsc.port) as provider:
        assert said(provider.submit(outgoing("x" * 161))) == ("unknown", "partly_sent")


def test_a_line_that_breaks_under_a_message_leaves_it_unknown_and_comes_back() -> None:
    with running_smsc(stat=None) as smsc, running_fault_proxy(smsc.port) as line, bound(line.port) as provider:
        line.reset_after = 1
        assert said(provider.submit(outgoing("once"))) == ("unknown", "line_lost")
        until(lambda: smsc.binds == 2 and provider.is_ready)
        assert provider.submit(outgoing("next")).outcome == "sent"
        assert smsc.texts.count(b"once") <= 1


def test_without_a_session_nothing_was_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms_gateway_bridge.providers.smpp.provider._BIND_WAIT_S", 0.2)
    with running_smsc() as smsc, running_fault_proxy(smsc.port) as line, bound(line.port) as provider:
        line.refuse = True
        line.reset()
        until(lambda: not provider.is_ready)
        outcome, reason = said(provider.submit(outgoing()))
        assert outcome == "retry"
        assert reason in ("line_lost", "no_bind_line_lost")
        line.refuse = False
        until(lambda: provider.is_ready)
        assert provider.submit(outgoing()).outcome == "sent"


def test_a_half_open_line_is_found_out_and_replaced() -> None:
    with (
        running_smsc() as smsc,
        running_fault_proxy(smsc.port) as line,
        bound(line.port, enquire_link_s=0.1, answer_timeout_s=0.3) as provider,
    ):
        until(lambda: len(pdus(line.seen, 0x15)) > 2)
        assert line.lines == 1, "a line that answers is kept"
        line.silent = {"there", "back"}
        until(lambda: line.lines > 1)
        line.silent = set()
        until(lambda: provider.is_ready and provider.submit(outgoing()).outcome == "sent")


def test_latency_costs_time_and_nothing_else() -> None:
    with running_smsc(stat=None) as smsc, running_fault_proxy(smsc.port) as line, bound(line.port) as provider:
        line.latency_s = 0.1
        under_way = [provider.start(outgoing(f"n{number}")) for number in range(20)]
        assert {one.result(10).outcome for one in under_way} == {"sent"}
        assert len(set(smsc.texts)) == 20


def test_certificates_are_verified(tmp_path: Path) -> None:
    certificate, another = self_signed(tmp_path), self_signed(tmp_path, "another")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    with running_smsc() as smsc, running_fault_proxy(smsc.port, served) as line:
        with bound(line.port, ca_file=str(certificate)) as provider:
            assert provider.submit(outgoing()).outcome == "sent"
        stranger = SmppProvider(declared(line.port, ca_file=str(another)), PASSWORD)
        stranger.open()
        assert said(stranger.submit(outgoing())) == ("retry", "not_connected_SSLCertVerificationError")
        stranger.close()
        assert len(smsc.taken) == 1


def test_a_receipt_that_could_not_be_kept_is_brought_again() -> None:
    away, kept = [True], Kept()

    with running_smsc(stat=None) as smsc:
        provider = SmppProvider(declared(smsc.port), PASSWORD)
        provider.open(lambda *receipt: keeping(kept, receipt, UnavailableError() if away[0] else None))
        until(lambda: provider.is_ready and smsc._sessions)
        assert smsc.receipt("0000000a", "DELIVRD") == 0x64
        away[0] = False
        assert smsc.receipt("0000000a", "DELIVRD") == OK
        assert smsc.receipt("0000000b", "TELEPORTED") == OK
        assert kept == [("example-smsc", "0000000a", "delivered")]
        provider.close()


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    with running_smsc() as running:
        yield running


@pytest.fixture
def bridge(databases: Databases, smsc: Smsc) -> Iterator[Bridge]:
    """A bridge whose worker sends SMS to an SMSC."""
    made = build(databases(upgrade))
    provider = SmppProvider(declared(smsc.port), PASSWORD)
    made.worker = Worker(made.context, {"mobile": provider, "email": made.provider}, made.worker._settings)
    made.worker.open()
    until(lambda: provider.is_ready)
    yield made
    made.worker.close()
    made.app.state.services.context.close()


def states(bridge: Bridge) -> list[str]:
    return [row["state"] for row in bridge.query("SELECT state FROM messages ORDER BY created_ms")]


def test_a_code_goes_out_is_delivered_and_is_approved(
    bridge: Bridge, smsc: Smsc, capfd: pytest.CaptureFixture[str]
) -> None:
    verification = bridge.keycloak.start().json()["id"]
    bridge.worker.run_once()
    until(lambda: bridge.query("SELECT * FROM receipts"))
    receipts.apply(bridge.context.database)
    assert states(bridge) == ["delivered"]
    text = smsc.texts[0].decode("ascii", "replace")
    assert bridge.keycloak.check(verification, code=text[:6]).json()["status"] == "approved"
    output = "".join(capfd.readouterr())
    assert "example-smsc" in output
    for told in (TO[1:], text[:6], PASSWORD):
        assert told not in output


def test_many_codes_at_once_are_one_message_each_and_one_transaction_writes_them_down(
    bridge: Bridge, smsc: Smsc
) -> None:
    for number in range(30):
        bridge.keycloak.start(to=f"+3932012345{number:02d}", customer_code=f"GEN{number}")
    assert bridge.worker.run_once() == 30
    assert states(bridge) == ["sent"] * 30
    assert sorted(one.destination_addr for one in smsc.taken) == [f"3932012345{number:02d}" for number in range(30)]
    references = {row["provider_reference"] for row in bridge.query("SELECT provider_reference FROM messages")}
    assert references == {smsc.message_id(number) for number in range(30)}


def test_the_example_file_lets_a_production_worker_start_and_a_long_password_does_not() -> None:
    production = environment(
        AREA_CLIENTI_ENV="production",
        SMS_BRIDGE_SMTP_URL="smtps://relay.example",
        SMS_BRIDGE_SMTP_FROM="noreply@mail.example",
        SMS_BRIDGE_SMS_GATEWAY_FILE=str(EXAMPLE),
    )
    with pytest.raises(ConfigurationError, match=r"^SMS_BRIDGE_SMS_GATEWAY_SECRET is not set$"):
        load_worker_settings(production)
    with pytest.raises(ConfigurationError, match="at most 8 characters"):
        load_worker_settings(production | {"SMS_BRIDGE_SMS_GATEWAY_SECRET": "longer-than-8"})
    settings = load_worker_settings(production | {"SMS_BRIDGE_SMS_GATEWAY_SECRET": PASSWORD})
    provider = build_providers(settings)["mobile"]
    assert isinstance(provider, Router)
    assert [(one.provider, provider.capacity) for one in provider.reports()] == [("example-smsc", 32)]
    assert PASSWORD not in repr(settings)
    provider.close()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "carrier-pigeon"}, "kind"),
        ({"tls": "none"}, "tls"),
        ({"tls": "private-network", "ca_file": "/x"}, "ca_file"),
        ({"system_id": "longer-than-fifteen"}, "system_id"),
        ({"window": 0}, "window"),
        ({"statuses": {"88": "retry"}}, "statuses"),
        ({"statuses": {"0x58": "sent"}}, "statuses"),
        ({"name": "smtp"}, "taken"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_its_key(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match="(?s)" + named):
        declared(1, **change)


def test_a_line_in_clear_leaves_this_machine_only_where_the_file_says_so() -> None:
    assert declared(1, host="smsc.example").encrypted
    assert not declared(1, host="smsc.example", tls="private-network").encrypted
    assert not declared(1).encrypted
    assert declared(1, ca_file="/etc/ca.pem").encrypted
