"""A real SMS gateway in this process: an HTTP server that answers, dawdles, redirects or hangs up as it is told."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Gateway:
    """How it answers, and what it was asked; ``hangs_up`` breaks the line after the request, ``waits`` is silent.

    ``respond`` decides by path, headers and body: a status, and what is answered as JSON.
    """

    port: int = 0
    status: int = 202
    answer: bytes = b'{"message": {"id": "gw-1"}}'
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    waits: bool = False
    trickles: bool = False
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    respond: Callable[[str, dict[str, str], bytes], tuple[int, object]] | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def body(self) -> Any:
        return json.loads(self.asked[-1][2])


class _Handler(BaseHTTPRequestHandler):
    gateway: Gateway

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        self.gateway.asked.append((self.path, headers, body))
        if self.gateway.respond:
            self.gateway.status, document = self.gateway.respond(self.path, headers, body)
            self.gateway.answer = json.dumps(document).encode()
        if self.gateway.waits:
            self.gateway.over.wait(20)
            return
        if self.gateway.hangs_up:
            # A reset, not a polite end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if self.gateway.trickles:
            self._trickle()
            return
        self.send_response(self.gateway.status)
        for name, value in self.gateway.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(self.gateway.answer)))
        self.end_headers()
        self.wfile.write(self.gateway.answer)

    def do_GET(self) -> None:
        self.gateway.asked.append((self.path, {}, b""))
        self.send_error(404)

    def _trickle(self) -> None:
        self.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Slow: ")
        while not self.gateway.over.wait(0.1):
            try:
                self.wfile.write(b"x")
            except OSError:
                return

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Lines break on purpose here."""


@contextmanager
def running_gateway(certificate: Path | None = None, **behaviour: Any) -> Iterator[Gateway]:
    """A gateway on a free port of 127.0.0.1 for as long as the block lasts, with TLS where it has a certificate."""
    gateway = Gateway(**behaviour)
    server = _Server(("127.0.0.1", gateway.port), type("Handler", (_Handler,), {"gateway": gateway}))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    gateway.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
