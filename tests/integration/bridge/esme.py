"""The worker's end of SMPP in the tests: a declared SMSC, a message, a bound provider, and what went over the line."""

from __future__ import annotations

import struct
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sms_gateway_bridge.providers.base import Outgoing, Submission
from sms_gateway_bridge.providers.smpp.declaration import SmppGateway
from sms_gateway_bridge.providers.smpp.provider import SmppProvider
from tests.integration.bridge.smsc import until

EXAMPLE = Path(__file__).resolve().parents[3] / "docs/sms-gateways/smpp.toml"
TO = "+393201234567"
PASSWORD = "s3cret"
Kept = list[tuple[str, str, str]]


def declared(port: int, **changes: Any) -> SmppGateway:
    """The shipped example, at the SMSC under test, and quicker."""
    written = tomllib.loads(EXAMPLE.read_text("utf-8"))
    here = {"host": "127.0.0.1", "port": port, "longest_reconnect_s": 0.3, "answer_timeout_s": 1.0}
    return SmppGateway.model_validate(written | here | changes)


def outgoing(text: str = "123456 e il codice", **changes: Any) -> Outgoing:
    fields: dict[str, Any] = {"id": "msg_1", "to": TO, "text": text, "validity_s": 120, "purpose": "access"} | changes
    return Outgoing(
        brand="generali", brand_name="Generali", sms_sender="Generali", channel="mobile", locale="it",
        trace_id="t", subject=None, html=None, code="123456", link=None, **fields,
    )  # fmt: skip


def started(provider: SmppProvider, message: Outgoing) -> Future[Submission]:
    """A submission under way."""
    done: Future[Submission] = Future()
    assert provider.start(message, done.set_result)
    return done


def keeping(kept: Kept | None, receipt: tuple[str, str, str], error: Exception | None = None) -> Future[None]:
    """What the worker's inbox does."""
    done: Future[None] = Future()
    if error:
        done.set_exception(error)
        return done
    if kept is not None:
        kept.append(receipt)
    done.set_result(None)
    return done


@contextmanager
def bound(port: int, kept: Kept | None = None, **changes: Any) -> Iterator[SmppProvider]:
    provider = SmppProvider(declared(port, **changes), PASSWORD)
    provider.open(lambda *receipt: keeping(kept, receipt))
    try:
        until(lambda: provider.is_ready)
        yield provider
    finally:
        provider.close()


def pdus(octets: bytes, command: int) -> list[bytes]:
    """The PDUs of a stream that have this command."""
    found, place = [], 0
    while place + 16 <= len(octets):
        length, name = struct.unpack_from(">LL", octets, place)
        if name == command:
            found.append(bytes(octets[place : place + length]))
        place += length
    return found


def said(done: Submission) -> tuple[str, str | None]:
    return done.outcome, done.reason
