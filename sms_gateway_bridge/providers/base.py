"""What a provider is: it submits one message and says, in canonical terms, what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import structlog

from sms_gateway_bridge.messages.states import State
from sms_gateway_bridge.metrics import SUBMISSION_SECONDS, SUBMISSIONS

Outcome = Literal["sent", "failed", "unknown", "retry"]
"""``retry``: certainly not sent, may be tried again. ``unknown``: nobody can say; a code is not sent again."""

OUTCOMES: tuple[Outcome, ...] = ("sent", "failed", "retry", "unknown")

HELD_UP = "held_up"
"""The reason of a ``retry`` that says nothing about the provider: it was too late to ask."""

OnReceipt = Callable[[str, str, State], Future[None]]
"""Keeps a receipt that came over a provider's own line: (provider, its reference, state); done when it is kept."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A worded message on its way out. Everything personal or secret is kept out of its ``repr``.

    ``validity_s`` is how long the message is worth delivering, for providers that can be told.
    """

    id: str
    brand: str
    brand_name: str
    sms_sender: str
    channel: str
    purpose: str
    locale: str
    validity_s: int
    trace_id: str
    to: str = field(repr=False)
    subject: str | None = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    code: str | None = field(repr=False)
    link: str | None = field(repr=False)
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """The canonical outcome; ``reason`` is a stable word for logs, ``reference`` the provider's id of the message.

    ``provider`` is filled in by the provider that was asked.
    """

    outcome: Outcome
    reference: str | None = None
    reason: str | None = None
    provider: str = "none"


OnSubmission = Callable[[Submission], None]
"""Told what became of a message."""


class Provider:
    """One way out. Timing, logging and unforeseen errors are here once.

    Most take one message a call, and are called from as many threads as the worker has: they implement `_submit`. One
    that keeps several under way by itself overrides `start` instead, and says in ``capacity`` how many.
    """

    name: str
    channels: frozenset[str]
    capacity: int | None = None

    @cached_property
    def _log(self) -> Any:
        return structlog.get_logger()

    def submit(self, message: Outgoing) -> Submission:
        """Submit one message and wait. Never raises: an error nobody foresaw has an unknown outcome."""
        done: Future[Submission] = Future()
        if self.start(message, done.set_result):
            return done.result()
        began = time.perf_counter()
        try:
            submission = self._submit(message)
        except Exception as error:
            submission = Submission("unknown", reason=type(error).__name__)
        return self.account(message, submission, time.perf_counter() - began)

    def account(self, message: Outgoing, submission: Submission, took_s: float) -> Submission:
        """Count and log what became of a message; returns the submission with the provider's name."""
        SUBMISSIONS.labels(self.name, message.purpose, submission.outcome).inc()
        SUBMISSION_SECONDS.labels(self.name).observe(took_s)
        self._log.info(
            "message_submitted",
            message_id=message.id,
            trace_id=message.trace_id,
            provider=self.name,
            purpose=message.purpose,
            outcome=submission.outcome,
            reason=submission.reason,
            took_ms=round(took_s * 1000, 1),
        )
        return replace(submission, provider=self.name)

    def _submit(self, message: Outgoing) -> Submission:
        """Hand the message over and translate what the other side says."""
        raise NotImplementedError

    def start(self, message: Outgoing, answered: OnSubmission) -> bool:  # noqa: ARG002
        """Submit without waiting, where the provider can; False where it cannot.

        ``answered`` is called once, from any thread and perhaps before this returns.
        """
        return False

    @property
    def is_ready(self) -> bool:
        """Whether a message handed over now would be taken; one that keeps no line is always ready."""
        return True

    def open(self, on_receipt: OnReceipt | None = None) -> None:
        """Start what the provider keeps running, once, before the first message."""

    def close(self) -> None:
        """Let go of connections."""
