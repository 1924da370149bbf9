"""Look at jobs: their state, their logs."""

from awa_batch.observe.follow import Event, follow, read_log
from awa_batch.observe.job import Job
from awa_batch.observe.listing import describe, list_recent
from awa_batch.observe.logs import LogLine, LogReader
from awa_batch.observe.watch import watch

__all__ = ["Event", "Job", "LogLine", "LogReader", "describe", "follow", "list_recent", "read_log", "watch"]
