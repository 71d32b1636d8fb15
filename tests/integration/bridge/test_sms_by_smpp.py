"""SMS by SMPP 3.4 to SMSCs that are not ours: what they are given, what they answer, and their receipts."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import closing
from pathlib import Path

import pytest

from sms_gateway_bridge.db.tables import LONGEST_REFERENCE
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.providers.base import Submission
from sms_gateway_bridge.providers.smpp.pdus import Pdu
from sms_gateway_bridge.providers.smpp.provider import SmppProvider
from sms_gateway_bridge.worker import Worker
from tests.integration.bridge.esme import PASSWORD, TO, Kept, bound, declared, outgoing, pdus, said, started
from tests.integration.bridge.mail_relay import self_signed
from tests.integration.bridge.smsc import OK, Smsc, running_drive_smpp, running_smsc, until
from tests.support.databases import Databases
from tests.support.fault_proxy import running_fault_proxy
from tests.unit.bridge.conftest import Bridge, build


def test_kannels_smsc_takes_what_a_transmitter_sends(tmp_path: Path) -> None:
    log = tmp_path / "drive_smpp.log"
    with running_drive_smpp(log) as port, bound(port, bind="transmitter") as provider:
        under_way = [started(provider, outgoing(f"message-{number}")) for number in range(100)]
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


def test_what_was_handed_in_is_answered_before_the_session_ends() -> None:
    with running_smsc(stat=None) as smsc:
        with bound(smsc.port, window=2) as provider:
            under_way = [started(provider, outgoing(f"message-{number}")) for number in range(50)]
        assert [one.result(0).outcome for one in under_way] == ["sent"] * 50


def test_who_cannot_be_told_costs_the_window_nothing() -> None:
    def not_to_be_told(_: Submission) -> None:
        raise LookupError

    with running_smsc(stat=None) as smsc, bound(smsc.port, window=1) as provider:
        provider.start(outgoing(), not_to_be_told)
        assert started(provider, outgoing()).result(10).outcome == "sent"


def test_a_number_that_no_field_holds_is_refused_for_good() -> None:
    with running_smsc(stat=None) as smsc, bound(smsc.port) as provider:
        assert said(provider.submit(outgoing(to="+" + "3" * 21))) == ("failed", "no_room_in_field")
        assert smsc.taken == []


@pytest.mark.parametrize(("length", "kept"), [(65, True), (LONGEST_REFERENCE, True), (LONGEST_REFERENCE + 1, False)])
def test_an_id_that_is_longer_than_any_we_can_keep_is_none(length: int, kept: bool) -> None:
    with closing(SmppProvider(declared(1), PASSWORD)) as provider:
        done = provider._settled(Pdu("submit_sm_resp", OK, 1, "x" * length))
    assert done == Submission("sent", "x" * length if kept else None)


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
        under_way = [started(provider, outgoing()) for _ in range(6)]
        until(lambda: smsc.asked == 4)
        assert not wait(under_way, timeout=0.3).done
        assert smsc.asked == 4
        # The four get no answer in time; the line goes on.
        assert [said(one.result(10)) for one in under_way[:4]] == [("unknown", "no_answer_in_time")] * 4
        assert [one.result(10).outcome for one in under_way[4:]] == ["sent", "sent"]


def test_a_contracts_rate_is_kept() -> None:
    with running_smsc(stat=None) as smsc, bound(smsc.port, messages_per_s=50) as provider:
        began = time.monotonic()
        assert {one.result(10).outcome for one in [started(provider, outgoing()) for _ in range(26)]} == {"sent"}
        assert time.monotonic() - began >= 0.5


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
