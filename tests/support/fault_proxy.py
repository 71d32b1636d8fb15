"""A TCP proxy that does to a line what networks do: delay, reset, go half-open, lose one direction; with TLS in front.

It stands between a client of ours and a real server, so that both ends stay what they are.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["there", "back"]


@dataclass
class FaultProxy:
    """Forwards to ``target`` as its switches say; they may be turned while lines stand.

    ``latency_s`` delays every chunk; ``silent`` names the ways in which chunks vanish, both for a half-open line;
    ``reset_after`` breaks a line as soon as so many more bytes went ``there``. ``seen`` is what clients sent.
    """

    target: int
    port: int = 0
    latency_s: float = 0.0
    silent: set[Way] = field(default_factory=set)
    refuse: bool = False
    reset_after: int | None = None
    lines: int = 0
    seen: bytearray = field(default_factory=bytearray)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def reset(self) -> None:
        """Break every line now, without a farewell."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        if self.refuse:
            writer.transport.abort()
            return
        try:
            onward, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        ways = [
            asyncio.ensure_future(self._pump(reader, back, "there")),
            asyncio.ensure_future(self._pump(onward, writer, "back")),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, back):
                self._writers.discard(end)
                end.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: Way) -> None:
        with suppress(OSError, ssl.SSLError):
            while chunk := await source.read(65_536):
                if way == "there":
                    self.seen += chunk
                if self.latency_s:
                    await asyncio.sleep(self.latency_s)
                if way == "there" and self.reset_after is not None:
                    self.reset_after -= len(chunk)
                    if self.reset_after <= 0:
                        self.reset_after = None
                        # It reaches the server, and nothing comes back.
                        sink.write(chunk)
                        await sink.drain()
                        return
                if way not in self.silent:
                    sink.write(chunk)
                    await sink.drain()


@contextmanager
def running_fault_proxy(target: int, tls: ssl.SSLContext | None = None) -> Iterator[FaultProxy]:
    """A proxy on a free port of 127.0.0.1 for as long as the block lasts."""
    proxy = FaultProxy(target)
    loop = proxy._loop
    started = threading.Event()

    async def serve() -> asyncio.Server:
        server = await asyncio.start_server(proxy._line, "127.0.0.1", 0, ssl=tls)
        proxy.port = server.sockets[0].getsockname()[1]
        started.set()
        return server

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    started.wait(10)

    async def end() -> None:
        server.close()
        proxy._abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=5)

    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
