"""How a contact is shown to its owner: in its own letters where nobody is deceived."""

from __future__ import annotations

from typing import Any

import pytest

from domain.contacts import canonical_email
from domain.readable import readable
from tests.unit.domain.vectors import vectors


@pytest.mark.parametrize("case", vectors("contacts")["readable"], ids=lambda case: case["shown"])
def test_a_contact_is_shown_in_its_own_letters_or_in_ascii(case: dict[str, Any]) -> None:
    assert readable(case["canonical"]) == case["shown"]
    if "@" in case["shown"]:
        assert canonical_email(case["shown"]) == case["canonical"], "what is shown can be typed"


@pytest.mark.parametrize("domain", ["xn--a.example", "xn--.example", "xn--zzzzzzzzzz99.example"])
def test_what_is_no_domain_is_shown_as_it_is(domain: str) -> None:
    assert readable(f"anna@{domain}") == f"anna@{domain}"
