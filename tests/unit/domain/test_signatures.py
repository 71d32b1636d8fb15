"""Signatures between callers and bridge: the vectors both languages run, and every bit that must count."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.signatures import SignatureError, parse_keys, sign_answer, sign_request, verify_answer, verify_request
from tests.unit.domain.vectors import vectors

VECTORS = vectors("signatures")


def _verify_request(case: dict[str, Any]) -> None:
    verify_request(
        [key for text in case["keys"] for key in parse_keys(text)],
        case["signature"],
        message_id=case["id"],
        timestamp=str(case["timestamp"]),
        method=case["method"],
        path=case["path"],
        body=case["body"].encode(),
        now_s=case["now"],
    )


def _verify_answer(case: dict[str, Any]) -> None:
    verify_answer(
        [key for text in case["keys"] for key in parse_keys(text)],
        case["signature"],
        message_id=case["id"],
        status=case["status"],
        body=case["body"].encode(),
    )


@pytest.mark.parametrize("case", VECTORS["requests"], ids=lambda case: case["name"])
def test_a_request_is_accepted_exactly_when_it_was_signed_as_it_is(case: dict[str, Any]) -> None:
    if case["valid"]:
        _verify_request(case)
    else:
        with pytest.raises(SignatureError) as refusal:
            _verify_request(case)
        assert refusal.value.code == case["code"]


@pytest.mark.parametrize("case", VECTORS["answers"], ids=lambda case: case["name"])
def test_an_answer_is_accepted_exactly_when_it_was_signed_as_it_is(case: dict[str, Any]) -> None:
    if case["valid"]:
        _verify_answer(case)
    else:
        with pytest.raises(SignatureError) as refusal:
            _verify_answer(case)
        assert refusal.value.code == case["code"]


@pytest.mark.parametrize("case", VECTORS["keys"], ids=lambda case: case["text"][:12])
def test_keys_are_read_as_the_contract_writes_them(case: dict[str, Any]) -> None:
    if "count" in case:
        assert len(parse_keys(case["text"])) == case["count"]
    else:
        with pytest.raises(SignatureError) as refusal:
            parse_keys(case["text"])
        assert refusal.value.code == case["error"]


def test_signing_makes_what_the_vectors_hold() -> None:
    case = VECTORS["requests"][0]
    keys = parse_keys(case["keys"][0])
    signed = sign_request(
        keys,
        message_id=case["id"],
        timestamp=case["timestamp"],
        method=case["method"],
        path=case["path"],
        body=case["body"].encode(),
    )
    assert signed == case["signature"]
    answer = VECTORS["answers"][0]
    made = sign_answer(keys, message_id=answer["id"], status=answer["status"], body=answer["body"].encode())
    assert made == answer["signature"]


@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_any_flipped_bit_of_the_body_breaks_the_signature(body: bytes, place: int, bit: int) -> None:
    keys = parse_keys(VECTORS["requests"][0]["keys"][0])
    signature = sign_answer(keys, message_id="m", status=200, body=body)
    verify_answer(keys, signature, message_id="m", status=200, body=body)
    if body:
        flipped = bytearray(body)
        flipped[place % len(body)] ^= 1 << bit
        with pytest.raises(SignatureError):
            verify_answer(keys, signature, message_id="m", status=200, body=bytes(flipped))


def test_missing_headers_are_refused_as_malformed() -> None:
    keys = parse_keys(VECTORS["requests"][0]["keys"][0])
    with pytest.raises(SignatureError) as refusal:
        verify_request(keys, None, message_id=None, timestamp=None, method="GET", path="/", body=b"", now_s=0)
    assert refusal.value.code == "signature_malformed"
