"""One bound SMPP session: requests out and matched with their answers, deliveries in, and a line that is watched.

Runs in one event loop. Answers are awaited, never polled; a delivery is acknowledged only after it has been kept, so
that a receipt is not lost between the SMSC and the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from sms_gateway_bridge.providers.smpp.declaration import SmppGateway
from sms_gateway_bridge.providers.smpp.pdus import (
    HEADER,
    INVALID_COMMAND,
    LONGEST_PDU,
    OK,
    SYSTEM_ERROR,
    TEMPORARY_APPLICATION_ERROR,
    MalformedPduError,
    Pdu,
    Role,
    decode,
    encode,
    submit_sm,
)

SMPP_3_4 = 0x34
_LAST_SEQUENCE = 0x7FFFFFFF
_DELIVERIES_AT_ONCE = 100

OnDelivery = Callable[[Pdu], Awaitable[bool]]
"""Keeps a delivery; False where it could not, and the SMSC shall bring it again."""


class NotBoundError(Exception):
    """There is no session, so nothing was handed over; ``reason`` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoAnswerError(Exception):
    """A request went out and nobody says what became of it; ``reason`` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Session:
    """One session in one role. `open`, then `run` until it raises or returns; requests are sent in between."""

    def __init__(
        self, gateway: SmppGateway, password: str, role: Role, tls: ssl.SSLContext | None, on_delivery: OnDelivery
    ) -> None:
        self.role = role
        self._gateway = gateway
        self._password = password
        self._tls = tls
        self._on_delivery = on_delivery
        self._sequence = 0
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._outgoing: list[bytes] = []
        self._deliveries: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_DELIVERIES_AT_ONCE)
        self._over = False
        self._heard = 0.0

    async def open(self) -> None:
        """Connect and bind; raises `NotBoundError`."""
        try:
            async with asyncio.timeout(self._gateway.connect_timeout_s):
                self._reader, self._writer = await asyncio.open_connection(
                    self._gateway.host,
                    self._gateway.port,
                    ssl=self._tls,
                    server_hostname=self._gateway.host if self._tls else None,
                    limit=LONGEST_PDU,
                )
        except (OSError, ssl.SSLError, TimeoutError) as error:
            raise NotBoundError(f"not_connected_{type(error).__name__}") from None
        reading = asyncio.ensure_future(self._read())
        try:
            answer = await self._ask(
                f"bind_{self.role}",
                system_id=self._gateway.system_id,
                password=self._password,
                system_type=self._gateway.system_type,
                interface_version=SMPP_3_4,
            )
        except NoAnswerError as error:
            reading.cancel()
            self._end()
            raise NotBoundError(f"no_bind_{error.reason}") from None
        if answer.status != OK:
            reading.cancel()
            self._end()
            raise NotBoundError(f"bind_refused_{answer.status:#x}")
        self._reading = reading

    async def run(self) -> None:
        """Serve the session until the line ends; cancelled, it unbinds first."""
        watching = asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait({self._reading, watching}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._unbind()
            raise
        finally:
            for task in (self._reading, watching):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
            self._end()

    async def submit(self, **fields: Any) -> Pdu:
        """Send a `submit_sm` and await its answer.

        Raises `NotBoundError` before, `NoAnswerError` after the hand-over; `ValueError` for fields that make no PDU.
        """
        if self._over:
            raise NotBoundError("not_bound")
        return await self._exchange(partial(submit_sm, **fields))

    async def _unbind(self) -> None:
        with contextlib.suppress(NoAnswerError, TimeoutError):
            async with asyncio.timeout(1):
                await self._ask("unbind")

    async def _ask(self, command: str, **fields: Any) -> Pdu:
        return await self._exchange(partial(encode, command, **fields))

    async def _exchange(self, compose: Callable[[int], bytes]) -> Pdu:
        """Send what is composed for its sequence number, and await the answer."""
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        sequence = self._sequence
        # Composed first: fields that make no PDU have not been sent.
        octets = compose(sequence)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Pdu] = loop.create_future()
        self._waiting[sequence] = answer
        # A timer does what `asyncio.timeout` would, and costs each message less.
        too_late = loop.call_later(self._gateway.answer_timeout_s, _fail, answer, "no_answer_in_time")
        try:
            self._send(octets)
            return await answer
        finally:
            too_late.cancel()
            self._waiting.pop(sequence, None)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            head = await self._reader.readexactly(HEADER.size)
            length = int.from_bytes(head[:4])
            if not HEADER.size <= length <= LONGEST_PDU:
                return  # Out of step: nothing that follows can be trusted.
            octets = head + await self._reader.readexactly(length - HEADER.size)
            self._heard = loop.time()
            try:
                pdu = decode(octets)
            except MalformedPduError as error:
                self._refuse(error)
                continue
            if not await self._handle(pdu):
                return

    async def _handle(self, pdu: Pdu) -> bool:
        """Whether the session goes on."""
        if pdu.is_answer:
            waiting = self._waiting.get(pdu.sequence)
            if waiting is not None and not waiting.done():
                waiting.set_result(pdu)
        elif pdu.command == "enquire_link":
            self._answer("enquire_link_resp", pdu.sequence)
        elif pdu.command == "deliver_sm":
            await self._room.acquire()
            task = asyncio.ensure_future(self._deliver(pdu))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)
        elif pdu.command == "unbind":
            self._answer("unbind_resp", pdu.sequence)
            return False
        elif pdu.command != "alert_notification":  # the one request that takes no answer
            self._answer("generic_nack", pdu.sequence, INVALID_COMMAND)
        return True

    async def _deliver(self, pdu: Pdu) -> None:
        try:
            kept = await self._on_delivery(pdu)
            self._answer("deliver_sm_resp", pdu.sequence, OK if kept else TEMPORARY_APPLICATION_ERROR)
        except Exception:
            self._answer("deliver_sm_resp", pdu.sequence, SYSTEM_ERROR)
        finally:
            self._room.release()

    def _refuse(self, error: MalformedPduError) -> None:
        if error.is_answer:
            if error.sequence in self._waiting:
                _fail(self._waiting[error.sequence], "answer_not_understood")
        else:
            self._answer("generic_nack", error.sequence, INVALID_COMMAND)

    def _answer(self, command: str, sequence: int, status: int = OK) -> None:
        if not self._over:
            self._send(encode(command, sequence, status=status))

    def _send(self, octets: bytes) -> None:
        """Hand over to the line, in one piece with whatever else is sent within this turn of the loop."""
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing.append(octets)

    def _flush(self) -> None:
        octets = b"".join(self._outgoing)
        self._outgoing.clear()
        if not self._over:
            self._writer.write(octets)

    async def _watch(self) -> None:
        """Ask whether the other side is there whenever it has been quiet; a half-open line ends here."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        while True:
            quiet = loop.time() - self._heard
            if quiet < self._gateway.enquire_link_s:
                await asyncio.sleep(self._gateway.enquire_link_s - quiet)
                continue
            await self._ask("enquire_link")

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        for waiting in self._waiting.values():
            _fail(waiting, "line_lost")
        self._writer.transport.abort()


def _fail(waiting: asyncio.Future[Pdu], reason: str) -> None:
    if not waiting.done():
        waiting.set_exception(NoAnswerError(reason))
