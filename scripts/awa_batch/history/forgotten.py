"""Jobs that AWS Batch has forgotten, from the events that an environment keeps (its Terraform: ``history``).

FilterLogEvents costs nothing and is slow: five calls a second for the whole account and region, which AWS raises for
nobody (AWS re:Post knowledge center, "How do I determine throttling in my CloudWatch logs"), an answer has up to 1 MB
or 10,000 events and may be empty though there are more (CloudWatch Logs API reference, FilterLogEvents). So every
search is bounded in time, begins where a job most probably is, and ends once it is found; and what was read is kept.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
MOST_PAGES = 1_000
"""Answers of one search at most: some 200 s at five a second."""
AT_ONCE = 10
"""Ids in one search: a pattern has up to 1,024 characters (botocore's model, FilterPattern)."""
MANY = 50
"""Ids of more than so many are not named in searches of their own: all that ended in the time is read, and sorted out
here. An answer has the ends of 400 to 750 jobs."""
MARGIN = 300_000
"""Milliseconds by which clocks may differ."""
DAY = 86_400_000
LATE = DAY
"""Milliseconds that EventBridge goes on trying to deliver an event (its guide, "Retry policies": 24 hours)."""
KEPT_AT_MOST = 3653 * DAY
"""For how long CloudWatch Logs keeps events at most."""
_OWN = 10_000
"""Submissions of this clone that are looked through for when a job was submitted."""
_ENDED = '($.detail.status = "SUCCEEDED" || $.detail.status = "FAILED")'
_NO_CHILD = "($.detail.arrayProperties.index NOT EXISTS)"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Every id that AWS Batch gives; all else is a slip of the hand, for which nobody should wait, and nothing for a
pattern."""
_Window = tuple[int, int]


class Forgotten:
    """Looks through an environment's events.

    A job of this clone's own is looked for from its submission on, any other from now back, an array's children in the
    time that it took.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._group = clients.contract.log_groups[EVENTS]
        self._known: dict[str, str] = {}
        self._looked: set[str] = set()
        self._whole: set[str] = set()
        self._own: dict[str, int] | None = None
        self._refused: CallError | None = None

    @property
    def trouble(self) -> str:
        """Why the events cannot be read; "" where they can, or nothing was looked for yet."""
        return self._refused.what if self._refused else ""

    def find(self, ids: Sequence[str], began: Mapping[str, int] | None = None) -> dict[str, JobDetailTypeDef]:
        """Return id → what DescribeJobs said last, of those that ended and are known; children come with their array.

        Raises CallError where AWS does not answer, TooManyPagesError; {} where the events may not be read or are gone,
        which `trouble` tells.
        """
        self._began.update(began or {})
        arrays = {_array(one): None for one in ids if one != _array(one)}
        self._look([one for one in dict.fromkeys(ids) if one == _array(one) and one not in arrays], children=False)
        self._look(list(arrays), children=True)
        return {job_id: json.loads(self._known[job_id]) for job_id in ids if job_id in self._known}

    def children(self, parent: str) -> list[JobDetailTypeDef]:
        """Return an array's children that have ended. Raises as `find` does."""
        self._look([parent], children=True)
        return [json.loads(text) for job_id, text in self._known.items() if job_id.startswith(f"{parent}:")]

    def ended_since(self, moment: int) -> Iterator[JobDetailTypeDef]:
        """Yield jobs that have ended, and were submitted after a moment (epoch ms). Raises as `find` does."""
        found = self._since(f"{{ {_ENDED} && {_NO_CHILD} }}", moment)
        self._known |= {job_id: text for job_id, text in found.items() if job_id not in self._known}
        yield from _from(found, moment)

    def named_since(self, prefix: str, moment: int) -> Iterator[JobDetailTypeDef]:
        """Yield such jobs whose name begins with ``prefix`` (letters, digits, - and _). Raises as `find` does."""
        found = self._since(f'{{ {_ENDED} && {_NO_CHILD} && ($.detail.jobName = "{prefix}*") }}', moment)
        for detail in _from(found, moment):
            if detail["jobName"].startswith(prefix):
                self._known.setdefault(detail["jobId"], found[detail["jobId"]])
                yield detail

    def all_since(self, moment: int) -> Iterator[JobDetailTypeDef]:
        """Yield the same of jobs in any state, as they were at their last event.

        Raises CallError also where the events may not be read.
        """
        found = self._since(f'{{ ($.detail.jobId = "*") && {_NO_CHILD} }}', moment)
        if self._refused:
            raise self._refused
        yield from _from(found, moment)

    def _since(self, pattern: str, moment: int) -> dict[str, str]:
        records = Records(lambda job_id: job_id == _array(job_id))
        self._read(records, pattern, (moment - MARGIN, _now() + MARGIN))
        return records.texts

    def _look(self, arrays: Sequence[str], *, children: bool) -> None:
        """Look for jobs, with their children or without, that were not looked for like this before."""
        done = self._whole if children else self._looked | self._whole | self._known.keys()
        new = [one for one in arrays if one not in done and _ID.fullmatch(one)]
        if not new:
            return
        (self._whole if children else self._looked).update(new)
        known = [one for one in new if one in self._known]
        own = [one for one in new if one not in self._known and one in self._began]
        others = [one for one in new if one not in self._known and one not in self._began]
        own.sort(key=self._began.__getitem__)
        for some in (known, own, others):
            size = AT_ONCE if len(some) <= MANY else len(some)
            for place in range(0, len(some), size):
                self._search(some[place : place + size], children=children)

    def _search(self, some: list[str], *, children: bool) -> None:
        """Look for jobs at once, until all are found."""
        wanted = set(some)
        records = Records((lambda job_id: _array(job_id) in wanted) if children else wanted.__contains__)
        named = " || ".join(f'$.detail.jobId = "{job_id}{"*" * children}"' for job_id in some)
        also = f" && ({named})" if len(some) <= AT_ONCE else "" if children else f" && {_NO_CHILD}"
        pattern = f"{{ {_ENDED}{also} }}"
        if wanted <= self._known.keys():
            self._read(records, pattern, self._span(some))
        else:
            start = 0
            for window in self._windows(some):
                self._read(records, pattern, window)
                start = min(start, window[0]) if start else window[0]
                if self._refused or wanted <= records.texts.keys():
                    break
            self._known |= records.texts
            # Children that ended before the time that was looked through.
            if children and (early := [one for one in some if one in self._known and self._span([one])[0] < start]):
                self._read(records, pattern, (self._span(early)[0], start))
        self._known |= records.texts

    def _windows(self, some: Iterable[str]) -> Iterator[_Window]:
        """Yield times in which to look (epoch ms), each twice as long as the one before."""
        end, length = _now() + MARGIN, 10 * DAY
        began = [self._began.get(one) for one in some]
        starts = [one for one in began if one is not None]
        if len(starts) == len(began):
            start = min(starts) - MARGIN
            while start < end:
                yield start, min(start + length, end)
                start, length = start + length, 2 * length
            return
        oldest = end - KEPT_AT_MOST
        while end > oldest:
            yield max(oldest, end - length), end
            end, length = end - length, 2 * length

    def _span(self, some: Iterable[str]) -> _Window:
        """Return the time in which jobs that are known, and their children, ended."""
        details = [json.loads(self._known[one]) for one in some]
        start = min(int(one["createdAt"]) for one in details)
        return start - MARGIN, max(int(one.get("stoppedAt") or _now()) for one in details) + LATE

    @property
    def _began(self) -> dict[str, int]:
        """When jobs were submitted: what this clone did, and what else was told."""
        if self._own is None:
            self._own = {one.job_id: one.submitted_at for one in recent(self._clients.contract.environment, _OWN)}
        return self._own

    def _read(self, records: Records, pattern: str, window: _Window) -> None:
        start, end = max(1, window[0]), window[1]
        if self._refused:
            return
        try:
            for event in filter_log_events(self._clients.logs, self._group, pattern, start, end, MOST_PAGES):
                records.add(event.get("message", ""))
        except CallError as error:
            if not (error.is_denied or error.is_not_there):
                raise
            self._refused = error


def _array(job_id: str) -> str:
    return job_id.partition(":")[0]


def _now() -> int:
    return int(time.time() * 1000)


def _from(found: dict[str, str], moment: int) -> Iterator[JobDetailTypeDef]:
    """Yield the jobs that were submitted after a moment, one at a time: as an object each takes ten times its text."""
    for text in found.values():
        detail: JobDetailTypeDef = json.loads(text)
        if detail["createdAt"] >= moment:
            yield detail
