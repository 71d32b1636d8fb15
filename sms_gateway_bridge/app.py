"""The bridge's HTTP interface as an ASGI application; `create_app` is the factory."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from domain.clock import SystemClock
from sms_gateway_bridge import problems
from sms_gateway_bridge.api import health, messages, openapi, outbox, receipts, verifications
from sms_gateway_bridge.api.caller import Services
from sms_gateway_bridge.api.headers import HeadersLayer
from sms_gateway_bridge.api.request_signatures import OwnSignature, RequestSignature, receipt_signature
from sms_gateway_bridge.api.signing import SigningLayer
from sms_gateway_bridge.context import build_context
from sms_gateway_bridge.db.clock import NowMs
from sms_gateway_bridge.errors import BridgeError
from sms_gateway_bridge.gathering import Gathering
from sms_gateway_bridge.messages.accepting import accept_many
from sms_gateway_bridge.outbox.store import OutboxStore
from sms_gateway_bridge.proofs import ProofSigner
from sms_gateway_bridge.providers.http_gateway import HttpGateway
from sms_gateway_bridge.settings import BridgeSettings
from sms_gateway_bridge.verifications.starting import start_many

LONGEST_WAIT_S = 5.0
"""For a verification to start: a code sent after that would only end the one that is asked for next."""


def create_app(
    settings: BridgeSettings, *, clock: NowMs | None = None, signature_clock: Callable[[], float] = time.time
) -> FastAPI:
    """Build the application. ``clock`` replaces the database's, ``signature_clock`` this machine's, in tests.

    Raises `ConfigurationError`.
    """
    context = build_context(settings, clock=clock, limits=settings.limits, link_origins=settings.link_origins)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        context.close()

    app = FastAPI(
        title="SMS gateway bridge",
        version="1",
        description="One-time codes and notices over SMS and email: minted, delivered and checked.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Else FastAPI looks with every request whether somebody has set it up; nobody does here.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = Services(
        context,
        ProofSigner(settings.proof_keys),
        settings.receipt_formats,
        Gathering(partial(accept_many, context)),
        Gathering(partial(start_many, context), longest_wait_s=LONGEST_WAIT_S),
    )
    routers = [messages.router, verifications.router, receipts.router, health.router]
    if settings.development:
        app.state.outbox = OutboxStore(SystemClock(settings.clock_offset_s).now)
        routers.append(outbox.router)
    for router in routers:
        # Not `include_router`: a router within a router is asked, and told, of every request at some cost.
        app.router.routes.extend(router.routes)
    app.add_exception_handler(BridgeError, problems.on_bridge_error)
    app.add_exception_handler(RequestValidationError, problems.on_invalid_request)
    app.add_exception_handler(HTTPException, problems.on_http_error)
    app.add_middleware(
        SigningLayer,
        callers={name: OwnSignature(keys) for name, keys in settings.caller_keys.items()},
        providers=_providers(settings),
        database=context.database,
        now_s=signature_clock,
    )
    app.add_middleware(HeadersLayer)
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]
    return app


def _providers(settings: BridgeSettings) -> dict[str, RequestSignature]:
    declared = {one.name: one for one in settings.sms_gateways if isinstance(one, HttpGateway)}
    return {
        receipts.caller_name(name): receipt_signature(declared.get(name), keys)
        for name, keys in settings.receipt_keys.items()
    }
