"""A bridge in this process: real application, real worker, a database of its own, and time that stands still.

Every test that uses one runs on both engines.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection, text

from domain.signatures import parse_keys
from sms_gateway_bridge.app import create_app
from sms_gateway_bridge.context import Context, build_context
from sms_gateway_bridge.db.upgrade import upgrade
from sms_gateway_bridge.keys import new_caller_key, new_hash_key, new_proof_keys, read_hash_keys, read_proof_keys
from sms_gateway_bridge.messages.queue import Room
from sms_gateway_bridge.messages.states import CHANNELS
from sms_gateway_bridge.providers.base import Outgoing, Provider, Submission
from sms_gateway_bridge.settings import BridgeSettings, SendLimits, WorkerSettings
from sms_gateway_bridge.worker import Worker
from tests.support.bridge_client import Answer, BridgeClient
from tests.support.databases import Databases

START_MS = 1_780_000_000_000
CALLERS = ("keycloak", "portal", "worker")


class HandClock:
    """Stands still until moved; milliseconds."""

    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self, _connection: Connection) -> int:
        return self.ms

    def advance(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)


class RecordingProvider(Provider):
    """Keeps what it was given; answers as told."""

    name = "recording"
    channels = frozenset({"mobile", "email"})

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.outcomes: list[Submission] = []
        self._lock = threading.Lock()

    def _submit(self, message: Outgoing) -> Submission:
        with self._lock:
            answer = self.outcomes.pop(0) if self.outcomes else Submission("sent", reference=message.id)
            if answer.outcome == "sent":
                self.sent.append(message)
            return answer

    @property
    def last(self) -> Outgoing:
        return self.sent[-1]


def asgi(app: Any) -> Any:
    """A transport straight into an ASGI application."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        bare, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": bare,
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        parts: list[dict[str, Any]] = []

        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else await asyncio.Future()

        async def collect(message: Any) -> None:
            parts.append(message)

        asyncio.run(app(scope, receive, collect))
        start = parts[0]
        found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], found, b"".join(part.get("body", b"") for part in parts[1:]))

    return send


@dataclass
class Bridge:
    """Everything a test needs to ask, send, wait and look."""

    url: str
    keys: Mapping[str, str]
    settings: BridgeSettings
    clock: HandClock
    context: Context
    worker: Worker
    provider: RecordingProvider
    app: Any
    clients: dict[str, BridgeClient] = field(default_factory=dict)

    def client(self, caller: str) -> BridgeClient:
        return self.clients[caller]

    @property
    def portal(self) -> BridgeClient:
        return self.clients["portal"]

    @property
    def keycloak(self) -> BridgeClient:
        return self.clients["keycloak"]

    def deliver(self) -> list[Outgoing]:
        """Let the worker finish what is due; returns what it sent now."""
        before = len(self.provider.sent)
        while self.worker.run_once():
            pass
        return self.provider.sent[before:]

    def started(self, caller: str = "keycloak", **fields: object) -> tuple[str, str]:
        """Start a verification and deliver it: its id and its code."""
        answer = self.client(caller).start(**fields)
        assert answer.status == 201, answer.body
        sent = self.deliver()
        assert len(sent) == 1
        assert sent[0].code is not None
        return answer.json()["id"], sent[0].code

    def query(self, sql: str, **values: object) -> list[Any]:
        with self.context.database.read() as connection:
            return list(connection.execute(text(sql), values).mappings())

    def change(self, sql: str, **values: object) -> None:
        with self.context.database.write() as connection:
            connection.execute(text(sql), values)


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def room(count: int) -> dict[str, Room]:
    """Of a worker that can take so many of every kind and channel."""
    return dict.fromkeys(CHANNELS, Room(count, count))


def build(url: str, limits: SendLimits | None = None, **changes: Any) -> Bridge:
    """A bridge on a migrated database."""
    clock = HandClock()
    keys = {caller: new_caller_key() for caller in CALLERS}
    settings = BridgeSettings(
        environment="development",
        database_url=url,
        hash_keys=read_hash_keys("SMS_BRIDGE_HASH_KEY", new_hash_key()),
        caller_keys={caller: parse_keys(key) for caller, key in keys.items()},
        proof_keys=read_proof_keys("SMS_BRIDGE_PROOF_KEYS", new_proof_keys()),
        link_origins=("https://clienti.example",),
        limits=limits or SendLimits(),
    )
    settings = replace(settings, **changes)
    app = create_app(settings, clock=clock)
    worker_settings = WorkerSettings(
        environment="development",
        database_url=url,
        hash_keys=settings.hash_keys,
        webotp_host="accesso.example",
        portal_host="clienti.example",
        threads=4,
    )
    context = build_context(worker_settings, clock=clock)
    provider = RecordingProvider()
    worker = Worker(context, {"mobile": provider, "email": provider}, worker_settings)
    bridge = Bridge(url, keys, settings, clock, context, worker, provider, app)
    transport = asgi(app)
    bridge.clients = {caller: BridgeClient(transport, caller, key) for caller, key in keys.items()}
    return bridge


@pytest.fixture
def make_bridge(databases: Databases) -> Iterator[Any]:
    made: list[Bridge] = []

    def make(limits: SendLimits | None = None, **changes: Any) -> Bridge:
        bridge = build(databases(upgrade), limits, **changes)
        made.append(bridge)
        return bridge

    yield make
    for bridge in made:
        bridge.worker.close()
        bridge.app.state.services.context.close()


@pytest.fixture
def bridge(make_bridge: Any) -> Bridge:
    return make_bridge()


__all__ = ["Bridge", "HandClock", "RecordingProvider", "room", "wrong"]
