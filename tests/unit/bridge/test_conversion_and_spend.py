"""What operators see of abuse (SECURITY O5): codes that nobody uses, and a day's money that is used up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from structlog.testing import capture_logs

from sms_gateway_bridge.conversion import AlarmLimits, measure
from sms_gateway_bridge.providers.base import Submission
from sms_gateway_bridge.settings import SendLimits
from tests.unit.bridge.conftest import Bridge
from tests.unit.bridge.test_batches import numbered, send
from tests.unit.bridge.test_operations import metrics, run  # noqa: F401  (a fixture)

LIMITS = AlarmLimits(least_percent=30, least_sent=5)


def sent_and_used(bridge: Bridge, sent: int, used: int, start: str = "+3932012", **fields: object) -> None:
    """Codes of strangers to as many numbers of one range, of which some are entered."""
    for number in range(sent):
        to = f"{start}{number:05d}"
        verification, code = bridge.started("portal", to=to, client_ip=f"203.0.113.{number}", **fields)
        if number < used:
            assert bridge.portal.check(verification, code=code).json()["status"] == "approved"


def measured(bridge: Bridge, limits: AlarmLimits = LIMITS) -> list[tuple[str, str]]:
    """What is logged by a measurement: event and prefix."""
    with capture_logs() as logs:
        measure(bridge.context.database, limits)
    return [(one["event"], one["prefix"]) for one in logs]


def test_codes_to_a_range_that_nobody_enters_raise_one_alarm_which_ends_by_itself(bridge: Bridge, run: Any) -> None:  # noqa: F811
    sent_and_used(bridge, 6, 1)
    assert measured(bridge) == [], "the last codes may still be entered"
    bridge.clock.advance(601)
    assert sorted(measured(bridge)) == [("conversion_alarm_raised", "+39"), ("conversion_alarm_raised", "+39320")]
    assert measured(bridge) == [], "told once"
    shown = run("budgets")
    assert shown.exit_code == 1
    assert "anonymous +39320: 1 of 6 codes used ALARM since 2026-" in shown.output
    for line in ("codes_sent{%s} 6.0", "codes_used{%s} 1.0", "conversion_alarm{%s} 1.0"):
        assert "sms_bridge_" + line % 'audience="anonymous",prefix="+39320"' in metrics(bridge)
    bridge.clock.advance(3600)
    assert sorted(measured(bridge)) == [("conversion_alarm_cleared", "+39"), ("conversion_alarm_cleared", "+39320")]
    assert "conversion_alarm{" not in metrics(bridge)
    assert run("budgets").exit_code == 0


def test_a_bad_range_is_seen_beside_good_ones_and_customers_do_not_hide_strangers(bridge: Bridge) -> None:
    sent_and_used(bridge, 5, 0, start="+3933312")
    sent_and_used(bridge, 6, 6)
    for number in range(6):
        verification, code = bridge.started(to=f"+3933399{number:05d}", customer_code=f"GEN{number}")
        bridge.keycloak.check(verification, f"GEN{number}", code=code)
    bridge.clock.advance(601)
    assert measured(bridge) == [("conversion_alarm_raised", "+39333")]
    rows = bridge.query("SELECT audience, prefix, sent, used FROM conversions ORDER BY audience, prefix")
    assert [tuple(row.values()) for row in rows] == [
        ("anonymous", "+39", 11, 6),
        ("anonymous", "+39320", 6, 6),
        ("anonymous", "+39333", 5, 0),
        ("signed_in", "+39", 6, 6),
        ("signed_in", "+39333", 6, 6),
    ]


def test_few_codes_emails_and_codes_that_no_provider_took_are_no_alarm(bridge: Bridge) -> None:
    sent_and_used(bridge, 4, 0)
    for number in range(6):
        bridge.started("portal", channel="email", to=f"anna{number}@example.com")
    bridge.provider.outcomes = [Submission("failed", reason="http_400")] * 6
    for number in range(6):
        bridge.portal.start(to=f"+3933312{number:05d}")
    assert bridge.deliver() == []
    bridge.clock.advance(601)
    bridge.worker._next_measure = 0  # as every minute
    with capture_logs() as logs:
        bridge.worker.run_once()
    assert logs == []
    assert [row["sent"] for row in bridge.query("SELECT sent FROM conversions")] == [4, 4]


def test_of_several_workers_one_tells_of_an_alarm(bridge: Bridge) -> None:
    sent_and_used(bridge, 5, 0)
    bridge.clock.advance(601)
    with capture_logs() as logs, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: measure(bridge.context.database, LIMITS), range(8)))
    assert len(logs) == 2


def test_the_spend_breaker_is_told_before_it_opens_and_once_when_it_does(make_bridge: Any) -> None:
    bridge = make_bridge(SendLimits(sms_cost_cents=10, daily_anonymous_cents=105, daily_signed_in_cents=50))
    with capture_logs() as logs, ThreadPoolExecutor(8) as pool:
        for number in range(9):
            bridge.portal.start(to=f"+393201234{number:03d}")
        list(pool.map(lambda number: bridge.portal.start(to=f"+393201234{number:03d}").status, range(9, 16)))
    told = [(one["event"], one["audience"], one["spent_cents"]) for one in logs if "spend" in one["event"]]
    assert told == [("spend_near_cap", "anonymous", 90), ("spend_breaker_opened", "anonymous", 100)]
    assert len(bridge.deliver()) == 10
    with capture_logs() as logs:
        send(bridge, *numbered(8))
    assert [one["event"] for one in logs if "spend" in one["event"]] == ["spend_breaker_opened"]
    shown = metrics(bridge)
    for line in (
        'daily_spend_cents{audience="anonymous"} 100.0',
        'daily_spend_cap_cents{audience="signed_in"} 50.0',
        'spend_breaker_open{audience="anonymous"} 1.0',
        'spend_breaker_open{audience="signed_in"} 1.0',
    ):
        assert f"sms_bridge_{line}" in shown
    bridge.clock.advance(86_400)
    assert 'sms_bridge_spend_breaker_open{audience="anonymous"} 0.0' in metrics(bridge)


@pytest.mark.parametrize(("cost", "cap", "sent"), [(0, 0, 3), (5, 0, 0)])
def test_what_costs_nothing_needs_no_money_and_a_cap_of_nothing_sends_nothing(
    make_bridge: Any, cost: int, cap: int, sent: int
) -> None:
    bridge = make_bridge(SendLimits(sms_cost_cents=cost, daily_signed_in_cents=cap))
    bridge.keycloak.start(to="+393209999999")
    send(bridge, *numbered(2))
    assert len(bridge.deliver()) == sent


def test_operators_see_why_sends_were_held_back(bridge: Bridge) -> None:
    def held_back(reason: str, audience: str = "anonymous") -> float:
        label = f'sms_bridge_held_back_total{{audience="{audience}",reason="{reason}"}} '
        return sum(float(line.removeprefix(label)) for line in metrics(bridge).splitlines() if line.startswith(label))

    before = {reason: held_back(reason) for reason in ("prefix", "pause", "address")}
    bridge.portal.start(to="+33612345678")
    for number in range(12):
        bridge.portal.start(to=f"+3932012345{number:02d}", client_ip="203.0.113.9")
    bridge.portal.start(to="+393201234500")
    assert {reason: held_back(reason) - count for reason, count in before.items()} == {
        "prefix": 1,
        "pause": 1,
        "address": 2,
    }
    many = held_back("contact", "notice")
    send(bridge, *(numbered(1)[0] | {"idempotency_key": f"k{number}"} for number in range(7)))
    assert held_back("contact", "notice") - many == 2
