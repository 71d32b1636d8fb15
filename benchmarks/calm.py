"""Figures that other guests of the host had little part in: what they take of the processor, the kernel tells."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Figure, Report
from benchmarks.run import console

MOST_STOLEN = 0.03
"""The share of the processors' time that others may take before a figure is measured again."""
_TRIES = 4
_STAT = Path("/proc/stat")


def calmly(report: Report, measure: Callable[[int], None]) -> None:
    """Measure until others leave the machine alone, at most four times; the calmest try stays in the report.

    ``measure`` adds figures to the report; it is given the number of the try.
    """
    tries: list[tuple[float, list[Figure]]] = []
    before = len(report.figures)
    for number in range(_TRIES):
        stolen, began = _stolen_s(), time.perf_counter()
        measure(number)
        share = (_stolen_s() - stolen) / ((time.perf_counter() - began) * (os.cpu_count() or 1))
        tries.append((share, report.figures[before:]))
        del report.figures[before:]
        if share <= MOST_STOLEN:
            break
    share, figures = min(tries, key=lambda one: one[0])
    report.figures += figures
    report.options.setdefault("taken_by_others", []).append({"tries": len(tries), "share": round(share, 3)})
    if share > MOST_STOLEN:
        console.print(f"  others took {share:.0%} of the processors", highlight=False)


def _stolen_s() -> float:
    """Processor seconds that the host gave to others while this machine wanted them; 0 where nobody tells."""
    if not _STAT.exists():
        return 0.0
    fields = _STAT.read_text(encoding="ascii").split(maxsplit=9)
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")
