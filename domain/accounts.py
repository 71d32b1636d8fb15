"""The states of an account and the one table of who may move it where.

Keycloak applies the table; the other parts read it to know what they may ask for. `provisioned` is a customer
without credentials; `enabled` in Keycloak is true for `registered` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class AccountState(StrEnum):
    """The attribute `account_state` of a user."""

    PROVISIONED = "provisioned"
    REGISTERED = "registered"
    INACTIVE = "inactive"
    CEASED = "ceased"
    BLOCKED = "blocked"

    @property
    def can_sign_in(self) -> bool:
        """Whether the user is enabled."""
        return self is AccountState.REGISTERED


class Actor(StrEnum):
    """Who moves an account."""

    CUSTOMER = "customer"
    """The customer, with a contact just proved or a confirmed operation."""
    SYNC = "sync"
    """The agency's delivery."""
    CALENDAR = "calendar"
    """Keycloak's workflow: a year without access."""
    ADMINISTRATOR = "administrator"


_PROVISIONED, _REGISTERED, _INACTIVE = AccountState.PROVISIONED, AccountState.REGISTERED, AccountState.INACTIVE
_CEASED, _BLOCKED = AccountState.CEASED, AccountState.BLOCKED

TRANSITIONS: Mapping[tuple[AccountState, AccountState], frozenset[Actor]] = MappingProxyType(
    {
        (_PROVISIONED, _REGISTERED): frozenset({Actor.CUSTOMER}),
        (_REGISTERED, _INACTIVE): frozenset({Actor.CALENDAR}),
        (_INACTIVE, _REGISTERED): frozenset({Actor.CUSTOMER}),
        # Cancellation: the credentials go and the customer may register again.
        (_REGISTERED, _PROVISIONED): frozenset({Actor.CUSTOMER, Actor.ADMINISTRATOR}),
        (_INACTIVE, _PROVISIONED): frozenset({Actor.ADMINISTRATOR}),
        (_PROVISIONED, _CEASED): frozenset({Actor.SYNC}),
        (_REGISTERED, _CEASED): frozenset({Actor.SYNC}),
        (_INACTIVE, _CEASED): frozenset({Actor.SYNC}),
        # Back to where the account came from: to `registered` only if its credentials are still there.
        (_CEASED, _PROVISIONED): frozenset({Actor.SYNC}),
        (_CEASED, _REGISTERED): frozenset({Actor.SYNC}),
        (_CEASED, _INACTIVE): frozenset({Actor.SYNC}),
        # A block outlives whatever a delivery says; only who may block may lift it, and the account goes back to where
        # it came from.
        (_PROVISIONED, _BLOCKED): frozenset({Actor.ADMINISTRATOR}),
        (_REGISTERED, _BLOCKED): frozenset({Actor.ADMINISTRATOR}),
        (_INACTIVE, _BLOCKED): frozenset({Actor.ADMINISTRATOR}),
        (_CEASED, _BLOCKED): frozenset({Actor.ADMINISTRATOR}),
        (_BLOCKED, _PROVISIONED): frozenset({Actor.ADMINISTRATOR}),
        (_BLOCKED, _REGISTERED): frozenset({Actor.ADMINISTRATOR}),
        (_BLOCKED, _INACTIVE): frozenset({Actor.ADMINISTRATOR}),
        (_BLOCKED, _CEASED): frozenset({Actor.ADMINISTRATOR}),
    }
)

REGISTRATION_FROM = frozenset({_PROVISIONED})
"""States a registration may start from."""
RECOVERY_FROM = frozenset({_REGISTERED, _INACTIVE})
"""States a recovery may start from: it never reopens a blocked or ceased account."""


@dataclass(frozen=True, slots=True)
class Account:
    """What Keycloak says of a customer and one contact.

    `is_username`: it is the customer's username; `on_file`: it is among the contacts that may receive a code, which a
    username need not be for ever; `is_access_mobile`: it receives the codes of first access and step-up.
    """

    customer_code: str
    account_state: str
    registered: bool
    is_username: bool
    on_file: bool
    is_access_mobile: bool

    @classmethod
    def read(cls, view: Mapping[str, object]) -> Account:
        """Read an entry of `GET customers?contact=`; raises KeyError for what lacks a field."""
        return cls(
            customer_code=str(view["customer_code"]),
            account_state=str(view["account_state"]),
            registered=bool(view["registered"]),
            is_username=bool(view["is_username"]),
            on_file=bool(view["on_file"]),
            is_access_mobile=bool(view["is_access_mobile"]),
        )


def may_move(actor: Actor, before: AccountState, after: AccountState) -> bool:
    """Return whether `actor` may move an account from one state to another; staying is always allowed."""
    return before is after or actor in TRANSITIONS.get((before, after), frozenset())
