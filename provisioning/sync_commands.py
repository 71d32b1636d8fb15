"""The commands `sync`, `correct` and `runs`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.clock import SystemClock
from provisioning.commands import FOLDER, QUARANTINE, directory, translated
from provisioning.console import SyncScreen, show_report, show_runs
from provisioning.directory.models import Run
from provisioning.errors import RefusedError
from provisioning.feed.corrections import write_corrections
from provisioning.feed.manifest import Delivery, open_delivery
from provisioning.feed.quarantine import Quarantine
from provisioning.settings import SyncSettings, database_url
from provisioning.sync.accepted import AcceptedStates
from provisioning.sync.keycloak import KeycloakCustomers
from provisioning.sync.metrics import write_metrics
from provisioning.sync.report import SyncReport
from provisioning.sync.run import SyncOptions, SyncRun
from provisioning.sync.runs import last_runs
from provisioning.sync.sequence import last_applied

_FILE = click.Path(dir_okay=False, path_type=Path)
_REPORT = click.option("--report", "report_file", type=_FILE, help="Write what the run did as JSON.")
_METRICS = click.option(
    "--metrics", "metrics_file", type=_FILE, help="Write metrics for Prometheus' textfile collector."
)


@dataclass(frozen=True, slots=True)
class _Task:
    """What to take in, where its unusable rows go (None: nowhere), and how."""

    delivery: Delivery
    quarantine_file: Path | None
    options: SyncOptions


@dataclass(frozen=True, slots=True)
class _Outputs:
    """The files a run writes for others, if asked to."""

    report: Path | None
    metrics: Path | None


@click.command()
@click.argument("delivery", type=FOLDER)
@click.option("--dry-run", is_flag=True, help="Say what would change, by customer, and write nothing.")
@click.option("--changes", "changes_file", type=_FILE, help="With --dry-run: write every change, by customer, as CSV.")
@click.option("--allow-removals", is_flag=True, help="Allow more than 5 % of the rows of a file to be removed.")
@click.option("--push-all", is_flag=True, help="Tell Keycloak of every customer, changed or not.")
@click.option("--reread", is_flag=True, help="Read every row again, whatever was accepted before.")
@QUARANTINE
@_REPORT
@_METRICS
def sync(
    delivery: Path, *, quarantine_dir: Path, report_file: Path | None, metrics_file: Path | None, **how: bool | Path
) -> None:
    """Bring the directory and Keycloak to what the agencies' DELIVERY says."""
    options = SyncOptions(**how)  # type: ignore[arg-type] # click gives what its options say

    def task(_engine: Engine, _stack: ExitStack) -> _Task:
        if options.changes_file is not None and not options.dry_run:
            raise RefusedError("option_without_dry_run", "--changes says what a dry run would do: add --dry-run.")
        opened = open_delivery(delivery)
        name = None if options.dry_run else quarantine_dir / f"delivery-{opened.manifest.sequence}.csv"
        return _Task(opened, name, options)

    _carry_out(task, _Outputs(report_file, None if options.dry_run else metrics_file))


@click.command()
@click.argument("corrected", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@QUARANTINE
@_REPORT
@_METRICS
def correct(corrected: Path, quarantine_dir: Path, report_file: Path | None, metrics_file: Path | None) -> None:
    """Take in the rows of a quarantine file that were CORRECTED there, as rows of the last delivery."""

    def task(engine: Engine, stack: ExitStack) -> _Task:
        with Session(engine) as session:
            last = last_applied(session)
        if last is None:
            raise RefusedError("corrections_old", "There is no delivery yet whose rows could be corrected.")
        name = quarantine_dir / f"delivery-{last.sequence}-corrected.csv"
        if name.exists() and name.samefile(corrected):
            raise RefusedError("corrections_in_place", f"{name} is written anew by this run: copy it first.")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "delivery"
        write_corrections(corrected, folder, sequence=last.sequence, now=SystemClock().now())
        return _Task(open_delivery(folder), name, SyncOptions(correction=True))

    _carry_out(task, _Outputs(report_file, metrics_file))


@click.command()
@click.argument("run_id", type=int, required=False)
@click.option("--last", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many runs to list.")
@click.option("--json", "as_json", is_flag=True, help="Print the report of the run as JSON.")
def runs(run_id: int | None, last: int, *, as_json: bool) -> None:
    """List the runs of sync, or show what the run RUN_ID did."""
    console = Console(soft_wrap=True)
    with translated(console), directory(database_url()) as engine, Session(engine) as session:
        if run_id is None:
            show_runs(console, last_runs(session, last))
            return
        run = session.get(Run, run_id)
        if run is None:
            raise RefusedError("run_unknown", f"There is no run {run_id}.")
        if as_json:
            click.echo(run.report or "{}")
            return
        show_runs(console, [run])
        if run.report:
            show_report(console, SyncReport.from_json(run.report))


def _carry_out(task: Callable[[Engine, ExitStack], _Task], outputs: _Outputs) -> None:
    """Run sync and end the command with its exit code; the metrics are written whatever the end."""
    console = Console()
    report: SyncReport | None = None
    with ExitStack() as stack:
        try:
            with translated(console):
                settings = SyncSettings.from_environment()
                engine = stack.enter_context(directory(settings.database_url))
                report = _run(task(engine, stack), settings, engine, console)
                if outputs.report is not None:
                    outputs.report.parent.mkdir(parents=True, exist_ok=True)
                    outputs.report.write_text(report.to_json() + "\n", "utf-8")
            exit_code = 0 if report.is_clean else 1
        except SystemExit as end:
            exit_code = int(end.code or 0)
        if outputs.metrics is not None:
            # Without a directory there is nothing to say: the old file stays, and its age tells.
            with suppress(DBAPIError, RefusedError), directory(database_url()) as engine:
                write_metrics(outputs.metrics, engine, exit_code, report)
    sys.exit(exit_code)


def _run(task: _Task, settings: SyncSettings, engine: Engine, console: Console) -> SyncReport:
    keycloak = KeycloakCustomers(settings.keycloak_url, settings.client_secrets)
    states = AcceptedStates(settings.state_dir)
    run = SyncRun(engine, keycloak, frozenset(settings.brands), SystemClock(), states, settings.mobile_hold)
    with closing(Quarantine(task.quarantine_file)) as quarantine, SyncScreen(console, task.delivery.manifest) as screen:
        report = run.run(task.delivery, quarantine, task.options, screen.progress)
    show_report(console, report, task.quarantine_file)
    return report
