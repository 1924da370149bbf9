"""The logs of several jobs as one, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from awa_batch.observe.follow import streams
from awa_batch.observe.job import Job
from awa_batch.observe.log_reader import LogLine, LogReader

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

PAGE = 500
"""Events that are held of each stream while many are merged."""


def merged_logs(
    logs: CloudWatchLogsClient,
    jobs: Sequence[Job],
    *,
    since: int | None = None,
    chosen: Callable[[Job], Sequence[str]] = streams,
) -> Iterator[tuple[Job, LogLine]]:
    """Yield every line of the jobs' streams with its job, by time; lines of one stream stay in their order.

    A page of each stream is held at a time. ``chosen`` picks a job's streams (default: every attempt's), ``since`` is
    in epoch milliseconds. Raises AwsError.
    """

    def lines(place: int, job: Job, stream: str) -> Iterator[tuple[int, int, int, Job, LogLine]]:
        latest = 0
        reader = LogReader(logs, job.log_group, stream, since=since, page=PAGE)
        for number, line in enumerate(reader.read()):
            latest = max(latest, line.timestamp)  # a stream is in the order of its writing, whatever its clock says
            yield latest, place, number, job, line

    sources = [
        lines(place, job, stream)
        for place, (job, stream) in enumerate((job, stream) for job in jobs for stream in chosen(job))
    ]
    for _, _, _, job, line in heapq.merge(*sources):
        yield job, line
