"""Masks as every screen shows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contacts import Channel, Contact
from domain.masking import STARS, EmailMask, MobileMask, mask_contact, mask_email, mask_mobile
from tests.unit.domain.vectors import vectors

VECTORS = vectors("masks")


@pytest.mark.parametrize("case", VECTORS["email"], ids=lambda case: f"{case['style']} {case['value']}")
def test_an_email_is_masked_in_its_brand_s_style(case: dict[str, Any]) -> None:
    assert mask_email(case["value"], EmailMask(case["style"])) == case["mask"]


@pytest.mark.parametrize("case", VECTORS["mobile"], ids=lambda case: case["value"])
def test_a_number_is_masked_in_both_styles(case: dict[str, Any]) -> None:
    assert mask_mobile(case["value"], MobileMask.JOINED) == case["joined"]
    assert mask_mobile(case["value"], MobileMask.SPACED) == case["spaced"]


@given(st.from_regex(r"[a-z0-9]{1,20}@[a-z]{1,10}\.it", fullmatch=True), st.sampled_from(EmailMask))
def test_a_mask_tells_neither_the_length_nor_more_than_three_characters_of_the_name(
    address: str, style: EmailMask
) -> None:
    shown, _, _ = mask_email(address, style).partition("@")
    assert shown.endswith(STARS)
    assert shown.count("*") == 5
    assert len(shown) <= 8
    # At least one character stays hidden unless the whole name is a single one.
    assert len(shown) - 5 < max(len(address.partition("@")[0]), 2)


def test_any_contact_is_masked_by_its_channel() -> None:
    styles = (EmailMask.OPEN_DOMAIN, MobileMask.JOINED)
    assert mask_contact(Contact(Channel.EMAIL, "nnicola@hotmail.it"), *styles) == "nn*****@hotmail.it"
    assert mask_contact(Contact(Channel.MOBILE, "+393201234523"), *styles) == "320*****23"
