"""Whether two groups of durations come from one distribution: the two-sample Kolmogorov-Smirnov test.

It looks for any difference, in the middle or in the tails, and supposes nothing about the shape.
Source: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.16; critical value of the large-sample form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """The largest vertical distance between the two cumulative distributions, from 0 (the same) to 1."""
    first, second = sorted(one), sorted(other)
    largest, i, j = 0.0, 0, 0
    while i < len(first) and j < len(second):
        step = min(first[i], second[j])
        while i < len(first) and first[i] <= step:
            i += 1
        while j < len(second) and second[j] <= step:
            j += 1
        largest = max(largest, abs(i / len(first) - j / len(second)))
    return largest


def can_be_told_apart(one: Sequence[float], other: Sequence[float], *, error: float) -> bool:
    """Whether the groups differ by more than chance; groups that do not are called different with this probability."""
    critical = math.sqrt(-math.log(error / 2) / 2) * math.sqrt((len(one) + len(other)) / (len(one) * len(other)))
    return distance(one, other) > critical
