"""How a text becomes submit_sm's: alphabets, segments, headers; and what a receipt's words and ids mean."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway_bridge.providers.smpp.cutting import GSM_7_BIT, UCS_2, WITH_HEADER, Segment, cut
from sms_gateway_bridge.providers.smpp.pdus import MalformedPduError, Pdu, decode, encode
from sms_gateway_bridge.providers.smpp.receipts import answered, as_answered, read_receipt
from sms_gateway_bridge.texts.gsm7 import segments

# Read back as a phone does, from the tables of 3GPP TS 23.038, without our encoder's.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|"}
_EXTENDED[0x65] = "€"


def on_the_phone(parts: list[Segment]) -> str:
    """What a phone shows: each part is decoded by itself, so nothing may have been cut apart."""
    shown = []
    for number, part in enumerate(parts, 1):
        content = part.content
        assert len(content) <= (160 if part.data_coding == GSM_7_BIT else 140)
        if len(parts) > 1:
            assert part.esm_class == WITH_HEADER
            assert content[:3] == b"\x05\x00\x03"
            assert content[3:6] == bytes([parts[0].content[3], len(parts), number])
            content = content[6:]
        shown.append(_gsm(content) if part.data_coding == GSM_7_BIT else content.decode("utf-16-be"))
    return "".join(shown)


def _gsm(content: bytes) -> str:
    codes = iter(content)
    return "".join(_EXTENDED[next(codes)] if code == 0x1B else _BASIC[code] for code in codes)


GSM_TEXT = st.text(alphabet=_BASIC.replace("\x1b", "") + "^{}\\[~]|€", max_size=700)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)


@given(st.one_of(GSM_TEXT, ANY_TEXT), st.integers(0, 255))
def test_whatever_is_cut_reads_the_same_on_the_phone(text: str, reference: int) -> None:
    parts = cut(text, reference)
    assert on_the_phone(parts) == text
    assert {part.data_coding for part in parts} <= {GSM_7_BIT, UCS_2}
    # A part may end early rather than cut a pair apart, so at most one more than what the text is billed for.
    assert segments(text) <= len(parts) <= segments(text) + len(parts) // 60 + 1


@pytest.mark.parametrize(
    ("text", "parts", "coding"),
    [
        ("x" * 160, 1, GSM_7_BIT),
        ("x" * 161, 2, GSM_7_BIT),
        ("€" * 80, 1, GSM_7_BIT),
        ("x" * 152 + "€" * 5, 2, GSM_7_BIT),
        ("ж" * 70, 1, UCS_2),
        ("ж" * 71, 2, UCS_2),
        ("😀" * 35, 1, UCS_2),
        ("😀" * 36, 2, UCS_2),
    ],
)
def test_the_limits_of_a_segment(text: str, parts: int, coding: int) -> None:
    found = cut(text, 7)
    assert (len(found), found[0].data_coding) == (parts, coding)


def test_more_than_255_segments_are_refused() -> None:
    assert len(cut("x" * 153 * 255, 0)) == 255
    with pytest.raises(ValueError, match="too long"):
        cut("x" * (153 * 255 + 1), 0)


def receipt(text: bytes = b"", **fields: object) -> Pdu:
    return Pdu("deliver_sm", 0, 1, **({"esm_class": 0x04, "short_message": text} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pdu", "expected"),
    [
        (receipt(b"id:ab12 sub:001 dlvrd:001 stat:DELIVRD err:000 text:"), ("ab12", "delivered")),
        (receipt(b"id:ab12 stat:UNDELIV"), ("ab12", "failed")),
        (receipt(b"id:ab12 stat:expired"), ("ab12", "expired")),
        (receipt(b"id:ab12 stat:ENROUTE", esm_class=0x20), ("ab12", "sent")),
        (receipt(b"id:other stat:UNDELIV", receipted_id="ab12", message_state=2), ("ab12", "delivered")),
        (receipt(b"id:ab12 stat:UNKNOWN"), None),
        (receipt(b"id:ab12 stat:TELEPORTED"), None),
        (receipt(b"stat:DELIVRD"), None),
        (receipt(b"\xff\x00 not a receipt"), None),
        (receipt(b"id:ab12 stat:DELIVRD", esm_class=0), None),
    ],
)
def test_each_receipt_says_what_its_words_mean(pdu: Pdu, expected: tuple[str, str] | None) -> None:
    assert read_receipt(pdu) == expected


def test_ids_written_in_another_base_are_the_same_id() -> None:
    assert answered("00AB12", "hex-then-decimal") == as_answered("43794", "hex-then-decimal")
    assert answered("0043794", "decimal-then-hex") == as_answered("AB12", "decimal-then-hex")
    assert answered("x-1", "hex-then-decimal") == as_answered("x-1", "hex-then-decimal") == "x-1"


@given(st.binary(max_size=120), st.sampled_from([0x80000004, 0x05, 0x15, 0x80000000, 0x999]))
def test_octets_that_are_no_pdu_raise_one_error_and_nothing_else(body: bytes, command: int) -> None:
    octets = struct.pack(">LLLL", 16 + len(body), command, 0, 9) + body
    found: Pdu | MalformedPduError
    try:
        found = decode(octets)
    except MalformedPduError as error:
        found = error
    assert (found.sequence, found.is_answer) == (9, bool(command & 0x80000000))


def test_a_pdu_shows_neither_its_text_nor_its_number() -> None:
    octets = encode("deliver_sm", 3, source_addr="393201234567", short_message=b"123456 e il codice", esm_class=4)
    shown = repr(decode(octets))
    assert "123456" not in shown
    assert "39320" not in shown
