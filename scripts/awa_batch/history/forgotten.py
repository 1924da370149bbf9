"""Jobs that AWS Batch has forgotten, from the events that an environment keeps (its Terraform: ``history``)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.logs import filter_log_events
from awa_batch.history.file import recent
from awa_batch.history.records import Records

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients

EVENTS = "events"
"""The name of the log group in the contract."""
MOST_PAGES = 200
"""Answers that are read at most: each has up to 1 MB (CloudWatch Logs API reference, FilterLogEvents)."""
AT_ONCE = 10
"""Ids in one search: a pattern has up to 1,024 characters (the same)."""
MARGIN = 300_000
"""Milliseconds by which clocks may differ."""
_OWN = 10_000
"""Submissions of this clone that are looked through for when a job was submitted."""
_ENDED = '($.detail.status = "SUCCEEDED" || $.detail.status = "FAILED")'


class Forgotten:
    """Looks through an environment's events. FilterLogEvents costs nothing, and reads about a GB a minute.

    A job of this clone's own is looked for from its submission on, any other from the oldest event.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._group = clients.contract.log_groups[EVENTS]
        self._known: dict[str, JobDetailTypeDef] = {}
        self._looked: set[str] = set()

    def find(self, ids: Sequence[str]) -> dict[str, JobDetailTypeDef]:
        """Return id → what DescribeJobs said last, of those that ended and are known; children come with their array.

        Raises CallError where AWS does not answer; {} where the events may not be read or are gone.
        """
        new = [job_id for job_id in dict.fromkeys(_array(one) for one in ids) if job_id not in self._looked]
        self._looked.update(new)
        if new:
            began = {one.job_id: one.submitted_at for one in recent(self._clients.contract.environment, _OWN)}
            for place in range(0, len(new), AT_ONCE):
                some = new[place : place + AT_ONCE]
                named = " || ".join(f'$.detail.jobId = "{job_id}*"' for job_id in some)
                start = min((began.get(job_id, 0) for job_id in some), default=0)
                self._known |= self._read(f"{{ {_ENDED} && ({named}) }}", start - MARGIN, some)
        return {job_id: self._known[job_id] for job_id in ids if job_id in self._known}

    def children(self, parent: str) -> list[JobDetailTypeDef]:
        """Return an array's children that have ended. Raises as `find` does."""
        self.find([parent])
        return [detail for job_id, detail in self._known.items() if job_id.startswith(f"{parent}:")]

    def ended_since(self, moment: int) -> list[JobDetailTypeDef]:
        """Return jobs that have ended, and were submitted after a moment (epoch ms). Raises as `find` does."""
        found = self._read(f"{{ {_ENDED} }}", moment).values()
        return [one for one in found if one["createdAt"] >= moment and ":" not in one["jobId"]]

    def all_since(self, moment: int) -> list[JobDetailTypeDef]:
        """Return the same of jobs in any state, as they were at their last event."""
        found = self._read('{ $.detail.jobId = "*" }', moment).values()
        return [one for one in found if one["createdAt"] >= moment and ":" not in one["jobId"]]

    def _read(self, pattern: str, start: int, arrays: Iterable[str] | None = None) -> dict[str, JobDetailTypeDef]:
        wanted = None if arrays is None else set(arrays)
        records = Records()
        end = int(time.time() * 1000) + MARGIN
        try:
            for event in filter_log_events(self._clients.logs, self._group, pattern, max(0, start), end, MOST_PAGES):
                records.add(event.get("message", ""))
        except CallError as error:
            if not error.code:
                raise
        return {
            job_id: detail
            for job_id, detail in records.details.items()
            if wanted is None or _array(job_id) in wanted  # a pattern is not understood everywhere
        }


def _array(job_id: str) -> str:
    return job_id.partition(":")[0]
