"""The worker: claims queued messages, mints their codes, words and submits them, and keeps the tables tidy.

``python -m sms_gateway_bridge.worker``; any number may run on PostgreSQL. SIGTERM ends it after what it has in hand.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping

import structlog

from sms_gateway_bridge import conversion, heartbeats, logs, standing
from sms_gateway_bridge.context import Context, build_context
from sms_gateway_bridge.db.upgrade import wait_until_current
from sms_gateway_bridge.db.wakeup import LOOK_EVERY_S, Listener
from sms_gateway_bridge.errors import ConfigurationError, UnavailableError
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.messages.inbox import ReceiptInbox
from sms_gateway_bridge.messages.queue import LEASE_S, settle_overdue
from sms_gateway_bridge.providers.base import Provider
from sms_gateway_bridge.providers.registry import build_providers
from sms_gateway_bridge.providers.router import Router
from sms_gateway_bridge.providers.routes import ROUTES
from sms_gateway_bridge.purge import purge
from sms_gateway_bridge.settings import WorkerSettings, load_worker_settings
from sms_gateway_bridge.submitting import Submitting

EXIT_CONFIGURATION = 2
SETTLE_EVERY_S = 1.0
PURGE_EVERY_S = 600.0
TIDY_EVERY_S = 0.25
ROUND_S = 0.02
"""How far apart rounds begin: what comes in between costs one round and not many."""


class Worker:
    """One worker. `run` until `stop`; `run_once` does one round, for tests."""

    def __init__(
        self,
        context: Context,
        providers: Mapping[str, Provider],
        settings: WorkerSettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = heartbeats.new_name()
        self._context = context
        self._providers = providers
        self._settings = settings
        self._monotonic = monotonic
        self._stopping = False
        self._ended = threading.Event()
        self._changed = threading.Event()
        self._submitting = Submitting(
            self.name, context, providers, settings, monotonic=monotonic, on_change=self._changed.set
        )
        self._alarm_limits = conversion.AlarmLimits(settings.conversion_least_percent, settings.conversion_least_sent)
        self._inbox = ReceiptInbox(context.database)
        self._listener = Listener(settings.database_url, self._changed.set)
        self._next_beat = 0.0
        self._next_settle = 0.0
        self._next_purge = 0.0
        self._next_measure = 0.0
        self._log = structlog.get_logger()

    def stop(self) -> None:
        """Finish what is in hand and return from `run`, within about a second.

        Called by a signal, it may interrupt whoever holds the event's lock: it only leaves a note.
        """
        self._stopping = True

    def open(self) -> None:
        """Start what the providers keep running."""
        for provider in set(self._providers.values()):
            provider.open(self._inbox.keep)

    def run(self) -> None:
        """Work until stopped. A database that is away is waited for; nothing else ends the loop."""
        self.open()
        self._listener.start()
        # By itself: what takes long to tidy away does not keep a code waiting.
        tidying = threading.Thread(target=self._keep_tidy, name="tidy")
        tidying.start()
        self._log.info("worker_started", worker=self.name)
        while not self._stopping:
            began = self._monotonic()
            self._changed.clear()
            try:
                worked = self._submitting.turn()
            except UnavailableError:
                self._log.warning("database_unavailable", worker=self.name)
                self._await(1)
                continue
            if worked:
                time.sleep(max(0.0, began + ROUND_S - self._monotonic()))
            else:
                self._changed.wait(LOOK_EVERY_S if self._listener.listening else self._settings.poll_ms / 1000)
        self._listener.close()
        self._finish_in_time()
        self._ended.set()
        tidying.join()
        self.close()
        self._log.info("worker_stopped", worker=self.name)

    def run_once(self) -> int:
        """Tidy what is due, submit what is due, and wait for it; returns how many messages were in hand."""
        self._tidy()
        taken = self._submitting.turn()
        self._finish()
        return taken

    def close(self) -> None:
        """Wait for submissions under way, sign off, and let go of providers and connections."""
        self._submitting.close()
        with contextlib.suppress(UnavailableError):
            heartbeats.leave(self._context.database, self.name)
            standing.leave(self._context.database, self.name)
        for provider in set(self._providers.values()):
            provider.close()
        self._inbox.close()
        self._context.close()

    def _finish_in_time(self) -> None:
        """`_finish`, waiting for a database that is away as long as the leases last."""
        until = time.monotonic() + LEASE_S
        while time.monotonic() < until:
            try:
                self._finish()
            except UnavailableError:
                time.sleep(0.5)
            else:
                return
        self._log.error("outcomes_not_recorded", worker=self.name)

    def _finish(self) -> None:
        """Wait for what is under way and write it down; a slow provider does not make the worker look dead."""
        while not self._submitting.is_idle:
            self._changed.clear()
            if not self._submitting.collect():
                self._changed.wait(heartbeats.BEAT_EVERY_S)
                with contextlib.suppress(UnavailableError):
                    self._beat()

    def _keep_tidy(self) -> None:
        """Tidy now and then until the worker has ended; while it ends it still shows signs of life."""
        while not self._ended.wait(TIDY_EVERY_S):
            with contextlib.suppress(UnavailableError):
                self._tidy()

    def _await(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._changed.wait(left)
            self._changed.clear()

    def _routers(self) -> Iterator[Router]:
        return (provider for provider in set(self._providers.values()) if isinstance(provider, Router))

    def _beat(self) -> None:
        now = self._monotonic()
        if now >= self._next_beat:
            heartbeats.beat(self._context.database, self.name)
            for router in self._routers():
                standing.report(self._context.database, self.name, router.reports())
            self._next_beat = now + heartbeats.BEAT_EVERY_S

    def _tidy(self) -> None:
        self._beat()
        now = self._monotonic()
        if now >= self._next_settle:
            self._next_settle = now + SETTLE_EVERY_S
            settle_overdue(self._context.database)
            receipts.apply(self._context.database)
            drained = standing.drained(self._context.database)
            for router in self._routers():
                router.drain(drained)
        if now >= self._next_measure:
            self._next_measure = now + conversion.MEASURE_EVERY_S
            conversion.measure(self._context.database, self._alarm_limits)
        if now >= self._next_purge:
            self._next_purge = now + PURGE_EVERY_S
            purge(self._context.database, self._settings.message_retention_days)


def _refuse_unknown_brands(settings: WorkerSettings, context: Context) -> None:
    stranger = settings.sms_routes and settings.sms_routes.unknown_brand(context.brands)
    if stranger:
        raise ConfigurationError(f"{ROUTES} names {stranger}, which is no brand of this installation")


def main() -> int:
    """Read the environment, wait for the migrated schema, work until told to stop."""
    try:
        settings = load_worker_settings()
        logs.configure("sms-bridge-worker", settings.log_level)
        providers = build_providers(settings)
        context = build_context(settings, pool_size=8)
        _refuse_unknown_brands(settings, context)
        wait_until_current(context.database)
    except ConfigurationError as error:
        sys.stderr.write(f"sms_gateway_bridge.worker: {error}\n")
        return EXIT_CONFIGURATION
    worker = Worker(context, providers, settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    gc.freeze()  # as the bridge does
    worker.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
