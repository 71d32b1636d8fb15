"""A link keeps one session in one role bound: it reconnects with growing pauses and says when it stands."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import Callable

import structlog

from sms_gateway_bridge.providers.smpp.declaration import SmppGateway
from sms_gateway_bridge.providers.smpp.pdus import Role
from sms_gateway_bridge.providers.smpp.session import NotBoundError, OnDelivery, Session

FIRST_PAUSE_S = 0.2
_STEADY_S = 30.0
"""A session that held this long was a good one: after it the pauses begin anew."""


class Link:
    """`run` until cancelled; `bound` gives the session when there is one."""

    def __init__(
        self, gateway: SmppGateway, password: str, role: Role, tls: ssl.SSLContext | None, on_delivery: OnDelivery
    ) -> None:
        self.role = role
        self._gateway = gateway
        self._make: Callable[[], Session] = lambda: Session(gateway, password, role, tls, on_delivery)
        self._session: Session | None = None
        self._stands = asyncio.Event()
        self._reason = "not_bound"
        self._log = structlog.get_logger()

    @property
    def is_bound(self) -> bool:
        """Whether a session stands now."""
        return self._session is not None

    async def bound(self, timeout_s: float) -> Session:
        """The session, awaited for at most ``timeout_s`` seconds; raises `NotBoundError`."""
        if self._session is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(timeout_s, 0)):
                    await self._stands.wait()
        if self._session is None:
            raise NotBoundError(self._reason)
        return self._session

    async def run(self) -> None:
        """Keep the session until cancelled, then unbind."""
        pause = FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while True:
            session, began = self._make(), loop.time()
            try:
                await session.open()
            except NotBoundError as error:
                self._reason = error.reason
                self._log.warning("smpp_not_bound", provider=self._gateway.name, role=self.role, reason=error.reason)
            else:
                self._log.info("smpp_bound", provider=self._gateway.name, role=self.role)
                await self._serve(session)
                self._log.warning("smpp_lost", provider=self._gateway.name, role=self.role)
            if loop.time() - began > _STEADY_S:
                pause = FIRST_PAUSE_S
            # Half of it by chance: many workers do not come back in one moment.
            await asyncio.sleep(pause * (0.5 + secrets.randbelow(500) / 1000))
            pause = min(pause * 2, self._gateway.longest_reconnect_s)

    async def _serve(self, session: Session) -> None:
        self._session = session
        self._stands.set()
        try:
            await session.run()
        finally:
            self._session, self._reason = None, "line_lost"
            self._stands.clear()
