"""What the commands show: progress while they run, a summary at the end. Nothing personal is printed."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.brands import Brand
from provisioning.explain import Explanation
from provisioning.feed.manifest import Manifest
from provisioning.feed.quarantine import Quarantine
from provisioning.sync.report import SyncReport
from provisioning.sync.run import SyncProgress

_SHOWN_REFUSALS = 10


class SyncScreen:
    """A progress bar for each file of the delivery and one for Keycloak."""

    def __init__(self, console: Console, manifest: Manifest) -> None:
        self._manifest = manifest
        self._tasks: dict[str, TaskID] = {}
        self._push: TaskID | None = None
        self._progress = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
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


def show_report(console: Console, report: SyncReport, quarantine: Quarantine) -> None:
    """Print what a sync did, or would do."""
    if report.tables:
        console.print(_rows_table(report))
    elif report.already_applied:
        console.print(f"Delivery {report.sequence} is in the directory already: nothing to write.", highlight=False)
    if report.dry_run:
        console.print(f"Dry run: nothing was written; Keycloak would be told of {report.pending} customers.")
        return
    if report.pushes:
        console.print(_push_table(report))
    else:
        console.print("Keycloak knows everything already.")
    for code, reason in report.refusals[:_SHOWN_REFUSALS]:
        console.print(f"[yellow]Keycloak refused {code}: {reason}[/]", highlight=False)
    if len(report.refusals) > _SHOWN_REFUSALS:
        console.print(f"[yellow]… and {len(report.refusals) - _SHOWN_REFUSALS} more.[/]", highlight=False)
    _show_quarantine(console, quarantine)


def show_check(console: Console, sequence: int, quarantine: Quarantine, *, is_delta: bool) -> None:
    """Print what the check of a delivery found."""
    if quarantine.count == 0:
        console.print(f"Delivery {sequence} is good: every row can be used.", highlight=False)
    _show_quarantine(console, quarantine)
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
    for heading in ("new", "changed", "removed", "unchanged", "quarantined"):
        table.add_column(heading, justify="right")
    for file, counts in report.tables.items():
        numbers = (counts.inserted, counts.updated, counts.removed, counts.unchanged, counts.quarantined)
        table.add_row(file, *map(str, numbers))
    return table


def _push_table(report: SyncReport) -> Table:
    table = Table("realm", title="Keycloak")
    for heading in ("created", "updated", "unchanged", "refused"):
        table.add_column(heading, justify="right")
    for brand, counts in report.pushes.items():
        table.add_row(brand, *map(str, (counts.created, counts.updated, counts.unchanged, counts.refused)))
    return table


def _show_quarantine(console: Console, quarantine: Quarantine) -> None:
    if not quarantine.count:
        return
    table = Table("file", "field", "reason", title=f"Quarantined rows: {quarantine.count}")
    table.add_column("rows", justify="right")
    for (file, field, reason), count in sorted(quarantine.reasons.items()):
        table.add_row(file, field, reason, str(count))
    console.print(table)
    if quarantine.path is not None:
        console.print(f"The rows are in {quarantine.path}.", highlight=False)
