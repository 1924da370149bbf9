"""What a job's events say of it last, in whatever order and however often they come.

EventBridge delivers an event at least once, and not always in order (EventBridge guide, "Troubleshooting": duplicate
events). An event's ``detail`` is the job as DescribeJobs showed it then (Batch guide, "AWS Batch events").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

STATE_CHANGE = "Batch Job State Change"
_RANK = {
    state: place
    for place, state in enumerate(("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"))
}
_Key = tuple[int, int, int, str]


class Records:
    """The last that is known of each job. What comes of the same events is the same, in any order.

    ``wanted`` says by the id which jobs are kept: a log group's pattern is not understood everywhere. Details are kept
    as text, which takes a tenth of the memory.
    """

    def __init__(self, wanted: Callable[[str], bool] = lambda _: True) -> None:
        self._wanted = wanted
        self._kept: dict[str, tuple[_Key, str]] = {}

    def add(self, message: str) -> None:
        """Take an event as it was written; what is none of a job's change of state is passed over."""
        try:
            event = json.loads(message)
            if event["detail-type"] != STATE_CHANGE:
                return
            detail = event["detail"]
            job_id, status = detail["jobId"], detail["status"]
            if not (isinstance(job_id, str) and status in _RANK and self._wanted(job_id)):
                return
            # A job that is tried again goes back to RUNNABLE, and has an attempt more.
            attempts = detail.get("attempts") or []
            key = (len(attempts), _RANK[status], int(detail.get("stoppedAt") or 0), f"{event['time']} {event['id']}")
        except (ValueError, RecursionError, KeyError, TypeError):
            return
        before = self._kept.get(job_id)
        if before is None or key > before[0]:
            self._kept[job_id] = key, json.dumps(detail, separators=(",", ":"))

    @property
    def texts(self) -> dict[str, str]:
        """Id → the job as DescribeJobs would show it, as JSON."""
        return {job_id: text for job_id, (_, text) in self._kept.items()}

    @property
    def details(self) -> dict[str, JobDetailTypeDef]:
        """The same as objects."""
        return {job_id: cast("JobDetailTypeDef", json.loads(text)) for job_id, (_, text) in self._kept.items()}
