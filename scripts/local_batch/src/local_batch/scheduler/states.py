"""The states of jobs, from SUBMITTED to their end, and what each change means for arrays and for dependents."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_batch.clock import now_ms
from local_batch.rules import jobs as rules
from local_batch.scheduler.dependencies import link
from local_batch.scheduler.job import STATES, WAITING, Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.loop import Loop
    from local_batch.scheduler.memory import Memory
    from local_batch.scheduler.settings import Settings

_LOG = logging.getLogger(__name__)

DEPENDENT_FAILED = "Dependent Job failed"
CHILD_FAILED = "Array Child Job failed"
TOO_MANY_TAGS = f"Total number of tags from Job and Job Definition exceeds the limit of {rules.MOST_TAGS}"
TOO_LONG = f"Container Overrides length must be at most {rules.OVERRIDES_CHARACTERS}"


@dataclass(slots=True)
class Listeners:
    """Who is told of a job's change of state, with the scheduler's lock held: be quick."""

    on_change: list[Callable[[Job], None]] = field(default_factory=list)
    on_blocked: list[Callable[[Job], None]] = field(default_factory=list)


class JobStates:
    """Changes the states of jobs. All methods are called with the loop's lock held."""

    def __init__(self, loop: Loop, settings: Settings, memory: Memory) -> None:
        self.listeners = Listeners()
        self._loop = loop
        self._settings = settings
        self._memory = memory
        self._new: deque[Job] = deque()
        self._kept: deque[tuple[float, Job]] = deque()

    # -- in -----------------------------------------------------------------------------------------------------

    def submitted(self, job: Job) -> None:
        """Take in a new job. Its dependencies are looked at with the scheduler's next turn."""
        self._tell(job)
        self._new.append(job)
        self._loop.wake()

    def admit(self) -> None:
        """Bring the jobs that have just come in to PENDING or RUNNABLE, or to their end."""
        while self._new:
            job = self._new.popleft()
            if job.ended:
                continue
            failed = link(job, self._memory.find)
            for child in failed.children:
                self.fail_waiting(child, DEPENDENT_FAILED)
            if job.ended:
                continue  # every child hung on a child that had failed already
            if failed.job:
                self.fail_waiting(job, DEPENDENT_FAILED)
            elif len(job.submission.task_tags) > rules.MOST_TAGS:
                self.fail_waiting(job, TOO_MANY_TAGS)
            elif job.submission.overrides_length > rules.OVERRIDES_CHARACTERS:
                self.fail_waiting(job, TOO_LONG)
            elif job.cancelled and not job.waits_for:
                self.fail_waiting(job, job.status_reason or "")
            elif job.waits_for:
                for child in job.children or ():
                    if not child.ended:
                        self.change(child, "PENDING")
                self.change(job, "PENDING")
            else:
                self._release(job)

    def _release(self, job: Job) -> None:
        """Let a job go on whose dependencies are all fulfilled."""
        if job.ended:
            return
        if job.cancelled or job.terminated:
            self.fail_waiting(job, job.status_reason or "")
        elif job.children is not None:
            for child in job.children:
                if child.ended:
                    continue
                if child.waits_for:
                    self.change(child, "PENDING")
                else:
                    self.make_runnable(child)
        elif job.parent is None or job.parent.waits_for == 0:
            self.make_runnable(job)

    # -- from state to state ------------------------------------------------------------------------------------

    def make_runnable(self, job: Job) -> None:
        """Put a job into its queue, as new or to be tried again."""
        job.runnable_at = now_ms()
        self.change(job, "RUNNABLE")
        job.submission.queue.ready.push(job)
        self._loop.wake()

    def change(self, job: Job, status: str) -> None:
        """Change a job's state and its array's counts, and tell the listeners."""
        if job.status == status:
            return
        parent = job.parent
        if parent is not None and parent.counts is not None:
            parent.counts[job.status] -= 1
            parent.counts[status] += 1
            if status in {"RUNNABLE", "PENDING"} and parent.status == "SUBMITTED":
                parent.status = "PENDING"
                self._tell(parent)
            if status == "RUNNING" and parent.started_at is None:
                parent.started_at = now_ms()
        job.status = status
        if status in WAITING:
            for node in job.nodes or ():
                node.status, node.status_reason, node.stopped_at = status, None, None
        self._tell(job)

    def _tell(self, job: Job) -> None:
        for listener in self.listeners.on_change:
            try:
                listener(job)
            except Exception:
                # Half of a change would be worse: a job that never starts, and a submission that is answered with an
                # error although it counts, so that its client submits it again.
                _LOG.exception("The change of %s to %s was not told", job.id, job.status)

    # -- out ----------------------------------------------------------------------------------------------------

    def fail_waiting(self, job: Job, reason: str) -> None:
        """Fail a job that has not started, and an array's children with it."""
        if job.ended:
            return
        if job.children is None:
            self.end(job, "FAILED", reason)
            return
        for child in list(job.children):
            if child.status in WAITING:
                self._end(child, "FAILED", reason)
        self._finish_array(job, reason)

    def end(self, job: Job, status: str, reason: str) -> None:
        """Bring a job that is not an array's parent to its end, its array too where it was the last child."""
        self._end(job, status, reason)
        if job.parent is not None:
            self._finish_array(job.parent)

    def end_node(self, node: Job, status: str, reason: str | None) -> None:
        """Bring one node of a multi-node job to its end, which changes nothing of the others."""
        node.stopped_at = now_ms()
        node.status_reason = reason
        node.attempt = None
        self.change(node, status)

    def _end(self, job: Job, status: str, reason: str) -> None:
        if job.status == "RUNNABLE":
            job.submission.queue.ready.left(job)
        job.stopped_at = now_ms()
        job.status_reason = reason
        job.attempt = None
        for node in job.nodes or ():
            if not node.ended:
                self.end_node(node, status, reason)
        self.change(job, status)
        if job.parent is None:
            self._keep(job)
        self._after_end(job)
        self._loop.wake()

    def _after_end(self, job: Job) -> None:
        """Bring what waits for a job forward, or to its own end."""
        dependents, job.dependents = job.dependents or (), None
        for dependent in dependents:
            dependent.waits_for -= 1
            if dependent.ended:
                continue
            if job.status == "FAILED" and not (dependent.cancelled or dependent.terminated):
                self.fail_waiting(dependent, DEPENDENT_FAILED)
            elif dependent.waits_for == 0:
                self._release(dependent)

    def _finish_array(self, parent: Job, reason: str | None = None) -> None:
        """End an array's parent once every child has ended."""
        counts = parent.counts
        if counts is None or parent.ended or counts["SUCCEEDED"] + counts["FAILED"] < parent.submission.array_size:
            return
        parent.stopped_at = now_ms()
        if counts["FAILED"]:
            own = parent.status_reason if parent.cancelled or parent.terminated else None
            parent.status_reason = own or reason or CHILD_FAILED
            parent.status = "FAILED"
        else:
            parent.status = "SUCCEEDED"
        self._tell(parent)
        self._keep(parent)
        self._after_end(parent)

    def _keep(self, job: Job) -> None:
        """Keep an ended job for as long as AWS does, then forget it."""
        seconds = self._settings.scaled(self._settings.keep_seconds)
        self._kept.append((time.monotonic() + seconds, job))
        if len(self._kept) == 1:
            self._loop.after(seconds, self._forget)

    def clear(self) -> None:
        """Forget every job, once the planned calls are forgotten too."""
        self._new.clear()
        self._kept.clear()

    def _forget(self) -> None:
        while self._kept and self._kept[0][0] <= time.monotonic():
            self._memory.forget(self._kept.popleft()[1])
        if self._kept:
            self._loop.after(self._kept[0][0] - time.monotonic(), self._forget)


def summary(job: Job) -> dict[str, int]:
    """Return an array's count of children by state (``statusSummary``), every state named."""
    counts = job.counts or Counter()
    return {state: counts[state] for state in STATES}
