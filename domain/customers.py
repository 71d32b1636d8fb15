"""Words about customers that every part uses."""

from __future__ import annotations

from enum import StrEnum


class CustomerKind(StrEnum):
    """The kind of a customer as the agency records it."""

    PERSON = "person"
    PROFESSIONAL = "professional"
    COMPANY = "company"


class CustomerStatus(StrEnum):
    """Whether the agency still has the customer; only `ceased` closes the account."""

    ACTIVE = "active"
    CEASED = "ceased"
