"""How a figure is spread over an array's children or a run's jobs, and which of them stand out."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from awa_batch.usage.measured import Measured

FENCE = 1.5
"""Times the distance of the quartiles beyond which a figure stands out (Tukey's fence)."""
FEWEST = 4
"""Fewer figures have no quartiles that say anything."""


@dataclass(frozen=True)
class Spread:
    """The least, the middle, the 95th percentile and the most of ``count`` figures."""

    count: int
    least: float
    median: float
    p95: float
    most: float


def spread(values: Iterable[float | None]) -> Spread | None:
    """Return how figures are spread; None where there is none."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    # The smallest figure that at least 95 of a hundred do not exceed.
    p95 = known[max(0, -(-95 * len(known) // 100) - 1)]
    return Spread(len(known), known[0], statistics.median(known), p95, known[-1])


def outliers(
    jobs: Sequence[Measured], figure: Callable[[Measured], float | None], *, least: float = 0.0
) -> list[Measured]:
    """Return the jobs whose figure lies above the others', the highest first.

    Above the third quartile by 1.5 times the distance of the quartiles, and by ``least`` above the median.
    """
    known = [(value, job) for job in jobs if (value := figure(job)) is not None]
    if len(known) < FEWEST:
        return []
    values = [value for value, _ in known]
    first, median, third = statistics.quantiles(values, n=4, method="inclusive")
    bound = max(third + FENCE * (third - first), median + least)
    return [job for value, job in sorted(known, key=lambda one: -one[0]) if value > bound]
