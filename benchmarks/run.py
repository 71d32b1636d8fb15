"""What every benchmark is run with: sizes from the command line, messages on the way, a report at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import click
from rich.console import Console

from benchmarks.report import Report
from tests.support.postgres import PostgresServer, running_postgres

RESULTS = Path(__file__).resolve().parents[1] / "var" / "bench"
console = Console(soft_wrap=True)

# As a small production server has them; nothing here is measured on a crash, so `fsync` stays off.
_POSTGRES = {"shared_buffers": "512MB", "maintenance_work_mem": "256MB", "max_wal_size": "8GB"}


class Sizes(click.ParamType):
    """Whole numbers separated by commas, in ascending order."""

    name = "sizes"

    def convert(
        self, value: str | Sequence[int], param: click.Parameter | None, context: click.Context | None
    ) -> list[int]:
        """Read them."""
        if not isinstance(value, str):
            return sorted(value)
        try:
            return sorted({int(part) for part in value.split(",")})
        except ValueError:
            self.fail(f"{value} is not a list of numbers such as 10000,100000", param, context)


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL of the tests, sized for benchmarks."""
    with running_postgres(_POSTGRES) as server:
        yield server


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    began = monotonic()
    with console.status(what):
        yield
    console.print(f"{what}: {monotonic() - began:.0f} s", highlight=False)


def finish(reports: Sequence[Report]) -> None:
    """Show and keep the reports; ends the program with 1 when a goal is missed."""
    for report in reports:
        report.show(console)
        console.print(f"  kept in {report.write(RESULTS)}", highlight=False)
    if not all(report.holds for report in reports):
        sys.exit(1)
