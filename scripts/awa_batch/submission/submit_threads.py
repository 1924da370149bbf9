"""The threads that call SubmitJob: one try a call, at one shared pace."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from awa_batch.batch.failures import CallError, Failure
from awa_batch.batch.jobs import submit_job
from awa_batch.submission.ledger import Entry, ToSend
from awa_batch.submission.pace import Pace

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient


@dataclass(frozen=True)
class Answer:
    """What became of one job: ``unsent`` when the run was stopped before its call."""

    entry: Entry
    outcome: Literal["accepted", "unsent"] | Failure
    job_id: str | None = None
    error: CallError | None = None


class SubmitThreads:
    """A few threads that take jobs and ``deliver`` one `Answer` for each.

    Threads are daemons: a process that is told to end does not wait for a call that hangs.
    """

    def __init__(
        self,
        client: BatchClient,
        pace: Pace,
        deliver: Callable[[Answer | BaseException], None],
        stop: threading.Event,
        threads: int,
    ) -> None:
        self._client = client
        self._pace = pace
        self._deliver = deliver
        self._stop = stop
        self._jobs: queue.SimpleQueue[ToSend | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def send(self, job: ToSend) -> None:
        """Queue a job, whose ledger entry says ``sent`` already."""
        self._jobs.put(job)

    def end(self) -> None:
        """Let the threads end when they have nothing left."""
        for _ in self._threads:
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._deliver(self._call(job))
            except BaseException as error:  # a bug: the run ends with it
                self._deliver(error)
                return

    def _call(self, job: ToSend) -> Answer:
        while True:
            sent_at = self._pace.wait(self._stop)
            if sent_at is None:
                return Answer(job.entry, "unsent")
            try:
                job_id = submit_job(self._client, job.request)
            except CallError as error:
                if error.failure == "throttled":
                    self._pace.throttled(sent_at)
                    # A job with a lost try is looked up before every further one: the lost one may show up late.
                    if not job.entry.lost:
                        continue
                return Answer(job.entry, error.failure, error=error)
            self._pace.went_well()
            return Answer(job.entry, "accepted", job_id)
