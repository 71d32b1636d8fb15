"""Verifications that are asked for at once start in one transaction, as if they had come one after the other."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select

from domain.purposes import Purpose
from sms_gateway_bridge import app as application
from sms_gateway_bridge.api.caller import Services
from sms_gateway_bridge.budgets import admit
from sms_gateway_bridge.context import Context
from sms_gateway_bridge.db.tables import budget_hits, daily_spend, locks, messages, verifications
from sms_gateway_bridge.errors import TooSoonError, VerificationClosedError
from sms_gateway_bridge.fingerprints import Hasher
from sms_gateway_bridge.keys import new_hash_key, read_hash_keys
from sms_gateway_bridge.settings import SendLimits
from sms_gateway_bridge.verifications import asking, starting
from sms_gateway_bridge.verifications.asking import Asked, NewVerification, Operation
from sms_gateway_bridge.verifications.starting import start_many
from tests.unit.bridge.conftest import START_MS, Bridge

TABLES = (verifications, messages, budget_hits, daily_spend, locks)

# So narrow that a handful of requests meets every one of them.
NARROW = SendLimits(
    gap_s=2,
    per_contact=3,
    contact_window_s=10,
    per_ip=3,
    ip_window_s=20,
    sms_cost_cents=5,
    daily_anonymous_cents=27,
    daily_signed_in_cents=22,
)
NUMBERS = ("+393201234567", "+393201234568", "+33612345678")
ADDRESSES = ("anna@example.com", "bruno@example.com")


@st.composite
def wishes(draw: st.DrawFn) -> tuple[str, NewVerification]:
    """Who asks, and for what: few contacts, customers, flows and clients, so that they meet."""
    purpose = draw(st.sampled_from([Purpose.REGISTRATION, Purpose.RECOVERY, Purpose.ACCESS, Purpose.OPERATION]))
    anonymous = purpose.is_anonymous
    channel = draw(st.sampled_from(["mobile", "mobile", "email"])) if anonymous else "mobile"
    wanted = NewVerification(
        brand="generali",
        purpose=purpose,
        channel=channel,
        to=draw(st.sampled_from(ADDRESSES if channel == "email" else NUMBERS)),
        locale="it",
        customer_code=draw(st.sampled_from(["G1", "G2"])),
        flow_id=draw(st.sampled_from([None, "flow-a", "flow-b"])) if anonymous else None,
        client_ip=draw(st.sampled_from([None, "203.0.113.9", "203.0.113.10"])),
        link_url="https://clienti.example/l" if anonymous else None,
        operation=Operation("op", "Domicilio") if purpose is Purpose.OPERATION else None,
        decoy=anonymous and draw(st.booleans()),
    )
    return ("portal" if anonymous else "keycloak"), wanted


# Groups, each with the seconds that pass before it.
GROUPS = st.lists(st.tuples(st.sampled_from([0, 1, 2, 7, 20]), st.lists(wishes(), min_size=1, max_size=8)), max_size=5)


@pytest.fixture
def two(make_bridge: Any) -> tuple[Bridge, Bridge]:
    """Two bridges that know contacts by the same marks."""
    one = make_bridge(NARROW)
    return one, make_bridge(NARROW, hash_keys=one.settings.hash_keys)


def test_a_group_fares_as_the_same_requests_one_after_the_other(two: tuple[Bridge, Bridge]) -> None:
    (old,) = two[0].settings.hash_keys
    (new,) = read_hash_keys("X", new_hash_key())

    @given(GROUPS, st.integers(0, 5))
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def check(groups: list[tuple[int, list[tuple[str, NewVerification]]]], rotated_at: int) -> None:
        found = []
        for bridge, together in zip(two, (True, False), strict=True):
            empty(bridge)
            bridge.clock.ms, ids = START_MS, []
            for place, (seconds, group) in enumerate(groups):
                bridge.clock.advance(seconds)
                hasher = Hasher([new, old] if place >= rotated_at else [old])
                context = replace(services(bridge).context, hasher=hasher)
                asked = [asking.asked(context, caller, wanted, f"{n:032x}") for n, (caller, wanted) in enumerate(group)]
                for part in [asked] if together else [[one] for one in asked]:
                    ids += [one.id for one in start_many(context, part)]
            found.append(everything(bridge, ids))
        assert found[0] == found[1]

    check()


def of_customer(bridge: Bridge, number: int, **changes: Any) -> Asked:
    wanted = NewVerification(
        brand="generali",
        purpose=Purpose.ACCESS,
        channel="mobile",
        to=f"+3932012{number:05d}",
        locale="it",
        customer_code=f"G{number}",
    )
    return asking.asked(services(bridge).context, "keycloak", replace(wanted, **changes), "0" * 32)


def test_the_number_of_statements_does_not_grow_with_the_group(bridge: Bridge) -> None:
    context, executed = services(bridge).context, []

    @event.listens_for(context.database.engine, "before_cursor_execute")
    def note(*arguments: Any) -> None:
        executed.append(arguments[2])

    counts = []
    for group in (range(2), range(100, 200)):
        executed.clear()
        # Again, so that there is something to supersede.
        for _ in range(2):
            bridge.clock.advance(31)
            start_many(context, [of_customer(bridge, number) for number in group])
        counts.append(len(executed))
    assert counts[0] == counts[1] < 30


def test_groups_of_several_processes_resends_and_workers_do_not_stand_in_each_others_way(
    bridge: Bridge,
) -> None:
    """In opposite orders: who took locks as they come would wait for somebody who waits for it."""
    generous = SendLimits(gap_s=0, per_contact=10**6)
    one, other = (replace(services(bridge).context, limits=generous) for _ in range(2))
    asked = [of_customer(bridge, number, to=f"+393201234{number % 7:03d}", resend_after_s=0) for number in range(40)]
    first = [started.id for started in start_many(one, asked)]

    def start(context: Context, group: Sequence[Asked]) -> None:
        for _ in range(12):
            start_many(context, group)

    def send_again() -> None:
        for number, name in enumerate(first):
            with contextlib.suppress(VerificationClosedError, TooSoonError):
                starting.resend(one, "keycloak", name, f"G{number}", client_ip=None, trace_id="0" * 32)

    with ThreadPoolExecutor(4) as threads:
        done = [
            threads.submit(start, one, asked),
            threads.submit(start, other, asked[::-1]),
            threads.submit(send_again),
            threads.submit(bridge.deliver),
        ]
        for one_done in done:
            one_done.result(60)
    assert bridge.query("SELECT count(*) AS n FROM verifications WHERE state = 'pending'") == [{"n": 40}]


@pytest.mark.parametrize("shared", ["customer_code", "to", "client_ip"])
def test_what_two_processes_count_at_once_they_count_one_after_the_other(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    """Both would be admitted, and neither would supersede the other, if they could look at the same time."""
    both_look = threading.Barrier(2)

    def look(*arguments: Any) -> list[bool]:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_look.wait(0.5)
        return admit(*arguments)

    monkeypatch.setattr(starting, "admit", look)
    one, other = (replace(services(bridge).context, limits=SendLimits(per_ip=1)) for _ in range(2))
    common = {"customer_code": "G1", "to": "+393201234567", "client_ip": "203.0.113.9"}[shared]
    purpose = Purpose.CONTACT if shared == "customer_code" else Purpose.REGISTRATION
    wanted = [replace(of_customer(bridge, n).wanted, purpose=purpose, **{shared: common}) for n in range(2)]
    asked = [asking.asked(one, "portal", each, "0" * 32) for each in wanted]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(start_many, (one, other), ([asked[0]], [asked[1]])))
    good = bridge.query("SELECT id FROM verifications WHERE state = 'pending' AND NOT suppressed")
    assert len(good) == 1


def test_who_waited_too_long_is_told_to_ask_again_and_gets_no_code(
    make_bridge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "LONGEST_WAIT_S", 0.3)
    begun, let_go = threading.Event(), threading.Event()

    def slowly(context: Context, together: Sequence[Asked]) -> Any:
        begun.set()
        assert let_go.wait(30)
        return start_many(context, together)

    monkeypatch.setattr(application, "start_many", slowly)
    bridge = make_bridge()
    with ThreadPoolExecutor(2) as callers:
        first = callers.submit(bridge.keycloak.start)
        assert begun.wait(30)
        late = callers.submit(bridge.keycloak.start, to="+393209999999", customer_code="G9")
        while not services(bridge).starting._waiting:
            time.sleep(0.01)
        time.sleep(0.4)
        let_go.set()
        answer = late.result(30)
    assert (answer.status, answer.json()["code"]) == (503, "unavailable")
    assert first.result(30).status == 201
    assert len(bridge.deliver()) == 1


def test_what_is_superseded_is_held_in_the_order_in_which_workers_hold_it(bridge: Bridge) -> None:
    context = services(bridge).context
    older: list[str] = []
    while sorted(older) == older:
        older = [start_many(context, [of_customer(bridge, number)])[0].id for number in range(2)]
        bridge.clock.advance(31)
    low, high = sorted(older)
    one = select(verifications.c.id).with_for_update()
    with ThreadPoolExecutor(1) as threads:
        with bridge.context.database.write() as connection:
            connection.execute(one.where(verifications.c.id == low))
            starting_anew = threads.submit(start_many, context, [of_customer(bridge, number) for number in range(2)])
            time.sleep(0.3)
            # It waits for the lower one, and holds nothing that a worker wants next.
            connection.execute(one.where(verifications.c.id == high))
        assert len(starting_anew.result(30)) == 2


def test_one_that_may_not_be_asked_for_takes_none_of_the_others_with_it(bridge: Bridge) -> None:
    with ThreadPoolExecutor(8) as callers:
        wishes = [{"to": f"+39320123450{n}", "customer_code": f"G{n}"} for n in range(6)]
        wrong = [{"to": "not a number"}, {"purpose": "registration"}]
        answers = list(callers.map(lambda fields: bridge.keycloak.start(**fields).status, [*wrong, *wishes]))
    assert answers == [422, 403, *[201] * 6]
    assert len(bridge.deliver()) == 6


def services(bridge: Bridge) -> Services:
    found = bridge.app.state.services
    assert isinstance(found, Services)
    return found


def everything(bridge: Bridge, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """All that was stored, with numbers in the order of the answers for ids."""
    number = {name: place for place, name in enumerate(ids)}
    rows = {}
    with bridge.context.database.read() as connection:
        for table in TABLES:
            rows[table.name] = [dict(row) for row in connection.execute(select(table)).mappings()]
    for row in rows["verifications"]:
        row["id"] = number[row["id"]]
    for row in rows["messages"]:
        row["id"], row["verification_id"] = None, number[row["verification_id"]]
    rows["daily_spend"] = [row for row in rows["daily_spend"] if row["cents"]]
    for row in rows["budget_hits"]:
        del row["id"]
    return {name: sorted(found, key=str) for name, found in rows.items()}


def empty(bridge: Bridge) -> None:
    with bridge.context.database.write() as connection:
        for table in TABLES:
            connection.execute(delete(table))
