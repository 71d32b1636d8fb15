"""What the commands show: progress while they run, a summary at the end. Nothing personal is printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from domain.brands import Brand
from provisioning.directory.models import Run
from provisioning.explain import Explanation
from provisioning.feed.manifest import Manifest
from provisioning.feed.quarantine import Quarantine, QuarantineReason
from provisioning.sync.report import SyncReport
from provisioning.sync.run import SyncProgress

_SHOWN_REFUSALS = 10


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f}/s", style="progress.data.speed", justify="right")


class SyncScreen:
    """A progress bar for each file of the delivery and one for Keycloak, with rate and time left."""

    def __init__(self, console: Console, manifest: Manifest) -> None:
        self._manifest = manifest
        self._tasks: dict[str, TaskID] = {}
        self._push: TaskID | None = None
        self._progress = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self.progress = SyncProgress(rows=self._rows, pushing=self._pushing, pushed=self._pushed)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def _rows(self, file: str, count: int) -> None:
        if file not in self._tasks:
            self._tasks[file] = self._progress.add_task(file, total=self._manifest.row_count(file))
        self._progress.advance(self._tasks[file], count)

    def _pushing(self, total: int) -> None:
        if total:
            self._push = self._progress.add_task("Keycloak", total=total)

    def _pushed(self, count: int) -> None:
        if self._push is not None:
            self._progress.advance(self._push, count)


def show_report(console: Console, report: SyncReport, quarantine_file: Path | None = None) -> None:
    """Print what a sync did, or would do; `quarantine_file` is where quarantined rows are."""
    if report.tables:
        console.print(_rows_table(report))
    elif report.already_applied:
        console.print(f"Delivery {report.sequence} is in the directory already: nothing to write.", highlight=False)
    if report.dry_run:
        _show_changes(console, report)
        console.print(f"Dry run: nothing was written; Keycloak would be told of {report.pending} customers.")
        _show_quarantine(console, report.quarantined, report.reasons, None)
        return
    if report.pushes:
        console.print(_push_table(report))
    else:
        console.print("Keycloak knows everything already.")
    for code, reason in report.refusals[:_SHOWN_REFUSALS]:
        console.print(f"[yellow]Keycloak refused {code}: {reason}[/]", highlight=False)
    if len(report.refusals) > _SHOWN_REFUSALS:
        console.print(f"[yellow]… and {len(report.refusals) - _SHOWN_REFUSALS} more.[/]", highlight=False)
    if waiting := sum(pushed.waiting_mobiles for pushed in report.pushes.values()):
        console.print(
            f"New mobiles that wait: {waiting}; area-clienti mobile-changes list shows them.", highlight=False
        )
    _show_quarantine(console, report.quarantined, report.reasons, quarantine_file)
    if report.seconds_taking_in or report.seconds_pushing:
        took = f"{report.seconds_taking_in:.1f} s, told Keycloak in {report.seconds_pushing:.1f} s"
        console.print(f"Taken in in {took}.", highlight=False)


def show_runs(console: Console, runs: Sequence[Run]) -> None:
    """Print one line a run, as given."""
    table = Table("run", "delivery", "kind", "started", "took", "outcome")
    for run in runs:
        took = "" if run.ended_at is None else f"{(run.ended_at - run.started_at).total_seconds():.0f} s"
        outcome = f"{run.outcome} ({run.error})" if run.error else run.outcome
        started = run.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        table.add_row(str(run.id), str(run.sequence), run.kind, started, took, outcome)
    console.print(table)


def _show_changes(console: Console, report: SyncReport) -> None:
    if not report.changes:
        return
    table = Table("customer", "what would change", title=f"Customers concerned: {report.changing}")
    for code, words in report.changes:
        table.add_row(code, words)
    console.print(table)
    if report.changing > len(report.changes):
        console.print(f"… and {report.changing - len(report.changes)} more.", highlight=False)


def show_check(console: Console, sequence: int, quarantine: Quarantine, *, is_delta: bool) -> None:
    """Print what the check of a delivery found."""
    if quarantine.count == 0:
        console.print(f"Delivery {sequence} is good: every row can be used.", highlight=False)
    _show_quarantine(console, quarantine.count, quarantine.by_reason(), quarantine.path)
    if is_delta and quarantine.count:
        console.print("A delta may refer to rows of earlier deliveries, which this check does not see.")


def show_explanation(console: Console, brand: Brand, explanation: Explanation) -> None:
    """Print why a contact can or cannot be used, and the conclusion."""
    console.print(f"{explanation.masked} ({explanation.channel}), {brand.display_name}", style="bold", highlight=False)
    for step in explanation.steps:
        mark = "•" if step.good is None else "[green]✓[/]" if step.good else "[red]✗[/]"
        subject = f"{step.customer_code} " if step.customer_code else ""
        console.print(f"  {mark} {subject}{step.sentence}", highlight=False)
    if explanation.usable_by:
        console.print(f"Can be used to register by {', '.join(explanation.usable_by)}.", highlight=False)
    else:
        console.print("Cannot be used to register.")


def _rows_table(report: SyncReport) -> Table:
    table = Table("file", title=f"Delivery {report.sequence}")
    for heading in ("new", "changed", "removed", "unchanged", "repeated", "quarantined"):
        table.add_column(heading, justify="right")
    for file, counts in report.tables.items():
        written = (counts.inserted, counts.updated, counts.removed)
        table.add_row(file, *map(str, (*written, counts.unchanged, counts.repeated, counts.quarantined)))
    return table


def _push_table(report: SyncReport) -> Table:
    table = Table("realm", title="Keycloak")
    for heading in ("created", "updated", "unchanged", "refused"):
        table.add_column(heading, justify="right")
    for brand, counts in report.pushes.items():
        table.add_row(brand, *map(str, (counts.created, counts.updated, counts.unchanged, counts.refused)))
    return table


def _show_quarantine(console: Console, count: int, reasons: Sequence[QuarantineReason], path: Path | None) -> None:
    if not count:
        return
    table = Table("file", "field", "reason", title=f"Quarantined rows: {count}")
    table.add_column("rows", justify="right")
    for reason in reasons:
        table.add_row(reason.file, reason.field, reason.reason, str(reason.rows))
    console.print(table)
    if path is not None and path.exists():
        console.print(f"The rows are in {path}; corrected there, area-clienti correct takes them in.", highlight=False)
