"""Requests for assistance by whoever cannot register or sign in, and the desk where they are answered.

A request is kept, gets a reference, and is confirmed to the email it gives. The confirmation carries nothing that was
typed but the address: nobody can have words of theirs sent to somebody else in the brand's name.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from string import ascii_uppercase, digits

from adapters.flask_portal.errors import NotFoundError, PortalError
from adapters.flask_portal.gateways.bridge import BridgeGateway, Notice
from adapters.flask_portal.log import logger
from adapters.flask_portal.repository.assistance import AssistanceRequest, AssistanceStore
from adapters.flask_portal.services.budgets import Budgets
from domain.brands import Brand
from domain.clock import Clock

TEMPLATE = "assistance-received"
_READ_FOR_ONE_ANOTHER = "0O1I2Z5S8B"
_ALPHABET = "".join(sign for sign in ascii_uppercase + digits if sign not in _READ_FOR_ONE_ANOTHER)
_GROUPS, _GROUP = 2, 4
_KEPT = timedelta(days=365)
_KEPT_CLOSED = timedelta(days=30)


class Topic(StrEnum):
    """What a request is about; the values stand in addresses."""

    REGISTRATION = "registrazione"
    ACCESS = "accesso"
    CANCELLATION = "cancellazione"
    OTHER = "altro"


@dataclass(frozen=True)
class Wanted:
    """What was typed; ``email`` is canonical, ``client_ip`` where it comes from."""

    topic: Topic
    name: str = field(repr=False)
    email: str = field(repr=False)
    policy_number: str = field(repr=False)
    text: str = field(repr=False)
    locale: str
    customer_code: str | None
    client_ip: str | None


class AssistanceService:
    """Takes requests."""

    def __init__(self, store: AssistanceStore, bridge: BridgeGateway, budgets: Budgets, clock: Clock) -> None:
        self._store = store
        self._bridge = bridge
        self._budgets = budgets
        self._clock = clock

    @staticmethod
    def needs_policy_number(brand: Brand, topic: Topic) -> bool:
        """Whether the brand wants the policy number of whoever has trouble with this."""
        return topic is Topic.REGISTRATION and brand.support.registration_asks_policy_number

    def ask(self, brand: Brand, wanted: Wanted) -> str:
        """Keep the request and have it confirmed; its reference, such as ``A7KC-9XQR``.

        Raises :class:`TooManyRequestsError` when this address, or whoever writes for this email, has asked enough.
        """
        self._budgets.assistance(brand.id, wanted.email, wanted.client_ip)
        now = self._clock.now()
        forget_old(self._store, now)
        reference = _new_reference()
        self._store.add(
            AssistanceRequest(
                reference=reference,
                brand=brand.id,
                topic=wanted.topic,
                name=wanted.name,
                email=wanted.email,
                policy_number=wanted.policy_number,
                text=wanted.text,
                locale=wanted.locale,
                customer_code=wanted.customer_code,
                created_at=now,
            )
        )
        logger.info("assistance_asked", brand=brand.id, topic=wanted.topic, reference=reference)
        self._confirm(brand, wanted, reference)
        return reference

    def _confirm(self, brand: Brand, wanted: Wanted, reference: str) -> None:
        notice = Notice(brand.id, "email", wanted.email, wanted.locale, TEMPLATE, {"reference": reference})
        try:
            self._bridge.notify(notice, key=f"assistance-{reference}")
        except PortalError as error:
            # The request is kept and its reference shown: the confirmation is a courtesy.
            logger.warning("assistance_not_confirmed", reference=reference, reason=error.code)
            return
        self._store.confirmed(reference, self._clock.now())


class AssistanceDesk:
    """Where the requests are read and closed by whoever answers them."""

    def __init__(self, store: AssistanceStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def listed(self, brand: str | None, *, closed_too: bool) -> list[AssistanceRequest]:
        """The requests that are still kept, oldest first; of one brand, or of all."""
        forget_old(self._store, self._clock.now())
        return self._store.listed(brand, closed_too=closed_too)

    def find(self, reference: str) -> AssistanceRequest:
        """The request of a reference, however typed; raises :class:`NotFoundError`."""
        forget_old(self._store, self._clock.now())
        found = self._store.by_reference(_as_given(reference))
        if found is None:
            raise NotFoundError("there is no such request, or it was forgotten")
        return found

    def close(self, reference: str) -> AssistanceRequest:
        """Close it; closing twice is closing once. Raises :class:`NotFoundError`."""
        found = self.find(reference)
        self._store.close(found.reference, self._clock.now())
        return self.find(reference)


def forget_old(store: AssistanceStore, now: datetime) -> None:
    """Delete what was asked a year ago, and what was closed a month ago."""
    store.purge(asked_before=now - _KEPT, closed_before=now - _KEPT_CLOSED)


def _as_given(typed: str) -> str:
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    return "-".join(signs[start : start + _GROUP] for start in range(0, len(signs), _GROUP))


def _new_reference() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
