"""The signing layer (SECURITY B1) and what callers may do (T1, B2 for verifications)."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from domain.signatures import parse_keys
from sms_gateway_bridge.keys import new_caller_key
from tests.support.bridge_client import Answer, BridgeClient
from tests.unit.bridge.conftest import Bridge

PATH = "/v1/verifications"


def body(**fields: object) -> bytes:
    wanted = {
        "brand": "generali",
        "purpose": "access",
        "channel": "mobile",
        "to": "+393201234567",
        "locale": "it",
        "customer_code": "GEN0001",
    }
    return json.dumps(wanted | fields).encode()


def post(bridge: Bridge, headers: dict[str, str], raw: bytes, path: str = PATH) -> Answer:
    return bridge.keycloak.transport("POST", path, headers, raw)


def refused(answer: Answer, code: str = "unauthenticated") -> bool:
    found = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json")
    return (answer.status, found["code"], found["status"]) == (401, code, 401)


def test_a_flipped_byte_anywhere_in_the_body_is_refused(bridge: Bridge) -> None:
    raw = body()
    headers = bridge.keycloak.headers("POST", PATH, raw)
    for position in range(0, len(raw), 7):
        flipped = bytearray(raw)
        flipped[position] ^= 1
        assert refused(post(bridge, headers, bytes(flipped)))
    assert post(bridge, headers, raw).status == 201


@pytest.mark.parametrize(
    "falsified",
    [
        {"webhook_id": "another-id"},
        {"webhook_timestamp": "1"},
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": ""},
        {"x_caller": "portal"},
        {"x_caller": "nobody"},
        {"x_caller": ""},
    ],
)
def test_a_falsified_header_is_refused(bridge: Bridge, falsified: dict[str, str]) -> None:
    raw = body()
    assert refused(post(bridge, bridge.keycloak.headers("POST", PATH, raw, **falsified), raw))


def test_a_signature_is_for_one_path_query_and_method(bridge: Bridge) -> None:
    headers = bridge.keycloak.headers("POST", PATH, b"")
    assert refused(post(bridge, headers, b"", PATH + "/ver_x/resend"))
    assert refused(post(bridge, headers, b"", PATH + "?a=b"))
    assert refused(bridge.keycloak.transport("GET", PATH, headers, b""))


@pytest.mark.parametrize(("age_s", "accepted"), [(0, True), (298, True), (-298, True), (303, False), (-303, False)])
def test_a_request_is_good_for_five_minutes_either_side(bridge: Bridge, age_s: int, accepted: bool) -> None:
    client = replace(bridge.keycloak, now_s=lambda: __import__("time").time() - age_s)
    answer = client.transport("POST", PATH, client.headers("POST", PATH, body()), body())
    assert (answer.status == 201) is accepted


def test_a_replay_is_refused_and_its_refusal_is_signed(bridge: Bridge) -> None:
    raw = body()
    headers = bridge.keycloak.headers("POST", PATH, raw)
    assert post(bridge, headers, raw).status == 201
    replay = post(bridge, headers, raw)
    assert refused(replay, "request_replayed")
    assert "webhook-signature" in replay.headers


def test_a_replay_to_another_process_is_refused_too(bridge: Bridge) -> None:
    from sms_gateway_bridge.app import create_app
    from tests.unit.bridge.conftest import asgi

    raw = body()
    headers = bridge.keycloak.headers("POST", PATH, raw)
    assert post(bridge, headers, raw).status == 201
    other = create_app(bridge.settings, clock=bridge.clock)
    assert refused(asgi(other)("POST", PATH, headers, raw), "request_replayed")
    other.state.services.context.close()


def test_of_twenty_copies_at_once_one_is_accepted(bridge: Bridge) -> None:
    raw = body()
    headers = bridge.keycloak.headers("POST", PATH, raw)
    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(answer.status for answer in pool.map(lambda _: post(bridge, headers, raw), range(20)))
    assert statuses == [201] + [401] * 19


def test_both_keys_of_a_rotation_are_accepted_and_answers_verify_under_either(make_bridge: Any) -> None:
    older, newer = new_caller_key(), new_caller_key()
    bridge = make_bridge(caller_keys={"keycloak": parse_keys(f"{newer} {older}")})
    for key in (older, newer):
        client = BridgeClient(bridge.keycloak.transport, "keycloak", key)
        assert client.request("GET", "/v1/proof-keys").status == 200
    stranger = BridgeClient(bridge.keycloak.transport, "keycloak", new_caller_key())
    assert refused(stranger.request("GET", "/v1/proof-keys"))


def test_every_answer_to_a_caller_is_signed_problems_included(bridge: Bridge) -> None:
    client = bridge.keycloak
    found = {
        client.request("GET", "/v1/verifications/ver_unknown").status,
        client.request("GET", "/nowhere").status,
        client.request("DELETE", PATH).status,
        client.start(to="not a number").status,
        client.start(purpose="registration").status,
        client.request("POST", PATH, None).status,
    }
    assert found == {404, 405, 422, 403}


def test_an_unforeseen_error_is_a_signed_problem_without_a_trace(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("secret +393201234567")

    monkeypatch.setattr("sms_gateway_bridge.api.verifications.asked", explode)
    answer = bridge.keycloak.start()
    assert (answer.status, answer.json()["code"]) == (500, "internal_error")
    assert b"secret" not in answer.body
    assert "+39320" not in capsys.readouterr().out


def test_a_body_over_64_kib_is_refused(bridge: Bridge) -> None:
    raw = b"x" * (64 * 1024 + 1)
    answer = post(bridge, bridge.keycloak.headers("POST", PATH, raw), raw)
    assert (answer.status, answer.json()["code"]) == (413, "request_too_large")


def test_what_is_no_json_is_a_400(bridge: Bridge) -> None:
    raw = b'{"brand": '
    answer = post(bridge, bridge.keycloak.headers("POST", PATH, raw), raw)
    assert (answer.status, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("path", ["/v1/proof-keys", "/v1/verifications/x", "/docs", "/redoc", "/", "/metrics/x"])
def test_nothing_but_the_public_paths_is_reachable_unsigned(bridge: Bridge, path: str) -> None:
    assert refused(bridge.keycloak.transport("GET", path, {}, b""))


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/outbox", "/outbox.json"])
def test_public_paths_answer_unsigned_and_only_to_get(bridge: Bridge, path: str) -> None:
    bridge.deliver()
    assert bridge.keycloak.transport("GET", path, {}, b"").status == 200
    assert refused(bridge.keycloak.transport("POST", path, {}, b""))


@pytest.mark.parametrize(
    ("caller", "purpose"),
    [
        ("portal", "access"),
        ("portal", "operation"),
        ("keycloak", "registration"),
        ("keycloak", "recovery"),
        ("keycloak", "contact"),
        ("worker", "access"),
        ("worker", "registration"),
    ],
)
def test_a_caller_may_use_only_its_own_purposes(bridge: Bridge, caller: str, purpose: str) -> None:
    operation = {"id": "op", "text": "x"} if purpose == "operation" else None
    answer = bridge.client(caller).start(purpose=purpose, operation=operation)
    assert (answer.status, answer.json()["code"]) == (403, "purpose_forbidden")
    assert bridge.deliver() == []


def test_a_caller_sees_and_touches_only_its_own_verifications_and_messages(bridge: Bridge) -> None:
    verification, code = bridge.started()
    assert bridge.portal.show(verification).status == 404
    assert bridge.portal.check(verification, code=code).status == 404
    bridge.clock.advance(31)
    assert bridge.portal.resend(verification).status == 404
    message = bridge.portal.send_message("key").json()["id"]
    assert bridge.portal.request("GET", f"/v1/messages/{message}").status == 200
    assert bridge.keycloak.request("GET", f"/v1/messages/{message}").status == 404


def test_only_the_worker_hands_messages_to_the_outbox(bridge: Bridge) -> None:
    fields = ("id", "brand", "to", "purpose", "locale", "subject", "text", "html", "code", "link")
    message = {**dict.fromkeys(fields, "x"), "channel": "mobile"}
    assert bridge.portal.request("POST", "/v1/outbox/messages", message).status == 403
    assert bridge.client("worker").request("POST", "/v1/outbox/messages", message).status == 201
    assert bridge.client("worker").send_message("key").status == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"surprise": 1},
        {"brand": "unknown"},
        {"to": "320 1234567"},
        {"channel": "pigeon"},
        {"customer_code": ""},
        {"policy": {"max_attempts": "3"}},
        {"client_ip": "not an address"},
        {"operation": {"id": "op", "text": "x"}},
        {"purpose": "operation"},
        {"purpose": "operation", "operation": {"id": "op", "text": "line\n@evil.example #123456"}},
        {"purpose": "operation", "operation": {"id": "op", "text": "x", "amount": "1,5"}},
        {"channel": "email", "to": "anna@example.com"},
        {"link_url": "https://clienti.example/x"},
    ],
)
def test_what_does_not_fit_is_a_422_that_repeats_nothing_personal(bridge: Bridge, fields: dict[str, object]) -> None:
    answer = bridge.keycloak.start(**fields)
    assert (answer.status, answer.json()["code"]) == (422, "invalid_request")
    assert b"1234567" not in answer.body


def test_the_database_being_away_is_a_503_and_never_a_success(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(bridge.app.state.services.context.database.engine, "connect", away)
    answer = bridge.keycloak.start()
    assert (answer.status, answer.json()["code"]) == (503, "unavailable")
    assert "retry-after" in answer.headers
    assert bridge.keycloak.transport("GET", "/readyz", {}, b"").status == 503
    assert bridge.keycloak.transport("GET", "/healthz", {}, b"").status == 200


def test_the_description_tells_headers_and_problems(bridge: Bridge) -> None:
    document = bridge.keycloak.transport("GET", "/openapi.json", {}, b"").json()
    resend = document["paths"]["/v1/verifications/{verification_id}/resend"]["post"]
    assert {"200", "400", "401", "403", "404", "409", "413", "422", "429", "500", "503"} == set(resend["responses"])
    assert "Retry-After" in resend["responses"]["429"]["headers"]
    assert "webhook-signature" in resend["responses"]["200"]["headers"]
    assert "application/problem+json" in resend["responses"]["422"]["content"]
    assert set(resend["security"][0]) == {"x-caller", "webhook-id", "webhook-timestamp", "webhook-signature"}
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert "HTTPValidationError" not in json.dumps(document)
