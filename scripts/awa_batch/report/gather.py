"""Ask AWS Batch for all that a report has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from awa_batch.batch.jobs import describe_jobs
from awa_batch.explain.detail import dependencies_of, said_of
from awa_batch.explain.ended import failure
from awa_batch.explain.gather import log_end
from awa_batch.observe.job import ACTIVE, TERMINAL
from awa_batch.observe.queries import list_children
from awa_batch.report.events import starting_times
from awa_batch.report.figures import Figures, Figuring, Sum, sums
from awa_batch.report.rows import Row, row_of, row_of_listed
from awa_batch.report.series import Series, Spread, over_time, ran, spread, waited
from awa_batch.text import Text

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients

MOST_ROWS = 10_000
"""Jobs that the page shows one by one. Of more, children of arrays are listed (1,000 a call) and not described (100 a
call), the numbers are made of all, and the rows are those that tell most."""

LOGS = 20
"""Causes of failures of which the end of a log is read: the most frequent."""

MOST_LOOKED_UP = 1_000
"""Failed children of a large array that are described at most, and jobs outside the report that others depend on, of
which the end is asked for: ten calls each."""

_STATES = (*ACTIVE, "SUCCEEDED", "FAILED")


@dataclass
class FailureCause:
    """Jobs that failed from one cause, in `why`'s words.

    ``example`` is the one whose log ends with ``log``, and which ``next`` helps.
    """

    verdict: str
    what: str
    example: str
    evidence: tuple[str, ...]
    worth_retry: bool | None
    next: tuple[Text, ...] = ()
    count: int = 0
    log: tuple[str, ...] = ()
    log_note: str = ""


@dataclass(frozen=True)
class Report:
    """What ran: ``rows`` are the jobs that are shown one by one, all else is of all ``jobs``. Times are epoch ms.

    ``has_events``: they tell of STARTING. ``unknown`` are how many of those asked for AWS does not show, ``listed`` how
    many were not described.
    """

    now: int
    start: int
    end: int
    jobs: int
    states: dict[str, int]
    rows: list[Row]
    causes: list[FailureCause]
    series: Series
    waited: Spread | None
    ran: Spread | None
    unknown: int = 0
    listed: int = 0
    has_events: bool = False
    figures: dict[str, Figures] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)


class _Gathering:
    """What has been found so far; the details themselves are dropped, which 10,000 of them would fill 300 MB with."""

    def __init__(self, clients: Clients, on_jobs: Callable[[int], None], now: float) -> None:
        self.clients = clients
        self._figuring = Figuring(clients, now)
        self.rows: list[Row] = []
        self.ended: dict[str, int] = {}
        self.causes: dict[tuple[str, str], FailureCause] = {}
        self.examples: dict[tuple[str, str], JobDetailTypeDef] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.figures: dict[str, Figures] = {}
        self.listed = 0
        self._on_jobs = on_jobs

    def described(self, ids: Sequence[str]) -> Iterator[tuple[Row, JobDetailTypeDef]]:
        """Yield the jobs of these ids that AWS shows."""
        for some in _parts(ids, 100):
            details = describe_jobs(self.clients.batch, some)
            self.figures |= self._figuring.of(details.values())
            for detail in details.values():
                row = row_of(detail)
                if row.is_over and row.stopped is not None:
                    self.ended[row.id] = row.stopped
                yield row, detail

    def add(self, row: Row, detail: JobDetailTypeDef | None) -> None:
        """Take a job into the report."""
        self.rows.append(row)
        if row.status == "FAILED" and detail is not None:
            self._cause(row, detail)
        if len(self.rows) % 1_000 == 0:
            self._on_jobs(len(self.rows))

    def children(self, parent: Row, detail: JobDetailTypeDef, *, one_by_one: bool) -> int:
        """Take an array's children in; returns how many there are: 0 where AWS has not made them yet."""
        before = len(self.rows)
        depends = dependencies_of(detail)
        if one_by_one:
            for row, child in self.described([f"{parent.id}:{index}" for index in range(parent.size or 0)]):
                row.depends = row.depends or tuple(depends)
                self.add(row, child)
            return len(self.rows) - before
        summary = (detail.get("arrayProperties") or {}).get("statusSummary") or {}
        for state in _STATES:
            if not summary.get(state):
                continue
            jobs = list_children(self.clients.batch, parent.id, state)
            failed = [job.id for job in jobs if state == "FAILED"][:MOST_LOOKED_UP]
            looked_at = {row.id: (row, child) for row, child in self.described(failed)}
            for job in jobs:
                row, known = looked_at.get(job.id) or (row_of_listed(replace(job, queue=parent.queue)), None)
                row.depends = row.depends or tuple(depends)
                self.listed += known is None
                self.add(row, known)
        return len(self.rows) - before

    def _cause(self, row: Row, detail: JobDetailTypeDef) -> None:
        found = failure(detail)
        key = (found.verdict, found.what)
        if key not in self.causes:
            self.causes[key] = FailureCause(*key, row.id, tuple(said_of(detail)), found.worth_retry, found.next)
            self.examples[key] = detail
        self.causes[key].count += 1
        self.keys[row.id] = key

    def with_dependencies(self) -> None:
        """Say of each job when the last one that it depends on had ended."""
        asked = {job_id for row in self.rows for job_id in row.depends if job_id not in self.ended}
        known = {row.id for row in self.rows}
        for _ in self.described(sorted(asked - known)[:MOST_LOOKED_UP]):
            pass  # their end is noted
        for row in self.rows:
            if not row.depends:
                continue
            ends = [self.ended.get(job_id) for job_id in row.depends]
            found = [end for end in ends if end is not None]
            began = row.started is not None
            row.ready = max(found) if found and (len(found) == len(ends) or began) else None
            row.lost = began and len(found) < len(ends)

    def with_logs(self, lines: int) -> list[FailureCause]:
        """Return the causes, the most frequent first, with the ends of logs; each row gets its place in them."""
        keys = sorted(self.causes, key=lambda key: -self.causes[key].count)
        for number, key in enumerate(keys):
            if number < LOGS and lines:
                cause = self.causes[key]
                cause.log, cause.log_note = log_end(self.clients, self.examples[key], lines)
        places = {key: number for number, key in enumerate(keys)}
        for row in self.rows:
            if row.id in self.keys:
                row.cause = places[self.keys[row.id]]
        return [self.causes[key] for key in keys]


def gather(
    clients: Clients,
    ids: Sequence[str],
    *,
    now: float,
    log_lines: int = 10,
    most: int = MOST_ROWS,
    queues: Mapping[str, str] | None = None,
    on_jobs: Callable[[int], None] = lambda _count: None,
) -> Report:
    """Return what AWS Batch shows of jobs, arrays as their children. ``now`` is in seconds of the epoch.

    ``queues`` are the names that queues (by theirs at AWS) are shown under, ``on_jobs`` hears of every thousandth job.
    A call per 100 jobs, one more for each log. Raises CallError.
    """
    moment = int(now * 1000)
    wanted = list(dict.fromkeys(ids))
    found = _Gathering(clients, on_jobs, now)
    arrays: list[tuple[Row, JobDetailTypeDef]] = []
    heads = 0
    for row, detail in found.described(wanted):
        heads += 1
        if row.size is None:
            found.add(row, detail)
        else:
            arrays.append((row, detail))
    whole = len(found.rows) + sum(row.size or 0 for row, _ in arrays) <= most
    for row, detail in arrays:
        if not found.children(row, detail, one_by_one=whole):
            found.add(row, detail)
    found.with_dependencies()
    causes = found.with_logs(log_lines)
    for row in found.rows:
        row.queue = (queues or {}).get(row.queue, row.queue)
    rows = sorted(found.rows, key=lambda row: (row.created, row.id.partition(":")[0], row.index or 0))
    start = min((row.created for row in rows), default=moment)
    ends = [row.stopped or row.created if row.is_over else moment for row in rows]
    end = max(start + 1, *ends) if ends else start + 1
    starting = starting_times(clients, start, end) if rows else None
    for row in rows:
        row.starting = tuple((starting or {}).get(row.id, ()))
    counts = Counter(row.status for row in rows)
    return Report(
        now=moment,
        start=start,
        end=end,
        jobs=len(rows),
        states={state: counts[state] for state in _STATES if counts[state]},
        rows=_telling(rows, most),
        causes=causes,
        series=over_time(rows, start, end, moment),
        waited=spread([seconds for row in rows if (seconds := waited(row)) is not None]),
        ran=spread([seconds for row in rows if (seconds := ran(row)) is not None]),
        unknown=len(wanted) - heads,
        listed=found.listed,
        has_events=bool(starting),
        figures=found.figures,
        sums=sums(rows, found.figures),
    )


def _telling(rows: list[Row], most: int) -> list[Row]:
    """Return at most so many: what failed (half of them), what has not ended (a quarter), the rest evenly in time."""
    if len(rows) <= most:
        return rows
    failed = _evenly([row for row in rows if row.status == "FAILED"], most // 2)
    active = _evenly([row for row in rows if row.status not in TERMINAL], most // 4)
    rest = [row for row in rows if row.status == "SUCCEEDED"]
    chosen = {row.id for row in (*failed, *active, *_evenly(rest, most - len(failed) - len(active)))}
    return [row for row in rows if row.id in chosen]


def _evenly(rows: list[Row], most: int) -> list[Row]:
    return rows if len(rows) <= most else [rows[number * len(rows) // most] for number in range(most)]


def _parts(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))
