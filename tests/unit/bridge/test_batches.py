"""`POST /v1/messages/batch`: every notice once per key, within its budgets, and answered by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sms_gateway_bridge.settings import SendLimits
from tests.support.bridge_client import Answer
from tests.unit.bridge.conftest import Bridge


def entry(key: str, **changes: object) -> dict[str, object]:
    return {
        "idempotency_key": key,
        "brand": "generali",
        "channel": "mobile",
        "to": "+393201234567",
        "locale": "it",
        "template": "recovery-completed",
        "parameters": {"greeting_name": "Anna"},
    } | changes


def send(bridge: Bridge, *entries: dict[str, object]) -> Answer:
    return bridge.portal.request("POST", "/v1/messages/batch", {"messages": list(entries)})


def numbered(count: int) -> list[dict[str, object]]:
    return [entry(f"key-{number}", to=f"+3932012{number:05d}") for number in range(count)]


def test_a_batch_is_accepted_whole_and_every_message_sent_once(bridge: Bridge) -> None:
    answer = send(bridge, *numbered(40))
    assert answer.status == 202
    ids = [one["id"] for one in answer.json()["messages"]]
    assert len(set(ids)) == 40
    assert sorted(one.to for one in bridge.deliver()) == [f"+3932012{number:05d}" for number in range(40)]
    assert send(bridge, *numbered(40)).json() == answer.json()
    assert bridge.deliver() == []
    status = bridge.portal.request("GET", f"/v1/messages/{ids[7]}").json()["status"]
    assert status == "sent"


def test_each_message_is_answered_by_itself(bridge: Bridge) -> None:
    send(bridge, entry("used"))
    answer = send(
        bridge,
        entry("fine", to="+393201111111"),
        entry("used", locale="en"),
        entry("nobody", brand="nobody"),
        entry("landline", to="+39 320 1234567"),
        entry("fine", to="+393201111111"),
        entry("fine", to="+393202222222"),
    ).json()["messages"]
    assert [one["status"] for one in answer] == ["queued", "refused", "refused", "refused", "queued", "refused"]
    codes = [one["code"] for one in answer if one["status"] == "refused"]
    assert codes == ["idempotency_key_reused", "invalid_request", "invalid_request", "idempotency_key_reused"]
    assert answer[0]["id"] == answer[4]["id"]
    assert sorted(one.to for one in bridge.deliver()) == ["+393201111111", "+393201234567"]


def test_the_same_batch_from_twelve_sides_at_once_is_one(bridge: Bridge) -> None:
    entries = numbered(10)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda turn: send(bridge, *(entries if turn % 2 else entries[::-1])), range(12)))
    assert {answer.status for answer in answers} == {202}
    found = {tuple(sorted(one["id"] for one in answer.json()["messages"])) for answer in answers}
    assert len(found) == 1
    assert len(bridge.deliver()) == 10


def test_budgets_hold_within_a_batch_as_across_single_posts(make_bridge: Any) -> None:
    bridge = make_bridge(SendLimits(per_contact=2, sms_cost_cents=10, daily_signed_in_cents=40))
    to = "+393201234567"
    answer = send(bridge, *(entry(f"same-{number}") for number in range(4)), entry("abroad", to="+4915112345678"))
    # Who asks cannot tell which were held back.
    assert {one["status"] for one in answer.json()["messages"]} == {"queued"}
    assert [one.to for one in bridge.deliver()] == [to, to]
    assert bridge.portal.send_message("single", channel="mobile", to=to).status == 202
    assert bridge.deliver() == []
    send(bridge, *(entry(f"other-{number}", to=f"+39320765432{number}") for number in range(4)))
    assert len(bridge.deliver()) == 2, "the day's money pays for four"
    assert bridge.query("SELECT cents FROM daily_spend") == [{"cents": 40}]
    send(bridge, entry("mail", channel="email", to="anna.rossi@example.com"))
    assert len(bridge.deliver()) == 1, "an email costs nothing"


def test_what_is_no_batch_is_refused_whole(bridge: Bridge) -> None:
    for messages in ([], [entry("a b")], [entry("x", colour="red")], [{"to": "+393201234567"}], numbered(501)):
        answer = send(bridge, *messages)
        assert (answer.status, answer.json()["code"]) == (422, "invalid_request")
    assert bridge.client("worker").request("POST", "/v1/messages/batch", {"messages": numbered(1)}).status == 403
    assert bridge.query("SELECT id FROM messages") == []


def test_a_batch_may_be_larger_than_other_requests_but_not_without_end(bridge: Bridge) -> None:
    wide = [entry(f"{number:03d}" + "k" * 190, to=f"+3932012{number:05d}") for number in range(300)]
    assert send(bridge, *wide).status == 202
    assert len(bridge.query("SELECT id FROM messages")) == 300
    path = "/v1/messages/batch"
    answer = bridge.portal.transport("POST", path, bridge.portal.headers("POST", path, b"x"), b"x" * (1024 * 1024 + 1))
    assert answer.status == 413
