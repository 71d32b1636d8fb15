"""SMS by SMPP 3.4: the provider. Its sessions live in an event loop on a thread of its own.

What is certain decides the outcome. Without a session nothing was handed over; once a submit_sm is on the line, only
its answer says what became of it. A refusal for being too fast is waited out here for a while, because the message was
not taken. A text of several segments of which some went and others did not is `unknown`: it may not be sent anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import ssl
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import structlog
import uvloop

from sms_gateway_bridge import logs
from sms_gateway_bridge.db.tables import LONGEST_REFERENCE
from sms_gateway_bridge.errors import UnavailableError
from sms_gateway_bridge.providers.base import OnReceipt, OnSubmission, Outgoing, Provider, Submission
from sms_gateway_bridge.providers.smpp.cutting import Segment, cut
from sms_gateway_bridge.providers.smpp.declaration import TOO_FAST, Address, SmppGateway
from sms_gateway_bridge.providers.smpp.link import Link
from sms_gateway_bridge.providers.smpp.pace import Pace
from sms_gateway_bridge.providers.smpp.pdus import OK, Pdu
from sms_gateway_bridge.providers.smpp.receipts import answered, read_receipt
from sms_gateway_bridge.providers.smpp.session import NoAnswerError, NotBoundError

WITH_RECEIPT = 1
_BIND_WAIT_S = 2.0
_PATIENCE_S = 4.0
"""How long a message waits here for its turn or a busy SMSC: another provider may then be asked within the lease."""

_LAST_ANSWERS_S = 3.0

_LETTERS = Address(ton=5, npi=0)
_DIGITS = Address(ton=1, npi=1)


class SmppProvider(Provider):
    """Submits to one SMSC through a window of requests under way, and takes its delivery receipts.

    The window is so many lanes, each with one message: a task and a call to the loop for every message would cost more
    than the message.
    """

    channels = frozenset({"mobile"})

    def __init__(
        self, gateway: SmppGateway, password: str, *, utc_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.name = gateway.name
        self.capacity = gateway.window
        self._gateway = gateway
        self._utc_now = utc_now
        tls = ssl.create_default_context(cafile=gateway.ca_file) if gateway.encrypted else None
        self._links = [Link(gateway, password, role, tls, self._on_delivery) for role in gateway.roles]
        self._out = next(link for link in self._links if link.role != "receiver")
        self._handed_in: deque[tuple[Outgoing, OnSubmission]] = deque()
        self._called = False
        self._waiting: asyncio.Queue[tuple[Outgoing, OnSubmission, float]] = asyncio.Queue()
        self._references = itertools.count()
        self._on_receipt: OnReceipt | None = None
        self._pace = Pace(gateway.messages_per_s)
        self._loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"smpp-{gateway.name}", daemon=True)
        self._running: Future[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether a session that can submit stands now."""
        return self._out.is_bound

    def open(self, on_receipt: OnReceipt | None = None) -> None:
        """Start the sessions; from then on they keep themselves."""
        self._on_receipt = on_receipt
        self._lanes = [self._loop.create_task(self._lane()) for _ in range(self._gateway.window)]
        self._thread.start()
        self._running = asyncio.run_coroutine_threadsafe(self._keep_links(), self._loop)

    def close(self) -> None:
        """Await what was handed in, unbind and end the thread."""
        if self._running is not None:
            asyncio.run_coroutine_threadsafe(self._wind_up(self._running), self._loop).result(8)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            self._running = None
        if not self._loop.is_running():
            self._loop.close()

    def start(self, message: Outgoing, answered: OnSubmission) -> bool:
        """Submit without waiting."""
        self._handed_in.append((message, answered))
        # Whoever comes before the loop has looked goes in with the one who called it.
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._take_in)
        return True

    def _take_in(self) -> None:
        self._called = False
        now = self._loop.time()
        while self._handed_in:
            self._waiting.put_nowait((*self._handed_in.popleft(), now))

    async def _lane(self) -> None:
        """One place of the window: one message after the other."""
        while True:
            message, answered, began = await self._waiting.get()
            try:
                submission = await self._send(message, began)
            except Exception as error:
                submission = Submission("unknown", reason=type(error).__name__)
            try:
                answered(self.account(message, submission, self._loop.time() - began))
            except Exception as error:
                # Whoever cannot be told costs the window no lane.
                self._log.error("outcome_not_told", message_id=message.id, **logs.where(error))
            finally:
                self._waiting.task_done()

    async def _send(self, message: Outgoing, began: float) -> Submission:
        until = began + min(_PATIENCE_S, message.validity_s)
        try:
            segments = cut(message.text, next(self._references))
        except ValueError:
            return Submission("failed", reason="text_too_long")
        submission = Submission("failed", reason="no_text")
        for number, segment in enumerate(segments, 1):
            worth_s = message.validity_s - (self._loop.time() - began)
            submission = await self._send_segment(message, segment, until, worth_s, last=number == len(segments))
            if submission.outcome != "sent":
                return submission if number == 1 else Submission("unknown", reason="partly_sent")
        return submission

    async def _send_segment(
        self, message: Outgoing, segment: Segment, until: float, worth_s: float, *, last: bool
    ) -> Submission:
        fields = self._fields(message, segment, worth_s, with_receipt=last and self._gateway.takes_receipts)
        refused = "not_bound"
        while True:
            turn = await self._pace.turn()
            left = until - self._loop.time()
            if left <= 0:
                return Submission("retry", reason=refused)
            try:
                session = await self._out.bound(min(left, _BIND_WAIT_S))
                answer = await session.submit(**fields)
            except NotBoundError as error:
                return Submission("retry", reason=error.reason)
            except NoAnswerError as error:
                return Submission("unknown", reason=error.reason)
            except ValueError:
                return Submission("failed", reason="no_room_in_field")
            if answer.status not in TOO_FAST:
                return self._settled(answer)
            refused = f"smpp_{answer.status:#x}"
            self._pace.refused(turn)

    def _settled(self, answer: Pdu) -> Submission:
        if answer.status != OK:
            return Submission(self._gateway.outcome_of(answer.status), reason=f"smpp_{answer.status:#x}")
        self._pace.taken()
        if answer.command != "submit_sm_resp":
            return Submission("unknown", reason="answer_not_understood")
        # An SMSC without receipts may leave the id out; one that is longer than ids are (65) has none we could keep.
        reference = answered(answer.message_id, self._gateway.message_ids) if answer.message_id else ""
        return Submission("sent", reference=reference if 0 < len(reference) <= LONGEST_REFERENCE else None)

    def _fields(self, message: Outgoing, segment: Segment, worth_s: float, *, with_receipt: bool) -> dict[str, object]:
        source = message.sms_sender
        written = self._gateway.source or (_DIGITS if source.lstrip("+").isdecimal() else _LETTERS)
        return {
            "source": source.removeprefix("+"),
            "source_ton": written.ton,
            "source_npi": written.npi,
            "destination": message.to.removeprefix("+"),
            "destination_ton": self._gateway.destination.ton,
            "destination_npi": self._gateway.destination.npi,
            "esm_class": segment.esm_class,
            "data_coding": segment.data_coding,
            "registered_delivery": WITH_RECEIPT if with_receipt else 0,
            "validity_period": self._validity(worth_s),
            "short_message": segment.content,
        }

    def _validity(self, worth_s: float) -> str:
        """How long the SMSC may try (7.1.1), never longer than the message is worth."""
        if self._gateway.validity == "none":
            return ""
        seconds = max(1, int(worth_s))
        if self._gateway.validity == "absolute":
            return (self._utc_now() + timedelta(seconds=seconds)).strftime("%y%m%d%H%M%S0") + "00+"
        days, rest = divmod(seconds, 86_400)
        return f"0000{days:02d}{rest // 3600:02d}{rest // 60 % 60:02d}{rest % 60:02d}000R"

    async def _on_delivery(self, pdu: Pdu) -> bool:
        found = read_receipt(pdu, self._gateway.message_ids)
        if found is None or self._on_receipt is None:
            return True  # A customer's answer, or a word that says nothing: nobody waits for it.
        try:
            await asyncio.wrap_future(self._on_receipt(self.name, *found))
        except UnavailableError:
            structlog.get_logger().warning("receipt_not_kept", provider=self.name)
            return False
        return True

    async def _keep_links(self) -> None:
        async with asyncio.TaskGroup() as group:
            for link in self._links:
                group.create_task(link.run())

    async def _wind_up(self, sessions: Future[None]) -> None:
        """Return once what was handed in has its answer, and nothing but this runs in the loop."""
        await self._answered_within(_LAST_ANSWERS_S)
        sessions.cancel()
        # What had none has one now: the line is lost.
        await self._answered_within(1)
        for lane in self._lanes:
            lane.cancel()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.wait(others, timeout=1.5)
        await self._loop.shutdown_default_executor()

    async def _answered_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), seconds)
