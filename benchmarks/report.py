"""What a benchmark found: figures, ratios between them, goals; shown as a table and kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe
from benchmarks.measuring import Timings


@dataclass(frozen=True)
class Figure:
    """One thing measured at one size. With few calls, the 99th percentile is the slowest of them."""

    what: str
    size: int
    calls: int
    per_second: float
    p50_ms: float
    p99_ms: float

    @classmethod
    def of(cls, what: str, size: int, timings: Timings) -> Figure:
        p50, p99 = timings.percentile_ms(50), timings.percentile_ms(99)
        return cls(what, size, len(timings.samples), timings.per_second, p50, p99)


def middle(figures: Iterable[Figure]) -> list[Figure]:
    """Of each thing that was measured in several rounds, the figure in the middle by its rate (of two the lower)."""
    rounds: dict[tuple[str, int], list[Figure]] = {}
    for one in figures:
        rounds.setdefault((one.what, one.size), []).append(one)
    return [sorted(of_one, key=lambda one: one.per_second)[(len(of_one) - 1) // 2] for of_one in rounds.values()]


@dataclass(frozen=True)
class Ratio:
    """How many times the first does what the second does, in the same time."""

    what: str
    size: int
    times: float


@dataclass(frozen=True)
class Goal:
    """A number that must not be above its limit."""

    what: str
    value: float
    limit: float

    @property
    def holds(self) -> bool:
        return self.value <= self.limit


@dataclass
class Report:
    """The result of one run of one benchmark; ``options`` are what it was run with."""

    benchmark: str
    size_of: str
    options: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    taken_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def holds(self) -> bool:
        """Whether every goal holds."""
        return all(goal.holds for goal in self.goals)

    def add(self, what: str, size: int, timings: Timings) -> Figure:
        """Add a figure."""
        figure = Figure.of(what, size, timings)
        self.figures.append(figure)
        return figure

    def compare(self, ours: str, peer: str) -> None:
        """Add the ratio of two things at every size at which both were measured."""
        rates = {(figure.what, figure.size): figure.per_second for figure in self.figures}
        for (what, size), rate in rates.items():
            if what == ours and (peer, size) in rates:
                self.ratios.append(Ratio(f"{ours} : {peer}", size, rate / rates[peer, size]))

    def write(self, folder: Path) -> Path:
        """Write the report as JSON into the folder; returns the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.benchmark}-{self.taken_at:%Y%m%d-%H%M%S}.json"
        content = asdict(self) | {"taken_at": self.taken_at.isoformat(timespec="seconds"), "machine": describe()}
        content["goals"] = [asdict(goal) | {"holds": goal.holds} for goal in self.goals]
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return path

    def show(self, console: Console) -> None:
        """Print the tables."""
        table = Table(title=self.benchmark)
        for name in ("", self.size_of, "calls", "calls/s", "p50 ms", "p99 ms"):
            table.add_column(name, justify="right" if name else "left", no_wrap=True)
        for one in self.figures:
            rate = f"{one.per_second:,.0f}" if one.per_second >= 10 else f"{one.per_second:.2f}"
            cells = (f"{one.size:,}", f"{one.calls:,}", rate, f"{one.p50_ms:.2f}", f"{one.p99_ms:.2f}")
            table.add_row(one.what, *cells)
        console.print(table)
        for ratio in self.ratios:
            console.print(f"  {ratio.what}, {ratio.size:,} {self.size_of}: {ratio.times:,.1f} times", highlight=False)
        for goal in self.goals:
            mark = "[green]✓[/]" if goal.holds else "[red]✗[/]"
            console.print(f"  {mark} {goal.what}: {goal.value:.2f} (at most {goal.limit:g})", highlight=False)
