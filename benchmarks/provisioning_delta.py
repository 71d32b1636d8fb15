"""A night's delivery that hardly differs from the last one: time and memory of taking it in, on PostgreSQL.

Every run is a process of its own, whose peak memory is told. The first delivery and `--reread`, which read every row
and compare none beforehand, are the peers. Keycloak is not in it: what is told to it is counted.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from benchmarks.machine import peak_mib
from benchmarks.measuring import Timings
from benchmarks.report import Goal, Report
from benchmarks.run import Sizes, postgres, step
from domain.brands import load_brands
from domain.clock import SystemClock
from provisioning.directory import open_engine, upgrade
from provisioning.feed.generate import generate
from provisioning.feed.manifest import open_delivery
from provisioning.feed.quarantine import Quarantine
from provisioning.sync.accepted import AcceptedStates
from provisioning.sync.keycloak import RecordResult
from provisioning.sync.run import SyncOptions, SyncRun

UNCHANGED_S, CHANGED_S, PEAK_MIB = 15.0, 30.0, 1024.0
_GOALS_AT = 1_000_000
_EVERY = 100


@click.command("provisioning-delta")
@click.option("--customers", type=Sizes(), default=[100_000], show_default=True, help="Sizes of the delivery.")
@click.option("--reread/--no-reread", default=True, help="Measure a run that compares nothing, too.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep delivery and accepted state in this folder and go on from them: for runs in several parts.",
)
@click.option("--database", help="With --work: a PostgreSQL database of its own, kept as well.")
@click.option("--take-in-only", is_flag=True, help="Take the delivery in and measure nothing else: a part of a load.")
def provisioning_delta(
    customers: Sequence[int], *, reread: bool, work: Path | None, database: str | None, take_in_only: bool
) -> Report:
    """Deliveries that did not change, and with 1 % changed."""
    if (work is None) != (database is None):
        raise click.UsageError("--work and --database belong together.")
    report = Report("provisioning-delta", "customers", {"customers": list(customers), "reread": reread})
    with ExitStack() as stack:
        if work is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(postgres())
        for size in customers:
            if work is None:
                one = _Size(report, server.new_url(upgrade), folder / str(size), size)
            else:
                assert database is not None
                upgrade(database)
                one = _Size(report, database, work, size)
            one.take_in()
            if not take_in_only:
                one.measure(reread=reread)
    report.compare("1 % changed", "1 % changed, every row read")
    return report


class _Size:
    """All that is measured with one number of customers."""

    def __init__(self, report: Report, url: str, folder: Path, size: int) -> None:
        self._report = report
        self._url = url
        self._folder = folder
        self._size = size
        self._delivery = folder / "delivery"

    def take_in(self) -> None:
        """Deliver that many customers; those delivered before are the first of them, and are not read again."""
        sequence = self._sequence() + 1
        with step(f"A delivery of {self._size:,} customers"):
            generate(self._delivery, brands=sorted(load_brands()), customers=self._size, seed=1, sequence=sequence)
        self._run("first delivery" if sequence == 1 else "the delivery grown")

    def measure(self, *, reread: bool) -> None:
        self._next()
        same = self._run("the same files")
        self._next(_reversed)
        shuffled = self._run("the same rows in another order")
        self._next(_changed)
        changed = self._run("1 % changed")
        if reread:
            self._next(_changed_back)
            self._run("1 % changed, every row read", reread=True)
        if self._size >= _GOALS_AT:
            for what, done, limit in (
                ("unchanged, s", same, UNCHANGED_S),
                ("unchanged, another order, s", shuffled, UNCHANGED_S),
                ("1 % changed, s", changed, CHANGED_S),
            ):
                self._report.goals.append(Goal(f"{self._size:,} {what}", done["seconds"], limit))
                self._report.goals.append(Goal(f"{self._size:,} {what}: peak memory, MiB", done["peak_mib"], PEAK_MIB))

    def _sequence(self) -> int:
        manifest = self._delivery / "manifest.json"
        return int(json.loads(manifest.read_text())["sequence"]) if manifest.exists() else 0

    def _run(self, what: str, *, reread: bool = False) -> Mapping[str, Any]:
        with step(f"{self._size:,}: {what}"):
            told = in_a_process(self._url, self._folder, reread=reread)
        self._report.add(what, self._size, Timings((int(told["seconds"] * 1e9),)))
        self._report.options[f"{what}, {self._size:,}"] = told
        return told

    def _next(self, change: Callable[[list[bytes]], list[bytes]] | None = None) -> None:
        """The delivery after, its rows as the change leaves them."""
        path = self._delivery / "manifest.json"
        manifest = json.loads(path.read_text()) | {"sequence": self._sequence() + 1}
        for file in manifest["files"]:
            content = self._delivery / file["name"]
            if change is not None:
                header, *rows = content.read_bytes().splitlines(keepends=True)
                content.write_bytes(b"".join([header, *change(rows)]))
            file["sha256"] = hashlib.sha256(content.read_bytes()).hexdigest()
        path.write_text(json.dumps(manifest))


def _reversed(rows: list[bytes]) -> list[bytes]:
    return rows[::-1]


def _changed(rows: list[bytes]) -> list[bytes]:
    """Every hundredth row says something else, wherever it names a day."""
    return [row.replace(b"2026-", b"2027-") if at % _EVERY == 0 else row for at, row in enumerate(rows)]


def _changed_back(rows: list[bytes]) -> list[bytes]:
    return [row.replace(b"2027-", b"2026-") if at % _EVERY == 0 else row for at, row in enumerate(rows)]


class _Counted:
    """Takes every record."""

    def upsert(self, brand: str, records: Sequence[Mapping[str, Any]]) -> list[RecordResult]:  # noqa: ARG002
        return [RecordResult(record["customer_code"], "updated", None) for record in records]


def in_a_process(url: str, folder: Path, *, reread: bool) -> Mapping[str, Any]:
    """Run `sync` in a process of its own, whose peak memory is nobody else's."""
    words = [sys.executable, "-m", "benchmarks.provisioning_delta", url, str(folder), *(["--reread"] * reread)]
    told: Mapping[str, Any] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return told


def sync(url: str, folder: Path, *, reread: bool) -> dict[str, Any]:
    """Take the delivery of this folder in, and say what it took."""
    began = time.monotonic()
    engine = open_engine(url)
    states = AcceptedStates(folder / "accepted")
    run = SyncRun(engine, _Counted(), frozenset(load_brands()), SystemClock(), states, timedelta(hours=72))
    with closing(Quarantine(None)) as quarantine:
        report = run.run(open_delivery(folder / "delivery"), quarantine, SyncOptions(reread=reread))
    engine.dispose()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.monotonic() - began,
        "processor_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": peak_mib("self"),
        "rows": sum(counts.unchanged + counts.changed for counts in report.tables.values()),
        "rows_written": sum(counts.changed for counts in report.tables.values()),
        "customers_told": report.pending,
        "quarantined": report.quarantined,
    }


if __name__ == "__main__":
    print(json.dumps(sync(sys.argv[1], Path(sys.argv[2]), reread="--reread" in sys.argv)))
