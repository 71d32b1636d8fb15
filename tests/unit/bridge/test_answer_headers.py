"""Headers of every answer of the bridge, over its whole route table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sms_gateway_bridge.api.headers import DEFAULTS
from tests.unit.bridge.conftest import Bridge

_ARGUMENTS = {"verification_id": "v", "message_id": "m", "provider": "outbox", "name": "outbox.js"}


def _routes(app: Any) -> Iterator[tuple[str, str]]:
    """Path and method of every route, those of included routers too."""
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        included = getattr(route, "original_router", None)
        pending += included.routes if included is not None else []
        for method in getattr(route, "methods", None) or ():
            yield route.path.format(**_ARGUMENTS), method


def test_no_answer_can_be_run_framed_sniffed_or_kept_whatever_the_route(bridge: Bridge) -> None:
    routes = set(_routes(bridge.app))
    assert len(routes) > 14
    for path, method in sorted(routes):
        for headers in ({}, bridge.portal.headers(method, path, b"")):
            answer = bridge.portal.transport(method, path, headers, b"")
            for name, _ in DEFAULTS:
                assert answer.headers[name.decode()], (method, path, name)
            policy = answer.headers["content-security-policy"]
            assert "frame-ancestors" in policy
            assert "default-src 'none'" in policy
            assert "script-src 'unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "server" not in answer.headers


def test_an_address_counts_only_when_a_caller_signed_it(bridge: Bridge) -> None:
    forged = {"x_forwarded_for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x_real_ip": "203.0.113.9"}
    body = {"brand": "generali", "purpose": "registration", "channel": "mobile", "locale": "it", "customer_code": "G"}
    for number in range(12):
        to = f"+3932012345{number:02d}"
        assert bridge.portal.request("POST", "/v1/verifications", {**body, "to": to}, **forged).status == 201
        assert len(bridge.deliver()) == 1
    sent = 0
    for number in range(12):
        to = f"+3932012346{number:02d}"
        told = {**body, "to": to, "client_ip": "203.0.113.9"}
        spread = {"x_forwarded_for": f"198.51.100.{number}"}
        assert bridge.portal.request("POST", "/v1/verifications", told, **spread).status == 201
        sent += len(bridge.deliver())
    assert sent == 10
