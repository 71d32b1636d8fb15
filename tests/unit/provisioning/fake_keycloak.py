"""A real HTTP server that behaves like the token endpoint and the customers resource of docs/contracts.md."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class FakeKeycloak:
    """Keeps customers by brand; `secret` is the client secret it accepts.

    `after_writing` is called after each request was carried out, with how many there were; what it raises cuts the
    connection before the answer. `together` is how many requests were there at once at most.
    """

    def __init__(self) -> None:
        self.secret = "right"
        self.customers: dict[str, dict[str, dict[str, Any]]] = {"generali": {}, "alleanza": {}}
        self.requests: list[tuple[str, int]] = []
        self.refuse: dict[str, str] = {}
        self.fail_after_requests: int | None = None
        self.after_writing: Callable[[int], None] | None = None
        self.lock = threading.Lock()
        self.here = 0
        self.together = 0
        self.states: dict[str, str] = {}
        self.usernames: dict[str, str] = {}
        self.bridge_is_away = False
        self.contacts_can_be_told = True
        self.url = ""

    def by_contact(self, brand: str, contact: str) -> dict[str, Any]:
        """`states` (by customer code) differ from `provisioned`, `usernames` (by customer code) are contacts."""
        return {
            "customers": [
                {
                    "customer_code": code,
                    "account_state": self.states.get(code, "provisioned"),
                    "registered": code in self.usernames,
                    "is_username": self.usernames.get(code) == contact,
                    "on_file": contact in (*record["emails"], *record["mobiles"]),
                    "is_access_mobile": False,
                }
                for code, record in self.customers[brand].items()
                if contact in (*record["emails"], *record["mobiles"], *record["landlines"], self.usernames.get(code))
            ]
        }

    @staticmethod
    def _must_wait(known: dict[str, Any], record: dict[str, Any]) -> bool:
        new = record["access_mobile"] not in ("", known["access_mobile"])
        return new and not record.get("access_mobile_released", False)

    def upsert(self, brand: str, records: list[dict[str, Any]]) -> dict[str, Any]:
        results: list[dict[str, Any]] = []
        for record in records:
            code = record["customer_code"]
            known = self.customers[brand].get(code)
            if code in self.refuse:
                results.append({"customer_code": code, "outcome": "refused", "code": self.refuse[code]})
                continue
            outcome = "created" if known is None else "unchanged"
            if known is not None and known["record_hash"] != record["record_hash"]:
                outcome = "updated"
            kept: dict[str, Any] = {}
            result: dict[str, Any] = {"customer_code": code, "outcome": outcome}
            if known is not None and outcome == "updated" and code in self.usernames and self._must_wait(known, record):
                if self.bridge_is_away:
                    results.append(result | {"outcome": "refused", "code": "contacts_not_told"})
                    continue
                result |= {"mobile_waits": True, "contacts_told": self.contacts_can_be_told}
                kept = {"access_mobile": known["access_mobile"], "record_hash": ""}
            self.customers[brand][code] = record | kept
            results.append(result)
        return {"results": results}


def _handler(fake: FakeKeycloak) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("/protocol/openid-connect/token"):
                form = parse_qs(body.decode())
                right = form["client_secret"] == [fake.secret] and form["client_id"] == ["provisioning"]
                token = {"access_token": "token", "expires_in": 300, "token_type": "Bearer"}
                self._answer(200 if right else 401, token if right else {"error": "unauthorized_client"})
                return
            if self.headers["Authorization"] != "Bearer token":
                self._answer(401, {"code": "unauthorized"})
                return
            brand = self.path.split("/")[3]
            assert self.path == f"/admin/realms/{brand}/area-clienti/customers/bulk"
            assert self.headers["Content-Type"] == "application/json"
            records = json.loads(body)["records"]
            assert 1 <= len(records) <= 500
            with fake.lock:
                fake.here += 1
                fake.together = max(fake.together, fake.here)
            try:
                self._write(brand, records)
            finally:
                with fake.lock:
                    fake.here -= 1

        def _write(self, brand: str, records: list[dict[str, Any]]) -> None:
            with fake.lock:
                fails = fake.fail_after_requests is not None and len(fake.requests) >= fake.fail_after_requests
                if not fails:
                    fake.requests.append((brand, len(records)))
                    answer, count = fake.upsert(brand, records), len(fake.requests)
            if fails:
                self._answer(503, {"code": "unavailable"})
                return
            if fake.after_writing is not None:
                try:
                    fake.after_writing(count)
                except ConnectionAbortedError:
                    self.close_connection = True
                    return
            self._answer(200, answer)

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            brand = address.path.split("/")[3]
            assert address.path == f"/admin/realms/{brand}/area-clienti/customers"
            if self.headers["Authorization"] != "Bearer token":
                self._answer(401, {"code": "unauthorized"})
                return
            self._answer(200, fake.by_contact(brand, parse_qs(address.query)["contact"][0]))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def running_fake_keycloak() -> Iterator[FakeKeycloak]:
    fake = FakeKeycloak()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
