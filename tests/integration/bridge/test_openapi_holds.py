"""Whatever is asked, the bridge answers as its OpenAPI file says: requests made from the file, over HTTP, signed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sms_gateway_bridge.db.upgrade import upgrade
from tests.support.bridge_client import BridgeClient
from tests.support.databases import SqliteDatabases
from tests.unit.bridge.conftest import Bridge, build
from tests.unit.bridge.test_delivery_receipts import provider_of

EXAMPLES = 15
ANY = list(HealthCheck)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Signed(requests.auth.AuthBase):
    """Signs what was made from the file as a caller does, whatever stood in its headers."""

    def __init__(self, client: BridgeClient) -> None:
        self.client = client

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body if isinstance(body, bytes) else body.encode()
        request.headers.update(self.client.headers(request.method or "", request.path_url, raw))
        return request


@dataclass
class Served:
    """A bridge on a port of its own, and its file."""

    bridge: Bridge
    url: str
    schema: schemathesis.BaseSchema
    known: dict[str, str]
    """What stands in paths: things that are there, of the caller who asks."""

    def signed_for(self, path: str) -> Signed:
        provider = path.startswith("/v1/receipts/")
        return Signed(provider_of(self.bridge) if provider else self.bridge.portal)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("openapi")
    databases = SqliteDatabases(folder, folder)
    bridge = build(databases(upgrade))
    bridge.worker._beat()
    server = uvicorn.Server(uvicorn.Config(bridge.app, port=0, http="httptools", log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    known = {
        "verification_id": bridge.portal.start().json()["id"],
        "message_id": bridge.portal.send_message("known").json()["id"],
        "provider": "outbox",
    }
    document = requests.get(f"{url}/openapi.json", timeout=10).json()
    for operations_of in document["paths"].values():
        for operation in operations_of.values():
            operation.pop("security", None)  # signing is ours here: what is made wrong is the rest
    yield Served(bridge, url, schemathesis.openapi.from_dict(document), known)
    server.should_exit = True
    thread.join(10)
    bridge.worker.close()
    databases.close()


def operations(served: Served) -> Iterator[schemathesis.APIOperation]:
    for found in served.schema.get_all_operations():
        operation = found.ok()
        if not operation.path.startswith("/outbox"):
            yield operation


def ask(served: Served, operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode) -> None:
    """Ask an operation for what the mode makes: what the file allows, or what it does not."""
    names = {parameter.name for parameter in operation.path_parameters}
    cases = operation.as_strategy(
        generation_mode=mode, path_parameters={name: served.known[name] for name in names} or None
    )
    checks = [*CHECKS, negative_data_rejection] if mode.is_negative else CHECKS
    signed = served.signed_for(operation.path)

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=ANY)
    @given(case=cases)
    def is_answered_as_the_file_says(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=served.url, checks=checks, auth=signed)

    is_answered_as_the_file_says()


def test_what_the_file_allows_is_answered_as_it_says(served: Served) -> None:
    asked = []
    for operation in operations(served):
        ask(served, operation, schemathesis.GenerationMode.POSITIVE)
        asked.append(operation.label)
    assert len(asked) >= 12, asked


def test_what_the_file_does_not_allow_is_refused(served: Served) -> None:
    for operation in operations(served):
        if operation.body:
            ask(served, operation, schemathesis.GenerationMode.NEGATIVE)
