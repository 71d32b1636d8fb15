"""Messages, the queue and the worker (SECURITY B2, B3, B4): once, in time, and only forward."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import event

from sms_gateway_bridge.messages.queue import Room, Settled, claim, settle, settle_overdue
from sms_gateway_bridge.providers.base import Submission
from tests.unit.bridge.conftest import Bridge, room


def status_of(bridge: Bridge, message: str) -> str:
    return str(bridge.portal.request("GET", f"/v1/messages/{message}").json()["status"])


def test_the_same_key_and_body_get_the_same_answer_and_send_once(bridge: Bridge) -> None:
    answers = [bridge.portal.send_message("key-1") for _ in range(3)]
    assert {(answer.status, answer.body) for answer in answers} == {(202, answers[0].body)}
    assert len(bridge.deliver()) == 1
    assert bridge.portal.send_message("key-1").body == answers[0].body
    assert bridge.deliver() == []


def test_another_body_under_a_used_key_is_a_422(bridge: Bridge) -> None:
    bridge.portal.send_message("key-1")
    answer = bridge.portal.send_message("key-1", locale="en")
    assert (answer.status, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_fifty_copies_at_once_are_one_message(bridge: Bridge) -> None:
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: bridge.portal.send_message("key-1"), range(50)))
    assert len({answer.body for answer in answers}) == 1
    assert len(bridge.deliver()) == 1


def test_keys_of_two_callers_do_not_meet(bridge: Bridge) -> None:
    first = bridge.portal.send_message("key-1").json()["id"]
    assert bridge.keycloak.send_message("key-1", to="bruno@example.com").json()["id"] != first


def test_a_message_without_a_key_is_refused(bridge: Bridge) -> None:
    answer = bridge.portal.request("POST", "/v1/messages", {})
    assert answer.status == 422


def test_a_message_goes_from_queued_to_sent(bridge: Bridge) -> None:
    message = bridge.portal.send_message("key-1").json()["id"]
    assert status_of(bridge, message) == "queued"
    bridge.deliver()
    assert status_of(bridge, message) == "sent"


def test_a_provider_down_for_longer_than_the_validity_sends_nothing_afterwards(bridge: Bridge) -> None:
    bridge.provider.outcomes = [Submission("retry", reason="unreachable")] * 50
    verification = bridge.keycloak.start().json()["id"]
    for _ in range(12):
        bridge.deliver()
        bridge.clock.advance(10)
    bridge.provider.outcomes = []
    bridge.clock.advance(1)
    assert bridge.deliver() == []
    settle_overdue(bridge.context.database)
    assert [row["state"] for row in bridge.query("SELECT state FROM messages")] == ["expired"]
    assert bridge.keycloak.check(verification, code="000000").json()["status"] in ("expired", "wrong")


def test_a_provider_that_comes_back_in_time_sends_one_code_and_it_works(bridge: Bridge) -> None:
    bridge.provider.outcomes = [Submission("retry", reason="unreachable")] * 2
    verification = bridge.keycloak.start().json()["id"]
    assert bridge.deliver() == []
    for _ in range(3):
        bridge.clock.advance(3)
        bridge.deliver()
    assert len(bridge.provider.sent) == 1
    assert bridge.keycloak.check(verification, code=bridge.provider.last.code).json()["status"] == "approved"


def test_a_code_whose_worker_died_is_unknown_and_never_sent_again(bridge: Bridge) -> None:
    verification = bridge.keycloak.start().json()["id"]
    lost = claim(bridge.context.database, bridge.context.hasher, "worker-that-dies", room(5))
    assert len(lost) == 1
    bridge.clock.advance(29)
    assert bridge.deliver() == []
    bridge.clock.advance(2)
    settle_overdue(bridge.context.database)
    assert bridge.deliver() == []
    assert [row["state"] for row in bridge.query("SELECT state FROM messages")] == ["unknown"]
    assert bridge.keycloak.resend(verification).status == 200
    assert len(bridge.deliver()) == 1


def test_a_notice_whose_worker_died_is_taken_over_after_its_lease(bridge: Bridge) -> None:
    message = bridge.portal.send_message("key-1").json()["id"]
    claim(bridge.context.database, bridge.context.hasher, "worker-that-dies", room(5))
    assert bridge.deliver() == []
    bridge.clock.advance(31)
    assert len(bridge.deliver()) == 1
    assert status_of(bridge, message) == "sent"


def test_an_outcome_nobody_knows_is_recorded_as_unknown_and_not_repeated(bridge: Bridge) -> None:
    bridge.provider.outcomes = [Submission("unknown", reason="timeout")]
    bridge.keycloak.start()
    bridge.deliver()
    bridge.clock.advance(60)
    assert bridge.deliver() == []
    assert [row["state"] for row in bridge.query("SELECT state FROM messages")] == ["unknown"]


def test_a_late_outcome_settles_what_was_unknown(bridge: Bridge) -> None:
    bridge.keycloak.start()
    one = claim(bridge.context.database, bridge.context.hasher, "slow", room(5))[0]
    bridge.clock.advance(31)
    settle_overdue(bridge.context.database)
    settle(bridge.context.database, "slow", [Settled(one.row["id"], "sent", "recording", None, None, 1)])
    assert bridge.query("SELECT state FROM messages")[0]["state"] == "sent"


def test_codes_go_before_notices(bridge: Bridge) -> None:
    for number in range(3):
        bridge.portal.send_message(f"key-{number}", to=f"anna{number}@example.com")
        bridge.clock.advance(1)
    bridge.keycloak.start()
    first = claim(bridge.context.database, bridge.context.hasher, "w", room(1))
    assert first[0].row["template"] == "access"


def test_two_workers_never_claim_the_same_message(bridge: Bridge) -> None:
    for number in range(20):
        bridge.keycloak.start(to=f"+3932012345{number:02d}", customer_code=f"GEN{number}")
    database, hasher = bridge.context.database, bridge.context.hasher
    with ThreadPoolExecutor(8) as pool:
        taken = [
            one.row["id"]
            for found in pool.map(lambda n: claim(database, hasher, f"w{n}", room(4)), range(8))
            for one in found
        ]
    assert len(taken) == len(set(taken)) == 20


def test_a_code_that_was_held_up_gives_way_to_the_one_asked_for_since(bridge: Bridge) -> None:
    """Both are claimed together, the newer one first: the older one waited longer for its next try."""
    bridge.provider.outcomes = [Submission("retry", reason="unreachable")] * 6
    verification = bridge.keycloak.start(policy={"validity_s": 300}).json()["id"]
    for seconds in (2, 3, 5, 9, 12):
        bridge.worker.run_once()
        bridge.clock.advance(seconds)
    bridge.worker.run_once()
    assert bridge.keycloak.resend(verification).status == 200
    bridge.clock.advance(40)
    bridge.provider.outcomes.clear()
    (sent,) = bridge.deliver()
    assert bridge.keycloak.check(verification, code=sent.code).json()["status"] == "approved"
    states = bridge.query("SELECT state, reason FROM messages ORDER BY generation")
    assert [dict(row) for row in states] == [
        {"state": "expired", "reason": "superseded"},
        {"state": "sent", "reason": None},
    ]


def test_the_number_of_statements_of_a_round_does_not_grow_with_the_messages(bridge: Bridge) -> None:
    executed: list[str] = []

    @event.listens_for(bridge.context.database.engine, "before_cursor_execute")
    def note(*arguments: Any) -> None:
        executed.append(arguments[2])

    counts = []
    for numbers in (range(2), range(100, 140)):
        for number in numbers:
            bridge.keycloak.start(to=f"+3932012{number:05d}", customer_code=f"G{number}")
            bridge.portal.send_message(f"key-{number}", to=f"anna{number}@example.com")
        # Half of the codes are superseded, and expire.
        bridge.clock.advance(31)
        for number in numbers[::2]:
            bridge.keycloak.start(to=f"+3932012{number:05d}", customer_code=f"G{number}")
        executed.clear()
        database, everything = bridge.context.database, room(100)
        claims = claim(database, bridge.context.hasher, "w", everything)
        assert len(claims) == len(numbers) * 2
        outcomes = ("sent", "failed")
        settle(
            database,
            "w",
            [Settled(one.row["id"], outcomes[place % 2], "p", None, None, 1) for place, one in enumerate(claims)],
        )
        counts.append(len(executed))
    assert counts[0] == counts[1] < 20


def test_each_channel_is_claimed_as_far_as_it_has_room(bridge: Bridge) -> None:
    for number in range(4):
        bridge.keycloak.start(to=f"+3932012345{number:02d}", customer_code=f"G{number}")
        for channel, to in (("email", f"anna{number}@example.com"), ("mobile", f"+3932076543{number:02d}")):
            bridge.portal.send_message(f"{channel}-{number}", channel=channel, to=to)
    for free, expected in (
        ({"mobile": Room(3, 1)}, {("mobile", "code"): 3, ("mobile", "notice"): 1}),
        ({"mobile": Room(0, 0), "email": Room(-1, -1)}, {}),
        ({"mobile": Room(-1, 2), "email": Room(2, 1)}, {("mobile", "notice"): 2, ("email", "notice"): 1}),
        ({"mobile": Room(9, 0), "email": Room(9, 9)}, {("mobile", "code"): 1, ("email", "notice"): 3}),
        (room(9), {("mobile", "notice"): 1}),
    ):
        claims = claim(bridge.context.database, bridge.context.hasher, "w", free)
        assert Counter((one.row["channel"], one.row["kind"]) for one in claims) == expected


def test_expired_and_consumed_rows_are_forgotten_within_a_day(bridge: Bridge) -> None:
    from sms_gateway_bridge.purge import purge

    used, code = bridge.started("portal")
    bridge.portal.check(used, code=code)
    bridge.keycloak.start(to="+393201234500")
    hashes = bridge.query("SELECT code_hash, link_hash FROM verifications WHERE id = :id", id=used)[0]
    assert dict(hashes) == {"code_hash": None, "link_hash": None}
    bridge.clock.advance(172_800 + 86_400)
    purge(bridge.context.database, 30)
    assert bridge.query("SELECT * FROM verifications") == []
    assert bridge.query("SELECT * FROM budget_hits") == []
    assert {row["contact"] for row in bridge.query("SELECT contact FROM messages")} == {""}
    bridge.clock.advance(31 * 86_400)
    purge(bridge.context.database, 30)
    assert bridge.query("SELECT * FROM messages") == []


def test_request_ids_are_kept_while_they_could_be_replayed_and_then_forgotten(bridge: Bridge) -> None:
    from sms_gateway_bridge.purge import purge

    bridge.keycloak.start()
    now = time.time()
    purge(bridge.context.database, 30, real_now_s=lambda: now + 700)
    assert len(bridge.query("SELECT * FROM request_ids")) == 1
    purge(bridge.context.database, 30, real_now_s=lambda: now + 4000)
    assert bridge.query("SELECT * FROM request_ids") == []


def test_purging_spares_what_is_still_good(bridge: Bridge) -> None:
    from sms_gateway_bridge.purge import purge

    verification, code = bridge.started("portal")
    bridge.clock.advance(172_800)
    purge(bridge.context.database, 30)
    assert bridge.portal.check(verification, code=code).json()["status"] == "approved"
