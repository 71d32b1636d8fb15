"""What a flow begins with, what its codes turn out to be, and the rules that need nothing but brand and flow."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from adapters.flask_portal.repository.flows import Flow
from domain.brands import Brand, OnExpiry, PurposePolicy
from domain.contacts import Contact
from domain.purposes import Purpose

OPEN = frozenset({"waiting", "exhausted", "expired"})
"""Statuses in which a flow still takes codes."""


class Answer(StrEnum):
    """What a code or a link turned out to be; the values are the bridge's, plus the portal's own last four."""

    APPROVED = "approved"
    WRONG = "wrong"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    SUPERSEDED = "superseded"
    CONSUMED = "consumed"
    QUESTIONS = "questions"
    LAPSED = "lapsed"
    REFUSED = "refused"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Start:
    """What a flow begins with; ``customer_code`` None for a contact that is nobody's username.

    ``asked_by``, ``questions``, ``typed`` and ``app`` as in :class:`Flow`; ``earlier``: the flow this browser followed
    before.
    """

    brand: Brand
    purpose: Purpose
    locale: str
    contact: Contact
    customer_code: str | None
    kind: str | None
    greeting_name: str | None
    with_link: bool
    client_ip: str | None
    asked_by: str = "contact"
    questions: str = ""
    typed: str = ""
    app: str | None = None
    earlier: Flow | None = None


def policy_for(brand: Brand, purpose: Purpose) -> PurposePolicy:
    """The brand's policy of a purpose the portal rules; a cancellation's codes live as a recovery's."""
    return brand.purposes.registration if purpose is Purpose.REGISTRATION else brand.purposes.recovery


def has_link(brand: Brand, flow: Flow) -> bool:
    """Whether the flow's messages carry a link beside the code."""
    if flow.purpose == Purpose.REGISTRATION:
        return brand.kind(flow.kind or "").registration_link
    return flow.purpose == Purpose.RECOVERY


def must_repeat_when_expired(brand: Brand, flow: Flow) -> bool:
    """Whether an expired code leads back to the beginning, as the brand says, instead of to a new code."""
    if flow.purpose != Purpose.REGISTRATION or flow.kind is None:
        return False
    return brand.kind(flow.kind).on_expiry is OnExpiry.REPEAT_REGISTRATION


def asks_again(start: Start, earlier: Flow) -> bool:
    """Whether the flow there is stands for the same.

    What was typed has to be the same too, and not only what was found by it: else a browser that tries tax codes with
    one user name would go on with its flow at every wrong one, and begin anew at the right one.
    """
    same = (earlier.brand, earlier.purpose, earlier.kind) == (start.brand.id, start.purpose, start.kind)
    whose = (earlier.customer_code, earlier.contact) == (start.customer_code, start.contact.value)
    how = (earlier.asked_by, earlier.questions, earlier.typed) == (start.asked_by, start.questions, start.typed)
    return same and whose and how and earlier.status in OPEN


def answer_of_status(flow: Flow) -> Answer:
    """What a code typed into a flow that no longer waits for one is answered."""
    return {
        "exhausted": Answer.EXHAUSTED,
        "expired": Answer.EXPIRED,
        "lapsed": Answer.LAPSED,
        "refused": Answer.REFUSED,
    }.get(flow.status, Answer.CONSUMED)


def subject_of(flow: Flow) -> str:
    """Whose guesses the bridge counts: the customer's, or those at one contact that is nobody's user name."""
    if flow.customer_code is not None:
        return flow.customer_code
    return f"decoy-{hashlib.sha256(f'{flow.brand} {flow.contact}'.encode()).hexdigest()[:32]}"
