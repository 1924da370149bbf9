"""Watching 10,000 single jobs: calls a tick, beside the loop that asks for each job."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

from awa_batch.observe import watch

JOBS = 10_000
LATENCY = 0.02
TICKS = 3
BY_LOOP = 100


class _Counting:
    """A Batch client whose jobs run: each call takes its time and is counted."""

    def __init__(self) -> None:
        self.calls = 0

    def describe_jobs(self, jobs: Sequence[str]) -> dict[str, Any]:
        self.calls += 1
        time.sleep(LATENCY)
        return {"jobs": [{"jobId": job_id, "jobName": "job", "status": "RUNNING"} for job_id in jobs]}


def run() -> Iterator[str]:
    """Count the calls of a few ticks; of the loop, of 100 jobs, multiplied."""
    ids = [f"00000000-0000-0000-0000-{number:012}" for number in range(JOBS)]
    ours = _Counting()
    began = time.monotonic()
    waited = 0.0

    def pause(seconds: float) -> None:
        nonlocal waited
        waited += seconds  # the wait between the ticks costs no calls: it is not waited here

    for _ in itertools.islice(watch(ours, ids, pause=pause), TICKS):  # type: ignore[arg-type]
        pass
    took = time.monotonic() - began
    theirs = _Counting()
    began = time.monotonic()
    for job_id in ids[:BY_LOOP]:
        theirs.describe_jobs([job_id])
    loop = (time.monotonic() - began) * JOBS / BY_LOOP
    yield f"{JOBS:,} jobs, {LATENCY * 1000:.0f} ms a call; between two ticks {waited / TICKS:.1f} s at first"
    calls = theirs.calls * JOBS / BY_LOOP
    yield f"awa-batch (watch)      {ours.calls / TICKS:8.0f} calls a tick {took / TICKS:8.1f} s   (aim: at most 100)"
    yield f"describe-jobs, each    {calls:8.0f} calls a tick {loop:8.1f} s   (of {BY_LOOP}, times {JOBS // BY_LOOP})"
    array = _Counting()
    for _ in itertools.islice(watch(array, ids[:1], pause=pause), TICKS):  # type: ignore[arg-type]
        pass
    yield f"as one array           {array.calls / TICKS:8.0f} call a tick"
