"""HTTP requests written beforehand, over kept connections: as fast as they are answered, or at a given rate."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.measuring import Timings


@dataclass
class Answered:
    """What became of the requests: durations, statuses, and how long the whole took, in seconds."""

    timings: Timings
    statuses: Counter[int] = field(default_factory=Counter)
    took_s: float = 0.0


def flood(port: int, requests: Sequence[bytes], *, connections: int) -> Answered:
    """Send all, each connection the next as soon as its last is answered."""
    return asyncio.run(_flood(port, iter(requests), connections))


def paced(port: int, requests: Sequence[bytes], *, per_second: float, connections: int) -> list[float]:
    """Send them at a rate, answered or not; returns when each was due, by `time.perf_counter`."""
    return asyncio.run(_paced(port, requests, per_second, connections))


async def _flood(port: int, requests: Iterator[bytes], connections: int) -> Answered:
    durations: list[int] = []
    statuses: Counter[int] = Counter()

    async def go_on() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in requests:
            began = time.perf_counter_ns()
            writer.write(request)
            statuses[await _status(reader)] += 1
            durations.append(time.perf_counter_ns() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(connections)))
    return Answered(Timings(tuple(durations)), statuses, time.perf_counter() - began)


async def _paced(port: int, requests: Sequence[bytes], per_second: float, connections: int) -> list[float]:
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    begins = [time.perf_counter() + 0.1 + number / per_second for number in range(len(requests))]

    async def send(request: bytes, due: float) -> None:
        await asyncio.sleep(due - time.perf_counter())
        reader, writer = await free.get()
        writer.write(request)
        status = await _status(reader)
        assert status < 300, status
        free.put_nowait((reader, writer))

    await asyncio.gather(*(send(request, due) for request, due in zip(requests, begins, strict=True)))
    while not free.empty():
        free.get_nowait()[1].close()
    return begins


async def _status(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])
