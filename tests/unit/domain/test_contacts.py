"""Canonical contacts: the shared vectors, and properties no list of examples can show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import contacts
from domain.contacts import (
    Channel,
    Contact,
    ContactError,
    ContactMalformedError,
    canonical_email,
    canonical_landline,
    canonical_mobile,
    contact,
    parse_contact,
)
from tests.unit.domain.vectors import vectors

VECTORS = vectors("contacts")
CANONICAL = {"email": canonical_email, "mobile": canonical_mobile, "landline": canonical_landline}


def _name(case: dict[str, Any]) -> str:
    return f"{case.get('channel', '')} {case['raw'][:30]!r}"


@pytest.mark.parametrize("case", [one for one in VECTORS["contacts"] if "canonical" in one], ids=_name)
def test_a_contact_however_written_has_one_canonical_form(case: dict[str, Any]) -> None:
    canonical = CANONICAL[case["channel"]]
    assert canonical(case["raw"]) == case["canonical"]
    assert canonical(case["canonical"]) == case["canonical"]
    assert contact(Channel(case["channel"]), case["raw"]).value == case["canonical"]


@pytest.mark.parametrize("case", [one for one in VECTORS["contacts"] if "error" in one], ids=_name)
def test_what_is_no_such_contact_is_refused_with_its_code(case: dict[str, Any]) -> None:
    with pytest.raises(ContactError) as refusal:
        CANONICAL[case["channel"]](case["raw"])
    assert refusal.value.code == case["error"]


@pytest.mark.parametrize("case", VECTORS["prefixes"], ids=_name)
def test_a_mobile_is_held_to_the_allowed_prefixes(case: dict[str, Any]) -> None:
    if "canonical" in case:
        assert canonical_mobile(case["raw"], case["allowed"]) == case["canonical"]
    else:
        with pytest.raises(ContactError) as refusal:
            canonical_mobile(case["raw"], case["allowed"])
        assert refusal.value.code == case["error"]


def test_the_channel_is_told_by_the_at_sign() -> None:
    assert parse_contact("Mario@Example.it") == Contact(Channel.EMAIL, "mario@example.it")
    assert parse_contact("320 1234567") == Contact(Channel.MOBILE, "+393201234567")


def test_a_contact_does_not_show_its_value_when_printed() -> None:
    assert "mario" not in repr(parse_contact("mario@example.it"))


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_contact(text: str) -> None:
    try:
        found = parse_contact(text)
    except ContactError as refusal:
        assert str(refusal) == refusal.code  # noqa: PT017
    else:
        assert parse_contact(found.value) == found


@given(st.from_regex(r"3[2-9][0-9]{8}", fullmatch=True), st.sampled_from(["", "+39", "0039", "+39 ", "0039-"]))
def test_separators_and_the_italian_prefix_never_change_a_mobile(digits: str, prefix: str) -> None:
    try:
        plain = canonical_mobile(digits)
    except ContactMalformedError:
        return
    assert canonical_mobile(f"{prefix}{digits[:3]} {digits[3:6]}.{digits[6:]}") == plain == f"+39{digits}"


@given(
    start=st.sampled_from(["", "+39", "0039", "+", "00", "39", "+390"]),
    first=st.sampled_from(["3", "31", "32", "39", "43", "0"]),
    digits=st.text("0123456789", min_size=4, max_size=10),
)
def test_an_italian_mobile_is_read_as_the_library_reads_it(start: str, first: str, digits: str) -> None:
    written = f"{start}{first}{digits}"
    assert _read(written) == _by_the_library(written)


def test_most_italian_mobiles_are_read_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "_parse_number", lambda _: pytest.fail("the library was asked"))
    assert [canonical_mobile(raw) for raw in ("320 1234567", "+39 333.1234567", "0039 347 123456")] == [
        "+393201234567",
        "+393331234567",
        "+39347123456",
    ]


def _read(written: str) -> str:
    try:
        return canonical_mobile(written)
    except ContactError as error:
        return error.code


def _by_the_library(written: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contacts, "_ITALIAN_MOBILE", re.compile("(?!)"))
        return _read(written)
