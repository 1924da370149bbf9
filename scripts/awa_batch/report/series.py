"""Numbers over time, and how times are spread: made here from all jobs, so that the page need not hold all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from awa_batch.report.rows import Row

BINS = 240
"""Steps of the time line."""

EDGES = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800)
"""Seconds at which the bars of a spread end; the last one is open."""

KINDS = ("depends", "waiting", "starting", "running")
"""What a job does at a moment: it waits for other jobs; for a machine (RUNNABLE, and STARTING where no event tells);
its container is started (STARTING); it runs."""


def spans(row: Row, now: int) -> Iterator[tuple[str, int, int]]:
    """Yield (kind, from, to) of a job's life in epoch milliseconds, without those of no length."""
    for kind, begin, end in _spans(row, now):
        since = next((at for at in reversed(row.starting) if begin <= at < end), None) if kind == "waiting" else None
        if since is None:
            yield kind, begin, end
            continue
        if since > begin:
            yield kind, begin, since
        yield "starting", since, end


def _spans(row: Row, now: int) -> Iterator[tuple[str, int, int]]:
    at = row.created
    end = now if not row.is_over else row.stopped or at
    if row.ready is not None and row.ready > at:
        ready = min(row.ready, end)
        yield "depends", at, ready
        at = ready
    elif not row.runs and row.depends and row.status in ("SUBMITTED", "PENDING", "FAILED"):
        if end > at:
            yield "depends", at, end  # it never had its turn
        return
    for run in row.runs:
        if run.started_at is None:
            continue
        if run.started_at > at:
            yield "waiting", at, run.started_at
        stop = run.stopped_at if run.stopped_at is not None else end
        if stop > run.started_at:
            yield "running", run.started_at, stop
        at = max(at, stop)
    if end > at and (not row.is_over or not row.runs):
        yield "waiting", at, end


@dataclass(frozen=True)
class Series:
    """How many jobs did what: ``counts`` by kind, the mean number in each step of ``step`` milliseconds."""

    start: int
    step: float
    counts: dict[str, list[float]]


def over_time(rows: Iterable[Row], start: int, end: int, now: int) -> Series:
    """Return how many jobs did what between two moments; O(1) for each span of a job."""
    step = max(1.0, (end - start) / BINS)
    partly = {kind: [0.0] * (BINS + 1) for kind in KINDS}
    change = {kind: [0] * (BINS + 1) for kind in KINDS}
    for row in rows:
        for kind, begin, stop in spans(row, now):
            a, b = (begin - start) / step, (stop - start) / step
            first, last = min(int(a), BINS - 1), min(int(b), BINS)
            if first == last:
                partly[kind][first] += b - a
                continue
            partly[kind][first] += first + 1 - a
            partly[kind][last] += b - last
            change[kind][first + 1] += 1
            change[kind][last] -= 1
    counts = {
        kind: [
            round(max(0.0, whole + part), 2) for whole, part in zip(accumulate(change[kind]), partly[kind], strict=True)
        ][:BINS]
        for kind in KINDS
    }
    return Series(start, step, counts)


@dataclass(frozen=True)
class Spread:
    """How many of ``count`` times (seconds) end below each of `EDGES`, one more for those beyond; what is typical."""

    count: int
    bars: list[int]
    median: float
    p90: float
    most: float


def spread(seconds: Sequence[float]) -> Spread | None:
    """Return how times are spread; None of none."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    bars = [0] * (len(EDGES) + 1)
    place = 0
    for one in ordered:
        while place < len(EDGES) and one >= EDGES[place]:
            place += 1
        bars[place] += 1

    def share(part: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 3)

    return Spread(len(ordered), bars, share(0.5), share(0.9), round(ordered[-1], 3))


def waited(row: Row) -> float | None:
    """Return the seconds from when a job could start, by its dependencies, to its first start."""
    started = row.started
    return None if started is None else max(0.0, (started - max(row.created, row.ready or 0)) / 1000)


def ran(row: Row) -> float | None:
    """Return the seconds that the last attempt ran; None before its end, or where it never started."""
    last = row.runs[-1] if row.runs else None
    if last is None or last.started_at is None or last.stopped_at is None:
        return None
    return max(0.0, (last.stopped_at - last.started_at) / 1000)
