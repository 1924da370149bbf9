"""Watch jobs until they end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypedDict

from awa_batch.batch.failures import CallError
from awa_batch.duration import duration_text
from awa_batch.errors import TimedOutError
from awa_batch.observe.job import Job
from awa_batch.observe.queries import describe
from awa_batch.target import ACCOUNT_INTERVALS
from awa_batch.text import Command, Text

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

MISSING_BOUND = 120.0
"""Seconds after which a job that AWS does not show is taken as unknown: DescribeJobs is eventually consistent."""


class Watching(TypedDict, total=False):
    """How `watch` is told to look, for what passes it on: see there."""

    timeout: float | None
    first_tick: float
    last_tick: float
    missing_bound: float
    outage_bound: float
    tell: Callable[[str], None]
    after_outage: Callable[[], Text | None]


def watch(
    batch: BatchClient,
    ids: Sequence[str],
    *,
    timeout: float | None = None,
    first_tick: float = ACCOUNT_INTERVALS.first_tick,
    last_tick: float = ACCOUNT_INTERVALS.last_tick,
    missing_bound: float = MISSING_BOUND,
    outage_bound: float = ACCOUNT_INTERVALS.outage_bound,
    between: float | None = None,
    pause: Callable[[float], None] | None = None,
    tell: Callable[[str], None] = lambda _: None,
    after_outage: Callable[[], Text | None] = lambda: None,
) -> Iterator[dict[str, Job]]:
    """Yield id → job at once and then tick by tick, until all have ended.

    Ticks widen from ``first_tick`` to ``last_tick`` seconds with jitter while nothing changes; each asks for the jobs
    that have not ended alone, 100 a call. A job that AWS has not shown for ``missing_bound`` seconds is yielded with
    status UNKNOWN (it aged out, or never was) and no longer asked for. Calls that fail for a passing cause are tried
    again for ``outage_bound`` seconds; ``tell`` gets a line when that begins and when it ends. Every ``between``
    seconds of the wait for the next tick the same jobs are yielded once more, without a call. ``pause`` waits
    (`time.sleep`). ``after_outage`` says what became of jobs that do not outlive what does not answer; where it says
    nothing, they go on. Raises TimedOutError after ``timeout`` seconds, CallError for what does not pass.
    """
    started = time.monotonic()
    pause = pause or (lambda seconds: time.sleep(seconds))
    seen_at = dict.fromkeys(ids, started)
    jobs: dict[str, Job] = {}
    tick = first_tick
    failing_since: float | None = None
    while True:
        open_ids = [job_id for job_id in seen_at if job_id not in jobs or not jobs[job_id].is_complete]
        changed = False
        try:
            fresh = describe(batch, open_ids)
        except CallError as error:
            now = time.monotonic()
            failing_since = now if failing_since is None else failing_since
            if not error.is_passing or now - failing_since >= outage_bound:
                go_on: Text = ("The jobs go on: ", Command("attach", *open_ids[:3]), " comes back to them.")
                error.remedy += (" ", *(after_outage() or go_on))
                raise
            if failing_since == now:
                bound = duration_text(outage_bound)
                meanwhile = "" if after_outage() else " The jobs go on."
                tell(f"AWS does not answer ({error.said}); trying again for {bound}.{meanwhile}")
                seen_at.update(dict.fromkeys(open_ids, now))  # what was not asked was not missing
        else:
            now = time.monotonic()
            if failing_since is not None:
                tell("AWS answers again.")
                seen_at.update(dict.fromkeys(open_ids, now))
                failing_since = None
            changed = any(job_id not in jobs or jobs[job_id].status != job.status for job_id, job in fresh.items())
            jobs.update(fresh)
            seen_at.update(dict.fromkeys(fresh, now))
            for job_id in open_ids:
                if job_id not in fresh and now - seen_at[job_id] >= missing_bound:
                    jobs[job_id] = Job.unknown(job_id, missing_bound)
            yield dict(jobs)
            if len(jobs) == len(seen_at) and all(job.is_complete for job in jobs.values()):
                return
        if timeout is not None and now - started >= timeout:
            going = [job_id for job_id in seen_at if job_id not in jobs or not jobs[job_id].is_complete]
            raise TimedOutError(
                f"{len(going)} of {len(seen_at)} jobs have not ended after {duration_text(timeout)}; they go on.",
                fix=("Look again with ", Command("status", *going[:3]), "."),
            )
        tick = first_tick if changed else min(last_tick, tick * 1.5)
        wait = tick * random.uniform(0.8, 1.0)  # noqa: S311 - jitter
        if timeout is not None:
            wait = min(wait, max(0.0, started + timeout - now))
        while between is not None and wait > between:
            pause(between)
            wait -= between
            yield dict(jobs)
        pause(wait)
