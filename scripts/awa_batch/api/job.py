"""A job that was submitted, to wait for, read, explain, cancel and do again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awa_batch.api.usage import Usage, usage_of
from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.memory import forgotten_words
from awa_batch.control import RetryOptions, build_retry, cancel_jobs, cancel_reason
from awa_batch.errors import AwsError, JobFailedError, NotThereError
from awa_batch.explain import Explanation, explain
from awa_batch.observe import Job, describe, list_children, merged_logs, watch
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.api.connection import Connection

A_DAY = 86_400.0
JUST_SUBMITTED = 10.0
"""Seconds for which a job that was submitted here may not be shown yet: DescribeJobs is eventually consistent."""


@dataclass(frozen=True)
class Line:
    """A line of a log. ``timestamp`` is in epoch milliseconds; ``index`` that of an array's child, else None."""

    timestamp: int
    message: str
    index: int | None = None


@dataclass(frozen=True)
class BatchJob:
    """A job by its ``id``; ``name`` is "" where it is not known. All methods raise CallError, an AwsError."""

    id: str
    name: str = ""
    _connection: Connection = field(repr=False, compare=False, kw_only=True)
    _submitted: float = field(default=0.0, repr=False, compare=False, kw_only=True)

    def status(self) -> Job:
        """Return the job as it is now. Raises NotThereError where AWS does not show it (ended ones: about 7 days)."""
        clients = self._connection.clients
        while True:
            found = describe(clients.batch, [self.id]).get(self.id)
            if found is not None:
                return found
            if time.monotonic() - self._submitted > JUST_SUBMITTED or not self._submitted:
                break
            time.sleep(0.5)
        raise NotThereError(
            Field("job_id", self.id),
            f": {clients.contract.environment} has no such job.",
            fix=("List the recent ones with ", Command("status"), f"; {forgotten_words(clients.batch)}."),
        )

    def wait(
        self, timeout: float = A_DAY, *, check: bool = False, on_change: Callable[[Job], None] | None = None
    ) -> Job:
        """Wait for the job's end and return it.

        ``timeout`` is in seconds; ``on_change`` gets the job whenever its status, or the counts of an array, changed.
        With ``check`` a job that failed raises JobFailedError. Raises TimedOutError; the job goes on then.
        """
        connection = self._connection
        clients = connection.clients
        intervals = clients.contract.target.watch_intervals
        last: Job | None = None
        with clients.calls_fail_at_once():
            for jobs in watch(
                clients.batch,
                [self.id],
                timeout=timeout,
                first_tick=intervals.first_tick,
                last_tick=intervals.last_tick,
                outage_bound=clients.outage_bound,
                tell=connection.tell,
                after_outage=clients.contract.target.after_outage,
            ):
                job = jobs.get(self.id)
                if job is None:
                    continue
                if on_change and (last is None or (last.status, last.array_summary) != (job.status, job.array_summary)):
                    on_change(job)
                last = job
        assert last is not None  # noqa: S101 - watch ends when it has ended
        if check and not last.is_success:
            raise JobFailedError(
                f"Job {last.name} ({last.id}) is {last.status}: {last.why}", fix=("See ", Command("why", last.id), ".")
            )
        return last

    def children(self, status: str | None = None) -> list[Job]:
        """Return an array's children, those of one ``status`` or all; [] of a job that is no array."""
        clients = self._connection.clients
        job = self.status()
        if status is not None:
            ids = [child.id for child in list_children(clients.batch, self.id, status)]  # type: ignore[arg-type]
        else:
            ids = [f"{self.id}:{index}" for index in range(job.array_size or 0)]
        found = describe(clients.batch, ids)
        return [found[job_id] for job_id in ids if job_id in found]

    def logs(self, *, failed: bool = False) -> Iterator[Line]:
        """Yield the lines of every attempt, by time; of an array its children's, with ``failed`` those that failed."""
        job = self.status()
        jobs = self.children("FAILED" if failed else None) if job.is_array else [job]
        for one, line in merged_logs(self._connection.clients.logs, jobs):
            yield Line(line.timestamp, line.message, one.shown_index)

    def usage(self) -> Usage:
        """Return what the job, or an array's children together, used. One call per 100 children."""
        job = self.status()
        ids = [f"{self.id}:{index}" for index in range(job.array_size or 0)] if job.is_array else [self.id]
        return usage_of(describe_jobs(self._connection.clients.batch, ids).values())

    def why(self, *, log_lines: int = 10) -> Explanation:
        """Return why the job is as it is: verdict, plain words, AWS's own reasons, the end of the log, what to do."""
        return explain(self._connection.clients, self.id, log_lines=log_lines)

    def cancel(self, reason: str | None = None) -> None:
        """Cancel the job where it waits, end it where it runs (SIGTERM, 30 s later SIGKILL); ended, it stays as it is.

        ``reason`` stands in the job; without one, who cancelled it. Raises NotThereError, AwsError.
        """
        (done,) = cancel_jobs(self._connection.clients.batch, [self.id], reason or cancel_reason("from Python"))
        if done.outcome == "unknown":
            self.status()
        if done.outcome == "failed":
            raise AwsError(f"Job {self.id} was not cancelled: {done.error}.", fix="Try again.")

    def retry(self, *, failed_only: bool = False, latest: bool = False, **options: Any) -> BatchJob | None:
        """Submit the ended job again as it was and return the new one; None where ``failed_only`` finds none.

        ``latest`` takes the newest revision of its definition. ``options``: ``memory`` ("x2" or MiB as text), ``vcpu``,
        ``attempts``, ``timeout_seconds``, ``queue``. Raises UsageError for a job that has not ended.
        """
        found = build_retry(
            self._connection.clients, self.id, RetryOptions(failed_only=failed_only, latest=latest, **options)
        )
        if found is None:
            return None
        for note in found.notes:
            self._connection.tell(note)
        return self._connection._send([found.request], origin=f"retry of {self.id}")[0]
