"""Look at jobs: their state, their logs."""

from awa_batch.observe.follow import Event, follow, streams
from awa_batch.observe.job import UNKNOWN, Job
from awa_batch.observe.log_reader import LogLine, LogReader
from awa_batch.observe.merge import merged_logs
from awa_batch.observe.queries import describe, list_active, list_children, list_recent, list_run
from awa_batch.observe.watch import watch

__all__ = [
    "UNKNOWN",
    "Event",
    "Job",
    "LogLine",
    "LogReader",
    "describe",
    "follow",
    "list_active",
    "list_children",
    "list_recent",
    "list_run",
    "merged_logs",
    "streams",
    "watch",
]
