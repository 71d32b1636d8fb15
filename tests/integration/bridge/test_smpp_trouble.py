"""SMPP in trouble: an SMSC that is too busy or refuses, lines that break, stall or are not there."""

from __future__ import annotations

import pytest

from sms_gateway_bridge.errors import UnavailableError
from sms_gateway_bridge.providers.smpp.provider import SmppProvider
from tests.integration.bridge.esme import PASSWORD, Kept, bound, declared, keeping, outgoing, pdus, said, started
from tests.integration.bridge.smsc import OK, THROTTLED, running_smsc, until
from tests.support.fault_proxy import running_fault_proxy


def test_an_smsc_that_is_too_busy_slows_us_down_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms_gateway_bridge.providers.smpp.provider._PATIENCE_S", 30)  # this machine may be busy, too
    busy = [True]
    with (
        running_smsc(answer=lambda number: THROTTLED if busy[0] and number % 3 else OK, stat=None) as smsc,
        bound(smsc.port) as provider,
    ):
        under_way = [started(provider, outgoing(f"n{number}")) for number in range(30)]
        until(lambda: provider._pace.interval >= 0.02)
        busy[0] = False
        assert {one.result(20).outcome for one in under_way} == {"sent"}
        assert sorted(smsc.texts) == sorted(f"n{number}".encode() for number in range(30))
        until(lambda: provider.submit(outgoing()).outcome == "sent" and not provider._pace.interval)


def test_an_smsc_that_stays_busy_gives_the_message_back_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms_gateway_bridge.providers.smpp.provider._PATIENCE_S", 0.3)
    with running_smsc(answer=lambda _number: THROTTLED) as smsc, bound(smsc.port) as provider:
        assert said(provider.submit(outgoing())) == ("retry", "smpp_0x58")
        assert smsc.asked > 1
        assert smsc.taken == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0x0B, "failed"), (0x0A, "failed"), (0x45, "retry"), (0x64, "retry"), (0x08, "unknown"), (0xFF, "unknown"),
     (0x04, "retry")],
)  # fmt: skip
def test_each_refusal_means_what_the_table_says(status: int, outcome: str) -> None:
    with running_smsc(answer=lambda _number: status) as smsc, bound(smsc.port) as provider:
        assert said(provider.submit(outgoing())) == (outcome, f"smpp_{status:#x}")


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
        under_way = [started(provider, outgoing(f"n{number}")) for number in range(20)]
        assert {one.result(10).outcome for one in under_way} == {"sent"}
        assert len(set(smsc.texts)) == 20


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
