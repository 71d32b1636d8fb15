"""Delivery receipts (SECURITY B1, B2): signed, stored, applied in any order to the same end, and only to messages."""

import base64
import itertools
import json
import time
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest

from domain.signatures import parse_keys
from sms_gateway_bridge.app import create_app
from sms_gateway_bridge.keys import new_caller_key
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.messages.queue import Settled, claim, settle, settle_overdue
from sms_gateway_bridge.messages.states import PREDECESSORS
from sms_gateway_bridge.providers.receipts import outbox_receipt_keys
from sms_gateway_bridge.purge import purge
from tests.support.bridge_client import Answer, BridgeClient
from tests.unit.bridge.conftest import Bridge, asgi, room

PATH = "/v1/receipts/outbox"
WORDS = {"accepted": "sent", "expired": "expired", "undelivered": "failed", "delivered": "delivered"}
RANK = ["queued", "sending", "unknown", "sent", "expired", "failed", "delivered"]


def provider_of(bridge: Bridge, key: str | None = None) -> BridgeClient:
    """The outbox as a provider, signing with the key derived from the worker's."""
    (derived,) = outbox_receipt_keys(parse_keys(key or bridge.keys["worker"]))
    return BridgeClient(bridge.keycloak.transport, "", "whsec_" + base64.b64encode(derived).decode())


def send(bridge: Bridge, reference: str, word: str, path: str = PATH) -> Answer:
    return provider_of(bridge).request("POST", path, {"reference": reference, "status": word})


def submitted(bridge: Bridge, number: int = 0) -> str:
    bridge.provider.name = "outbox"
    message = bridge.portal.send_message(f"key-{number}", to=f"anna{number}@example.com").json()["id"]
    bridge.deliver()
    return str(message)


def state_of(bridge: Bridge, message: str) -> str:
    return str(bridge.query("SELECT state FROM messages WHERE id = :id", id=message)[0]["state"])


def test_a_receipt_is_stored_answered_at_once_and_applied_by_the_worker(bridge: Bridge) -> None:
    message = submitted(bridge)
    answer = send(bridge, message, "delivered")
    assert (answer.status, answer.json()) == (202, {"status": "accepted"})
    assert state_of(bridge, message) == "sent"
    bridge.worker._next_settle = 0
    bridge.worker.run_once()
    assert state_of(bridge, message) == "delivered"
    assert bridge.query("SELECT * FROM receipts") == []
    assert bridge.portal.request("GET", f"/v1/messages/{message}").json()["status"] == "delivered"


def test_every_order_of_repeated_receipts_ends_in_the_same_state(bridge: Bridge) -> None:
    ends = defaultdict(set)
    for number, words in enumerate(itertools.product(WORDS, repeat=3)):
        message = submitted(bridge, number)
        seen = [state_of(bridge, message)]
        for word in words:
            assert send(bridge, message, word).status == 202
            if number % 2:  # one by one, or all together
                receipts.apply(bridge.context.database)
                seen.append(state_of(bridge, message))
        receipts.apply(bridge.context.database)
        seen.append(state_of(bridge, message))
        assert seen == sorted(seen, key=RANK.index)
        ends[tuple(sorted(words))].add(seen[-1])
    for words, found in ends.items():
        assert found == {max((WORDS[word] for word in words), key=RANK.index)}


def test_the_table_of_states_leads_only_forward_and_never_out_of_delivered() -> None:
    for state, before in PREDECESSORS.items():
        assert all(RANK.index(one) < RANK.index(state) for one in before)
        assert "delivered" not in before


def test_a_receipt_that_overtakes_the_record_of_its_submission_still_counts(bridge: Bridge) -> None:
    bridge.portal.send_message("key-1")
    one = claim(bridge.context.database, bridge.context.hasher, "slow", room(5))[0]
    message = one.row["id"]
    send(bridge, message, "delivered")
    receipts.apply(bridge.context.database)
    settle(bridge.context.database, "slow", [Settled(message, "sent", "outbox", message, None, 1)])
    receipts.apply(bridge.context.database)
    assert state_of(bridge, message) == "delivered"


def test_a_receipt_settles_a_code_whose_outcome_was_unknown(bridge: Bridge) -> None:
    bridge.keycloak.start()
    (one,) = claim(bridge.context.database, bridge.context.hasher, "worker-that-dies", room(5))
    bridge.clock.advance(31)
    settle_overdue(bridge.context.database)
    assert state_of(bridge, one.row["id"]) == "unknown"
    send(bridge, one.row["id"], "delivered")
    receipts.apply(bridge.context.database)
    assert state_of(bridge, one.row["id"]) == "delivered"


@pytest.mark.parametrize("word", WORDS)
def test_a_receipt_never_changes_a_verification(bridge: Bridge, word: str) -> None:
    bridge.provider.name = "outbox"
    verification, code = bridge.started()
    message = bridge.query("SELECT id FROM messages")[0]["id"]
    before = bridge.query("SELECT * FROM verifications")
    send(bridge, message, word)
    send(bridge, verification, word)
    receipts.apply(bridge.context.database)
    assert bridge.query("SELECT * FROM verifications") == before
    assert bridge.keycloak.check(verification, code=code).json()["status"] == "approved"


def test_unknown_messages_words_and_providers_get_the_same_answer_and_change_nothing(bridge: Bridge) -> None:
    message = submitted(bridge)
    known = send(bridge, message, "accepted")
    receipts.apply(bridge.context.database)
    others = [
        send(bridge, "msg_nobody", "delivered"),
        send(bridge, "x" * 500, "delivered"),
        send(bridge, "x\0y", "delivered"),
        send(bridge, message, "teleported"),
        send(bridge, message, "delivered", "/v1/receipts/nobody"),
    ]
    assert {(one.status, one.body, tuple(sorted(one.headers))) for one in others} == {
        (known.status, known.body, tuple(sorted(known.headers)))
    }
    receipts.apply(bridge.context.database)
    assert state_of(bridge, message) == "sent"


def test_a_provider_speaks_only_of_what_was_handed_to_it(bridge: Bridge) -> None:
    message = bridge.portal.send_message("key-1").json()["id"]
    send(bridge, message, "delivered")
    receipts.apply(bridge.context.database)
    assert state_of(bridge, message) == "queued"
    bridge.deliver()  # by the provider named "recording"
    receipts.apply(bridge.context.database)
    assert state_of(bridge, message) == "sent"


def test_strangers_callers_and_replays_are_refused_and_cannot_tell_which_providers_there_are(bridge: Bridge) -> None:
    body = json.dumps({"reference": submitted(bridge), "status": "delivered"}).encode()
    provider = provider_of(bridge)
    headers = provider.headers("POST", PATH, body)
    refusals = []
    for path in (PATH, "/v1/receipts/nobody"):
        stranger = provider_of(bridge, new_caller_key())
        refusals.append(provider.transport("POST", path, stranger.headers("POST", path, body), body))
        refusals.append(provider.transport("POST", path, {}, body))
        for caller in ("worker", "portal"):
            refusals.append(provider.transport("POST", path, bridge.client(caller).headers("POST", path, body), body))
    refusals.append(provider.transport("POST", PATH, headers, body.replace(b"delivered", b"expired")))
    old = replace(provider, now_s=lambda: time.time() - 302)
    refusals.append(provider.transport("POST", PATH, old.headers("POST", PATH, body), body))
    assert {(one.status, one.body) for one in refusals} == {(401, refusals[0].body)}
    assert provider.transport("POST", PATH, headers, body).status == 202
    replay = provider.transport("POST", PATH, headers, body)
    assert (replay.status, replay.json()["code"]) == (401, "request_replayed")
    assert len(bridge.query("SELECT * FROM receipts")) == 1


def test_a_providers_key_opens_nothing_but_receipts(bridge: Bridge) -> None:
    provider = provider_of(bridge)
    for caller in ("", "worker", "provider:outbox"):
        headers = replace(provider, caller=caller).headers("GET", "/v1/proof-keys", b"")
        assert provider.transport("GET", "/v1/proof-keys", headers, b"").status == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"reference": 1, "status": "delivered"}', b'{"reference": "x"}', b"[" * 60_000],
    ids=range(6),
)
def test_a_signed_body_that_is_no_receipt_is_a_422(bridge: Bridge, body: bytes) -> None:
    provider = provider_of(bridge)
    answer = provider.transport("POST", PATH, provider.headers("POST", PATH, body), body)
    assert (answer.status, answer.json()["code"]) == (422, "invalid_request")


def test_the_key_of_the_receipts_rotates_with_the_workers(make_bridge: Any) -> None:
    older, newer = new_caller_key(), new_caller_key()
    bridge = make_bridge(caller_keys={"worker": parse_keys(f"{newer} {older}")})
    for key in (older, newer):
        payload = {"reference": "msg_x", "status": "delivered"}
        body = json.dumps(payload).encode()
        client = provider_of(bridge, key)
        assert client.transport("POST", PATH, client.headers("POST", PATH, body), body).status == 202


def test_in_production_the_outbox_is_no_provider(bridge: Bridge) -> None:
    app = create_app(replace(bridge.settings, environment="production"), clock=bridge.clock)
    client = replace(provider_of(bridge), transport=asgi(app))
    body = b'{"reference": "msg_x", "status": "delivered"}'
    assert client.transport("POST", PATH, client.headers("POST", PATH, body), body).status == 401
    app.state.services.context.close()


def test_receipts_for_nobody_are_forgotten_after_a_day(bridge: Bridge) -> None:
    send(bridge, "msg_nobody", "delivered")
    bridge.clock.advance(86_400)
    purge(bridge.context.database, 30)
    assert len(bridge.query("SELECT * FROM receipts")) == 1
    bridge.clock.advance(1)
    purge(bridge.context.database, 30)
    assert bridge.query("SELECT * FROM receipts") == []
