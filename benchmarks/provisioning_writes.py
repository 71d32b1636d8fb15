"""Customers written into Keycloak: the product's push beside what else the Admin API offers, on PostgreSQL.

New and changed ones, on one server, one after the other; every way writes the same attributes. The brand's realm lets
nobody but the product write them, so the peers have a realm of their own, with Keycloak's own profile. They are given
as many customers as they manage in a while: their rate does not follow the number. COPY straight into the tables is
the ceiling, not an option.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from benchmarks.keycloak_users import KeycloakUsers
from benchmarks.measuring import Timings, timed
from benchmarks.population import fill
from benchmarks.pushing import BRAND, WARM_UP, Pushing, analyze, mean, running_keycloak, seconds
from benchmarks.report import Goal, Report
from benchmarks.run import postgres, step
from keycloak import KeycloakAdmin
from provisioning.directory import open_engine
from provisioning.directory.models import Customer
from provisioning.sync.records import records_of, refresh_record_hashes
from tests.support.postgres import PostgresServer
from tests.support.stack import Stack

COPIED_INTO, PEERS = "alleanza", "peers"
OURS, ONE_BY_ONE, ASYNC = "ours", "python-keycloak", "python-keycloak, eight at once"
IMPORT, COPY = "partialImport", "COPY"
_IMPORTED_AT_ONCE, _TASKS = 200, 8
# (floor, goal): how many times as fast as the peer.
_GOALS = {
    ("new", ONE_BY_ONE): (20, 40),
    ("new", f"{IMPORT} SKIP"): (4, 8),
    ("changed", f"{IMPORT} OVERWRITE"): (15, 20),
}

Record = Mapping[str, Any]


@click.command("provisioning-writes")
@click.option("--customers", type=click.IntRange(2000), default=20_000, show_default=True, help="New, then changed.")
@click.option("--limit", "limit_s", type=click.IntRange(1), default=40, show_default=True, help="Seconds a peer.")
def provisioning_writes(customers: int, limit_s: int) -> Report:
    """Write customers into Keycloak, new and changed ones."""
    report = Report("provisioning-writes", "customers", {"customers": customers, "limit_s": limit_s})
    with (
        postgres() as server,
        tempfile.TemporaryDirectory(prefix="area-clienti-bench-") as scratch,
        _directory(server, WARM_UP + customers) as engine,
        running_keycloak(server, Path(scratch)) as stack,
    ):
        writes = _Writes(report, engine, stack, customers, limit_s)
        # One loop for all: the client of the peer keeps its connections in the first it sees.
        with asyncio.Runner() as loop:
            writes.measure(loop)
    writes.conclude()
    return report


@contextmanager
def _directory(server: PostgresServer, customers: int) -> Iterator[Engine]:
    url = server.url(server.new_database("directory"))
    with step(f"A directory of {customers:,} customers"):
        fill({customers: url}, BRAND, seed=1)
        engine = open_engine(url)
        with Session(engine) as session, session.begin():
            refresh_record_hashes(session, session.scalars(select(Customer.customer_code)).all())
    yield engine
    engine.dispose()


class _Writes:
    def __init__(self, report: Report, engine: Engine, stack: Stack, customers: int, limit_s: int) -> None:
        self._report = report
        self._engine = engine
        self._stack = stack
        self._customers = customers
        self._limit_s = limit_s
        self._ours = Pushing(engine, stack)

    def measure(self, loop: asyncio.Runner) -> None:
        assert self._stack.databases is not None
        copied = KeycloakUsers(self._stack.databases.keycloak, COPIED_INTO)
        codes = self._ours.codes()
        with Session(self._engine) as session:
            records = list(records_of(session, codes))
        self._ours.push(codes[:WARM_UP])
        analyze(self._stack.databases.keycloak)
        self._report.add(f"new: {OURS}", self._customers, self._ours.push(codes[WARM_UP:]))
        users = _Peers(_peers_realm(self._stack), records, self._limit_s)
        self._report.add(f"new: {ONE_BY_ONE}", self._customers, users.create_one_by_one())
        self._report.add(f"new: {ASYNC}", self._customers, loop.run(users.create_at_once()))
        self._report.add(f"new: {IMPORT} SKIP", self._customers, users.bring_in("SKIP"))
        took = seconds(lambda: copied.grow(_url(self._engine)))
        self._report.add(f"new: {COPY}", self._customers, mean(took, len(codes)))
        with self._engine.begin() as connection:
            connection.execute(text("UPDATE directory_customers SET first_name = left('Nuovo ' || first_name, 60)"))
        with Session(self._engine) as session, session.begin():
            refresh_record_hashes(session, codes)
        self._report.add(f"changed: {OURS}", self._customers, self._ours.push(codes))
        self._report.add(f"changed: {ONE_BY_ONE}", self._customers, users.update_one_by_one())
        self._report.add(f"changed: {ASYNC}", self._customers, loop.run(users.update_at_once()))
        self._report.add(f"changed: {IMPORT} OVERWRITE", self._customers, users.bring_in("OVERWRITE"))
        self._report.options["keycloak_peak_mib"] = _peak_mib(self._stack.process("keycloak"))

    def conclude(self) -> None:
        """How many times as fast, and whether that is enough."""
        rates = {figure.what: figure.per_second for figure in self._report.figures}
        for name in rates:
            what, _, way = name.partition(": ")
            if way != OURS:
                self._report.compare(f"{what}: {OURS}", name)
        for (what, peer), limits in _GOALS.items():
            share = rates[f"{what}: {peer}"] / rates[f"{what}: {OURS}"]
            for named, times in zip(("floor", "goal"), limits, strict=True):
                self._report.goals.append(Goal(f"{what}: {peer}, share of our rate ({named})", share, 1 / times))


def _peers_realm(stack: Stack) -> KeycloakAdmin:
    stack.admin("master").create_realm({"realm": PEERS, "enabled": True})
    # A token from before the realm would not reach it.
    admin = stack.admin(PEERS)
    profile = admin.get_realm_users_profile()
    admin.update_realm_users_profile({**profile, "unmanagedAttributePolicy": "ENABLED"})
    return admin


class _Peers:
    """The same customers under other names, written by what the Admin API offers."""

    def __init__(self, admin: KeycloakAdmin, records: Sequence[Record], limit_s: int) -> None:
        self._admin = admin
        self._records = records
        self._limit_s = limit_s
        self._one_by_one: list[str] = []
        self._at_once: list[tuple[str, Record]] = []

    def create_one_by_one(self) -> Timings:
        users = (_user(record, "s") for record in self._records)
        return timed(lambda user: self._one_by_one.append(self._admin.create_user(user)), users, limit_s=self._limit_s)

    def update_one_by_one(self) -> Timings:
        changed = (_user(record, "s", "Nuovo ") for record in self._records)
        changes = zip(self._one_by_one, changed, strict=False)
        return timed(lambda change: self._admin.update_user(*change), changes, limit_s=self._limit_s)

    async def create_at_once(self) -> Timings:
        async def create(record: Record) -> None:
            self._at_once.append((await self._admin.a_create_user(_user(record, "a")), record))

        return await self._while_there_is_time(create, self._records)

    async def update_at_once(self) -> Timings:
        async def update(change: tuple[str, Record]) -> None:
            await self._admin.a_update_user(change[0], _user(change[1], "a", "Nuovo "))

        return await self._while_there_is_time(update, self._at_once)

    def bring_in(self, existing: str) -> Timings:
        """partialImport, as many a request as it takes well."""
        new_name = "" if existing == "SKIP" else "Nuovo "
        users = (_user(record, "i", new_name) for record in self._records)
        began, count = time.monotonic(), 0
        while time.monotonic() - began < self._limit_s and (batch := list(islice(users, _IMPORTED_AT_ONCE))):
            self._admin.partial_import_realm(PEERS, {"ifResourceExists": existing, "users": batch})
            count += len(batch)
        return mean(time.monotonic() - began, count)

    async def _while_there_is_time(self, call: Callable[[Any], Any], arguments: Iterable[Any]) -> Timings:
        left, began, count = iter(arguments), time.monotonic(), 0

        async def work() -> None:
            nonlocal count
            for argument in left:
                await call(argument)
                count += 1
                if time.monotonic() - began > self._limit_s:
                    return

        await asyncio.gather(*(work() for _ in range(_TASKS)))
        return mean(time.monotonic() - began, count)


def _user(record: Record, letter: str, new_name: str = "") -> dict[str, Any]:
    """The record as a user of the Admin API; the letter keeps the ways apart."""
    attributes = {
        "customer_code": letter.upper() + record["customer_code"],
        "customer_kind": record["kind"],
        "email_agency": record["emails"],
        "mobile_agency": record["mobiles"],
        "landline_agency": record["landlines"],
        "account_state": "provisioned",
        **{name: record[name] for name in ("company_name", "tax_code", "vat_number", "agency_code", "scheme")},
        **{name: record[name] for name in ("access_mobile", "record_hash")},
    }
    return {
        "username": letter + record["customer_code"].lower(),
        "enabled": False,
        "firstName": (new_name + record["first_name"])[:60],
        "lastName": record["last_name"],
        "attributes": {
            name: value if isinstance(value, list) else [value] for name, value in attributes.items() if value
        },
    }


def _url(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _peak_mib(process: int) -> float:
    """The most memory that a process and what it started held."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    peaks = [_peak_mib(int(child)) for child in children]
    status = Path(f"/proc/{process}/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return max([own / 1024, *peaks])
