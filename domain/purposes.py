"""What a one-time code is for."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """The purpose of a verification; the first two are asked by someone who is not signed in."""

    REGISTRATION = "registration"
    RECOVERY = "recovery"
    ACCESS = "access"
    OPERATION = "operation"
    CONTACT = "contact"
    CANCELLATION = "cancellation"

    @property
    def is_anonymous(self) -> bool:
        """Whether a stranger can start it: its budget is then kept apart from the customer's own."""
        return self in ANONYMOUS

    @property
    def yields_proof(self) -> bool:
        """Whether an approved check is answered with a signed proof for Keycloak (docs/contracts.md)."""
        return self in PROVING


ANONYMOUS = frozenset({Purpose.REGISTRATION, Purpose.RECOVERY})
SIGNED_IN = frozenset({Purpose.ACCESS, Purpose.OPERATION, Purpose.CONTACT, Purpose.CANCELLATION})
PROVING = frozenset({Purpose.REGISTRATION, Purpose.RECOVERY, Purpose.CONTACT, Purpose.CANCELLATION})
