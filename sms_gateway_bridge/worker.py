"""The worker: claims queued messages, mints their codes, words and submits them, and keeps the tables tidy.

``python -m sms_gateway_bridge.worker``; any number may run on PostgreSQL. SIGTERM ends it after what it has in hand.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog

from sms_gateway_bridge import heartbeats, logs
from sms_gateway_bridge.context import Context, build_context
from sms_gateway_bridge.db.upgrade import wait_until_current
from sms_gateway_bridge.errors import ConfigurationError, UnavailableError
from sms_gateway_bridge.messages import receipts
from sms_gateway_bridge.messages.outgoing import compose
from sms_gateway_bridge.messages.queue import LEASE_S, Claim, claim, has_due, record, retry_later, settle_overdue
from sms_gateway_bridge.providers.base import Provider
from sms_gateway_bridge.providers.registry import build_providers
from sms_gateway_bridge.purge import purge
from sms_gateway_bridge.settings import WorkerSettings, load_worker_settings

EXIT_CONFIGURATION = 2
SETTLE_EVERY_S = 1.0
PURGE_EVERY_S = 600.0


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
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="submit")
        self._next_beat = 0.0
        self._next_settle = 0.0
        self._next_purge = 0.0
        self._log = structlog.get_logger()

    def stop(self) -> None:
        """Finish what is in hand and return from `run`."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped. A database that is away is waited for; nothing else ends the loop."""
        self._log.info("worker_started", worker=self.name)
        while not self._stopping.is_set():
            try:
                worked = self.run_once()
            except UnavailableError:
                self._log.warning("database_unavailable", worker=self.name)
                self._stopping.wait(1)
                continue
            if not worked:
                self._stopping.wait(self._settings.poll_ms / 1000)
        self.close()
        self._log.info("worker_stopped", worker=self.name)

    def close(self) -> None:
        """Wait for submissions under way, sign off, and let go of providers and connections."""
        self._pool.shutdown(wait=True)
        with contextlib.suppress(UnavailableError):
            heartbeats.leave(self._context.database, self.name)
        for provider in set(self._providers.values()):
            provider.close()
        self._context.database.close()

    def run_once(self) -> int:
        """Tidy what is due, submit what is due; returns how many messages were in hand."""
        self._tidy()
        if not has_due(self._context.database):
            return 0
        began = self._monotonic()
        claims = claim(self._context.database, self._context.hasher, self.name, self._settings.threads)
        self._await([self._pool.submit(self._deliver, one, began) for one in claims])
        return len(claims)

    def _await(self, submissions: list[Future[None]]) -> None:
        # A slow provider does not make the worker look dead.
        while wait(submissions, timeout=heartbeats.BEAT_EVERY_S).not_done:
            with contextlib.suppress(UnavailableError):
                self._beat()

    def _beat(self) -> None:
        now = self._monotonic()
        if now >= self._next_beat:
            heartbeats.beat(self._context.database, self.name)
            self._next_beat = now + heartbeats.BEAT_EVERY_S

    def _tidy(self) -> None:
        self._beat()
        now = self._monotonic()
        if now >= self._next_settle:
            self._next_settle = now + SETTLE_EVERY_S
            settle_overdue(self._context.database)
            receipts.apply(self._context.database)
        if now >= self._next_purge:
            self._next_purge = now + PURGE_EVERY_S
            purge(self._context.database, self._settings.message_retention_days)

    def _deliver(self, one: Claim, began: float) -> None:
        try:
            self._submit(one, began)
        except UnavailableError:
            # Submitted or not, it could not be written down: the lease ends and the code becomes unknown.
            self._log.error("outcome_not_recorded", message_id=one.row["id"], trace_id=one.row["trace_id"])
        except Exception as error:
            self._log.error("message_failed", message_id=one.row["id"], **logs.where(error))
            record(self._context.database, one.row["id"], "failed", provider="none", reason="internal_error")

    def _submit(self, one: Claim, began: float) -> None:
        row = one.row
        waited_s = self._monotonic() - began
        outgoing = compose(self._context, self._settings, one)
        # A worker that was stopped in between must not send what has expired or what another one has taken over.
        if waited_s >= LEASE_S or waited_s >= outgoing.validity_s:
            retry_later(self._context.database, row["id"], self.name, row["submissions"], "held_up")
            return
        provider = self._providers[row["channel"]]
        submission = provider.submit(outgoing)
        if submission.outcome == "retry":
            reason = submission.reason or "retry"
            retry_later(self._context.database, row["id"], self.name, row["submissions"], reason)
            return
        record(
            self._context.database,
            row["id"],
            submission.outcome,
            provider=provider.name,
            reference=submission.reference,
            reason=submission.reason,
        )


def main() -> int:
    """Read the environment, wait for the migrated schema, work until told to stop."""
    try:
        settings = load_worker_settings()
        logs.configure("sms-bridge-worker", settings.log_level)
        providers = build_providers(settings)
        context = build_context(settings, pool_size=settings.threads + 2)
        wait_until_current(context.database)
    except ConfigurationError as error:
        sys.stderr.write(f"sms_gateway_bridge.worker: {error}\n")
        return EXIT_CONFIGURATION
    worker = Worker(context, providers, settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
