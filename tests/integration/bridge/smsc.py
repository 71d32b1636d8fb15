"""SMSCs that are not ours: Kannel's `drive_smpp` (transmitters only), and the server of smpp34 (with receipts)."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_ports

DRIVE_SMPP = Path("/usr/lib/kannel/test/drive_smpp")
OK, THROTTLED = 0, 0x58
BEARERBOX_PORT = 13001


@dataclass
class Smsc:
    """A running smpp34 server. ``answer``: the command_status of the n-th submit_sm (from 0), or None for silence."""

    port: int
    answer: Callable[[int], int | None] = lambda _number: OK
    stat: str | None = "DELIVRD"
    taken: list[Any] = field(default_factory=list)
    asked: int = 0
    binds: int = 0
    first_id: int = 1
    _sessions: dict[str, Any] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _silent: list[Any] = field(default_factory=list)

    @property
    def texts(self) -> list[bytes]:
        return [one.short_message for one in self.taken]

    def message_id(self, number: int) -> str:
        """The id of the n-th message taken."""
        return f"{self.first_id + number:08x}"

    def receipt(self, message_id: str, stat: str, **fields: Any) -> int:
        """Bring a receipt to the first session that can receive; returns the client's command_status."""
        return asyncio.run_coroutine_threadsafe(self._receipt(message_id, stat, **fields), self._loop).result(20)

    async def _receipt(self, message_id: str, stat: str, **fields: Any) -> int:
        session = next(one for one in self._sessions.values() if one.can_receive)
        text = (
            f"id:{message_id} sub:001 dlvrd:001 submit date:2611230300 done date:2611230300 stat:{stat} err:000 text:"
        )
        settings = {"source_addr": "393201234567", "esm_class": 0x04, "short_message": text.encode()} | fields
        return int((await session.deliver_sm("Generali", **settings)).command_status)

    async def _serve(self, smpp34: Any, server: Any) -> None:
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.binds += 1
                self._sessions[event.session_id] = event
            elif isinstance(event, smpp34.Unbound):
                self._sessions.pop(event.session_id, None)
            else:
                self._take(event)

    def _take(self, event: Any) -> None:
        status = self.answer(self.asked)
        self.asked += 1
        if status is None:
            self._silent.append(event)  # dropped, it would be refused
            return
        if status != OK:
            event.reject(status)
            return
        message_id = self.message_id(len(self.taken))
        self.taken.append(event)
        event.accept(message_id)
        if self.stat and event.registered_delivery:
            task = asyncio.ensure_future(self._receipt(message_id, self.stat))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())


@contextmanager
def running_smsc(**behaviour: Any) -> Iterator[Smsc]:
    """An SMSC on a free port of 127.0.0.1 for as long as the block lasts."""
    smpp34 = pytest.importorskip("smpp34", reason="smpp34 has no build for this platform")
    smsc = Smsc(free_ports(1)[0], **behaviour)
    loop = smsc._loop
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[Any, asyncio.Task[None]]:
        server = smpp34.Server("127.0.0.1", smsc.port, system_id="peer")
        await server.start()
        return server, asyncio.ensure_future(smsc._serve(smpp34, server))

    server, serving = asyncio.run_coroutine_threadsafe(start(), loop).result(10)

    async def stop() -> None:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        await server.stop()
        await asyncio.sleep(0)

    try:
        yield smsc
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def running_drive_smpp(log: Path, *, quiet: bool = False, bearerbox: bool = False) -> Iterator[int]:
    """Kannel's own test SMSC on a free port; what it was sent stands in ``log``, unless it is to be ``quiet``.

    It also is a client of Kannel's ``bearerbox``, and ends where it finds none at its port: something stands there
    unless a real one does.
    """
    if not DRIVE_SMPP.exists():
        pytest.skip("Kannel's drive_smpp is not installed (Debian: kannel-extras)")
    port = free_ports(1)[0]
    with log.open("wb") as output, nullcontext() if bearerbox else _standing_at(BEARERBOX_PORT):
        command = [DRIVE_SMPP, "-v", "4" if quiet else "0", "-m", "0", "-p", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            until(lambda: _listens(port) or process.poll() is not None)
            yield port
        finally:
            process.kill()
            process.wait()


@contextmanager
def _standing_at(port: int) -> Iterator[None]:
    """Something that takes connections and says nothing; whoever was there before will do as well."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            listener.bind(("127.0.0.1", port))
            listener.listen(100)
        yield


def _listens(port: int) -> bool:
    """Whether somebody listens there; a connection to try it would be taken for a client."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in lines)


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait for something that is about to happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
