"""Watch jobs until they end."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from awa_batch.errors import AwsError, TimedOutError
from awa_batch.observe.job import Job
from awa_batch.observe.listing import describe

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

FIRST_TICK = 2.0
LAST_TICK = 15.0
MISSING_BOUND = 120.0
"""Seconds after which a job that AWS does not show is taken as unknown: DescribeJobs is eventually consistent."""


def watch(
    batch: BatchClient,
    ids: Sequence[str],
    *,
    timeout: float | None = None,
    first_tick: float = FIRST_TICK,
    last_tick: float = LAST_TICK,
    missing_bound: float = MISSING_BOUND,
) -> Iterator[dict[str, Job]]:
    """Yield id → job at once and then tick by tick, until all have ended.

    Ticks widen from ``first_tick`` to ``last_tick`` seconds with jitter while nothing changes, and only jobs that
    have not ended are asked for. Raises TimedOutError after ``timeout`` seconds, AwsError for a job that AWS has not
    shown for ``missing_bound`` seconds (it aged out, or never was).
    """
    started = time.monotonic()
    seen_at = dict.fromkeys(ids, started)
    jobs: dict[str, Job] = {}
    tick = first_tick
    while True:
        open_ids = [job_id for job_id in seen_at if job_id not in jobs or not jobs[job_id].is_complete]
        fresh = describe(batch, open_ids)
        now = time.monotonic()
        changed = any(job_id not in jobs or jobs[job_id].status != job.status for job_id, job in fresh.items())
        jobs.update(fresh)
        seen_at.update(dict.fromkeys(fresh, now))
        yield dict(jobs)
        if len(jobs) == len(seen_at) and all(job.is_complete for job in jobs.values()):
            return
        for job_id in open_ids:
            if job_id not in fresh and now - seen_at[job_id] >= missing_bound:
                raise AwsError(
                    f"AWS has not shown job {job_id} for {missing_bound:.0f} s: it aged out, or it never was.",
                    fix="Check the id, the region and the environment; ended jobs are shown for about seven days.",
                )
        if timeout is not None and now - started >= timeout:
            going = [job_id for job_id in seen_at if job_id not in jobs or not jobs[job_id].is_complete]
            raise TimedOutError(
                f"{len(going)} of {len(seen_at)} jobs have not ended after {timeout:g} s; they go on.",
                fix=f"Look again with `awa-batch status {' '.join(going[:3])}`.",
            )
        tick = first_tick if changed else min(last_tick, tick * 1.5)
        wait = tick * random.uniform(0.8, 1.0)  # noqa: S311 - jitter
        if timeout is not None:
            wait = min(wait, max(0.0, started + timeout - now))
        time.sleep(wait)
