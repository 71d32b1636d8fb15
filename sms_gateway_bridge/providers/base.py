"""What a provider is: it submits one message and says, in canonical terms, what became of it."""

from __future__ import annotations

import abc
import time
from dataclasses import dataclass, field
from typing import Literal

import structlog

from sms_gateway_bridge.metrics import SUBMISSION_SECONDS, SUBMISSIONS

Outcome = Literal["sent", "failed", "unknown", "retry"]
"""``retry``: certainly not sent, may be tried again. ``unknown``: nobody can say; a code is not sent again."""


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
    """The canonical outcome; ``reason`` is a stable word for logs, ``reference`` the provider's id of the message."""

    outcome: Outcome
    reference: str | None = None
    reason: str | None = None


class Provider(abc.ABC):
    """One way out. Subclasses implement `_submit`; the rest (timing, logging, unforeseen errors) is here once."""

    name: str
    channels: frozenset[str]

    def submit(self, message: Outgoing) -> Submission:
        """Submit one message. Never raises: an error nobody foresaw has an unknown outcome."""
        began = time.perf_counter()
        try:
            submission = self._submit(message)
        except Exception as error:
            submission = Submission("unknown", reason=type(error).__name__)
        took = time.perf_counter() - began
        SUBMISSIONS.labels(self.name, message.purpose, submission.outcome).inc()
        SUBMISSION_SECONDS.labels(self.name).observe(took)
        structlog.get_logger().info(
            "message_submitted",
            message_id=message.id,
            trace_id=message.trace_id,
            provider=self.name,
            purpose=message.purpose,
            outcome=submission.outcome,
            reason=submission.reason,
            took_ms=round(took * 1000, 1),
        )
        return submission

    @abc.abstractmethod
    def _submit(self, message: Outgoing) -> Submission:
        """Hand the message over and translate what the other side says."""

    def close(self) -> None:  # noqa: B027  (most have nothing to close)
        """Let go of connections."""
