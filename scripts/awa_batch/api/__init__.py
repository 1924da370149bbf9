"""awa-batch from Python: the same checks, the same exactly-once and the same errors as the command line's.

Nothing is printed. ``from awa_batch import connect`` loads this package when it is asked for.
"""

from awa_batch.api.connection import Connection, Run, connect
from awa_batch.api.job import BatchJob, Line
from awa_batch.api.usage import Usage
from awa_batch.errors import (
    AwaBatchError,
    AwsError,
    JobFailedError,
    NotAppliedError,
    NotThereError,
    TimedOutError,
    ToolError,
    UsageError,
)
from awa_batch.explain import Explanation
from awa_batch.observe import Job

__all__ = [
    "AwaBatchError",
    "AwsError",
    "BatchJob",
    "Connection",
    "Explanation",
    "Job",
    "JobFailedError",
    "Line",
    "NotAppliedError",
    "NotThereError",
    "Run",
    "TimedOutError",
    "ToolError",
    "Usage",
    "UsageError",
    "connect",
]
"""The names that stay: what is not here may change without notice."""
