"""The PDUs that are written out by hand, held against smpplib's."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway_bridge.providers.smpp.pdus import HEADER, SUBMIT_SM_RESP, Pdu, decode, encode, submit_sm

OCTET = st.integers(0, 255)
VISIBLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "source": st.text(VISIBLE, max_size=20),
    "source_ton": OCTET,
    "source_npi": OCTET,
    "destination": st.text(VISIBLE, max_size=20),
    "destination_ton": OCTET,
    "destination_npi": OCTET,
    "esm_class": OCTET,
    "data_coding": OCTET,
    "registered_delivery": OCTET,
    "validity_period": st.text(VISIBLE, max_size=16),
    "short_message": st.binary(max_size=254),
}
AS_THE_LIBRARY_SAYS = {
    "source": "source_addr",
    "source_ton": "source_addr_ton",
    "source_npi": "source_addr_npi",
    "destination": "destination_addr",
    "destination_ton": "dest_addr_ton",
    "destination_npi": "dest_addr_npi",
}


@given(st.fixed_dictionaries(FIELDS), st.integers(1, 0x7FFFFFFF))
def test_a_submit_sm_is_the_librarys_octet_for_octet(fields: dict[str, Any], sequence: int) -> None:
    theirs = {AS_THE_LIBRARY_SAYS.get(name, name): value for name, value in fields.items()}
    assert submit_sm(sequence, **fields) == encode("submit_sm", sequence, **theirs)


@pytest.mark.parametrize(
    "changed",
    [
        {"source": "x" * 21},
        {"source": "a\0b"},
        {"source": "Società"},
        {"destination": "3" * 21},
        {"validity_period": "0" * 17},
        {"short_message": b"x" * 256},
        {"data_coding": 256},
    ],
)
def test_what_has_no_room_in_a_field_makes_no_pdu(changed: dict[str, Any]) -> None:
    whole = {"short_message": b"x", "source": "GENERALI", "destination": "393201234567", "validity_period": ""}
    numbers = {name: 0 for name in FIELDS if name not in whole}
    assert submit_sm(1, **numbers, **whole)
    with pytest.raises(ValueError, match=r"room|range|ascii"):
        submit_sm(1, **(numbers | whole | changed))


@given(st.text(VISIBLE, max_size=64), st.sampled_from([0, 8, 0x58]), st.integers(1, 0x7FFFFFFF))
def test_an_answer_with_an_id_or_without_is_read(message_id: str, status: int, sequence: int) -> None:
    expected = Pdu("submit_sm_resp", status, sequence, message_id or None)
    assert decode(encode("submit_sm_resp", sequence, status=status, message_id=message_id)) == expected


@pytest.mark.parametrize("body", [b"", b"\0", b"ab12", b"ab12\0", b"ab12\0\x00\x1e\x00\x02x\0"])
def test_an_answer_may_lack_its_id_or_have_more_than_that(body: bytes) -> None:
    octets = struct.pack(">LLLL", HEADER.size + len(body), SUBMIT_SM_RESP, 0, 9) + body
    assert decode(octets).message_id == ("ab12" if body.startswith(b"ab12") else None)
