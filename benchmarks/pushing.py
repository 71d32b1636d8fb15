"""The product's push of customers into a Keycloak of its own, for the benchmarks that measure it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from benchmarks.measuring import Timings
from domain.brands import load_brands
from domain.clock import SystemClock
from provisioning.directory.models import Customer
from provisioning.feed.generate import generate
from provisioning.sync.keycloak import KeycloakCustomers
from provisioning.sync.push import push_pending
from provisioning.sync.report import SyncReport
from tests.support.databases import StackDatabases
from tests.support.postgres import PostgresServer
from tests.support.stack import PROJECT, Stack, running_stack

BRAND = "generali"
# The virtual machine compiles what it runs often: a night is longer than that, and all are measured after it.
WARM_UP = 20_000


class Pushing:
    """Pushes customers of a directory into the brand's realm."""

    def __init__(self, engine: Engine, stack: Stack) -> None:
        self._engine = engine
        secrets = {BRAND: stack.secrets[f"PROVISIONING_CLIENT_SECRET_{BRAND.upper()}"]}
        self._keycloak = KeycloakCustomers(stack.keycloak, secrets)

    def codes(self) -> Sequence[str]:
        """All customers of the directory, in order."""
        with Session(self._engine) as session:
            return session.scalars(select(Customer.customer_code).order_by(Customer.customer_code)).all()

    def push(self, codes: Sequence[str]) -> Timings:
        """Push these customers as the product does; the time of one among many at once is the mean."""
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE directory_customers SET push_pending = customer_code = ANY(:codes)"
                    " WHERE push_pending OR customer_code = ANY(:codes)"
                ),
                {"codes": list(codes)},
            )
        report = SyncReport(1)
        with Session(self._engine) as session:
            took = seconds(lambda: push_pending(session, self._keycloak, [BRAND], report=report, clock=SystemClock()))
        assert not report.refusals, report.refusals[:3]
        return mean(took, len(codes))


@contextmanager
def running_keycloak(server: PostgresServer, scratch: Path) -> Iterator[Stack]:
    """A stack on PostgreSQL whose realms have no customers yet."""
    generate(scratch / "nobody", brands=sorted(load_brands()), customers=0, seed=0)
    databases = StackDatabases.on(server)
    with running_stack(PROJECT / "var" / "bench-run", databases=databases, delivery=scratch / "nobody") as stack:
        yield stack


def analyze(url: str) -> None:
    """What the server does by itself within its first minute: until then it plans as if the tables were empty."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def mean(took_s: float, count: int) -> Timings:
    """The timings of so many that went together."""
    return Timings((int(took_s * 1e9 / count),) * count)


def seconds(call: Callable[[], object]) -> float:
    """How long it took."""
    began = time.monotonic()
    call()
    return time.monotonic() - began
