"""The threads that call SubmitJob: one try a call, at one shared pace."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import BotoCoreError, ClientError

from awa_batch.submission.ledger import Entry, ToSend
from awa_batch.submission.outcome import Failure, failure
from awa_batch.submission.pace import Pace

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient


@dataclass(frozen=True)
class Answer:
    """What became of one job: ``unsent`` when the run was stopped before its call."""

    entry: Entry
    outcome: Literal["accepted", "unsent"] | Failure
    job_id: str | None = None
    error: Exception | None = None


class Senders:
    """A few threads that take jobs and put one `Answer` for each into ``answers``.

    Threads are daemons: a process that is told to end does not wait for a call that hangs.
    """

    def __init__(
        self,
        client: BatchClient,
        pace: Pace,
        answers: queue.SimpleQueue[Answer | BaseException],
        stop: threading.Event,
        threads: int,
    ) -> None:
        self._client = client
        self._pace = pace
        self._answers = answers
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
                self._answers.put(self._call(job))
            except BaseException as error:  # a bug: the run ends with it
                self._answers.put(error)
                return

    def _call(self, job: ToSend) -> Answer:
        while True:
            sent_at = self._pace.wait(self._stop)
            if sent_at is None:
                return Answer(job.entry, "unsent")
            try:
                answer = self._client.submit_job(**job.request)
            except (BotoCoreError, ClientError) as error:
                outcome = failure(error)
                if outcome == "throttled":
                    self._pace.throttled(sent_at)
                    # A job with a lost try is looked up before every further one: the lost one may show up late.
                    if not job.entry.lost:
                        continue
                return Answer(job.entry, outcome, error=error)
            self._pace.went_well()
            if job_id := answer.get("jobId"):
                return Answer(job.entry, "accepted", job_id)
            return Answer(job.entry, "lost", error=ValueError("the answer has no job id"))
