"""The scheduler as the operations of the API see it: take jobs in, find, cancel and terminate them, replace hosts."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from typing import TYPE_CHECKING

from local_batch.clock import now_ms
from local_batch.scheduler.attempts import Attempts
from local_batch.scheduler.job import WAITING, Attempt, Job, Stop, Submission
from local_batch.scheduler.loop import Loop
from local_batch.scheduler.memory import Memory
from local_batch.scheduler.placement import Placement
from local_batch.scheduler.states import JobStates

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.runners.base import Runner, Task
    from local_batch.runners.several import Several
    from local_batch.scheduler.objects import Environment
    from local_batch.scheduler.settings import Settings
    from local_batch.services.account_objects import AccountObjects


class Scheduler:
    """The parts of the scheduler, put together: the loop takes turns, in which jobs are admitted and placed.

    ``lock`` guards everything: methods are called with it held, except `start` and `stop`.
    """

    def __init__(
        self, settings: Settings, runner: Runner, build_task: Callable[[Job, Attempt], Task | Several]
    ) -> None:
        self.settings = settings
        self.memory = Memory()
        self._loop = Loop(self._turn)
        self._states = JobStates(self._loop, settings, self.memory)
        self.attempts = Attempts(self._loop, settings, self._states, runner, build_task)
        self._placement = Placement(self._loop, settings, self.memory, self._states, self.attempts)
        self._sequence = itertools.count(1)
        self._is_paused = False
        self.account_objects: AccountObjects | None = None
        """Knows what environments may name of the account; None: whatever they name is there."""
        self.lock = self._loop.lock
        self.listeners = self._states.listeners
        self.wake = self._loop.wake
        self.watch_time_limit = self._placement.watch_time_limit
        self.after = self._loop.after

    def _turn(self) -> None:
        if self._is_paused:
            return
        self._states.admit()
        self._placement.dispatch()

    def start(self) -> None:
        """Begin to schedule."""
        self._loop.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Stop every job (SIGTERM, SIGKILL after ``seconds``) and schedule nothing more."""
        with self.lock:
            self._loop.stop()
        self.attempts.stop_all(seconds)

    def end_all(self, seconds: float) -> list[str]:
        """Start nothing more and kill what runs; return the ids of jobs that are still there after ``seconds``.

        Called without the lock. Either `forget_all` or `go_on` follows.
        """
        with self.lock:
            self._is_paused = True
        return self.attempts.kill_all(seconds)

    def forget_all(self) -> None:
        """Forget every object, job and planned call. No job runs."""
        self._loop.clear()
        self._states.clear()
        self.memory.clear()

    def go_on(self) -> None:
        """Place jobs again."""
        self._is_paused = False
        self.wake()

    def add(self, submission: Submission) -> Job:
        """Take in a checked submission and return its job."""
        created = now_ms()
        job = Job(str(uuid.uuid4()), submission, next(self._sequence), created)
        if size := submission.array_size:
            job.children = [
                Job(job.uuid, submission, job.sequence, created, parent=job, index=index) for index in range(size)
            ]
            job.counts = Counter({"SUBMITTED": size})
        if submission.nodes:
            job.nodes = [
                Job(job.uuid, submission, job.sequence, created, parent=job, node=node)
                for node in range(len(submission.nodes))
            ]
        self.memory.jobs[job.uuid] = job
        submission.queue.jobs[job.uuid] = job
        self._states.submitted(job)
        return job

    def cancel(self, job: Job, reason: str) -> None:
        """Cancel a job that has not started; one that has goes on. A node by itself is not cancelled."""
        if job.ended or job.node is not None:
            return
        if job.children is not None:
            job.cancelled = True
            job.status_reason = reason
            if job.waits_for and job.status == "PENDING":
                return  # it ends when what it depends on has ended, as AWS documents it
            for child in list(job.children):
                self.cancel(child, reason)
            return
        if job.status not in WAITING:
            return
        job.cancelled = True
        job.status_reason = reason
        if job.status == "RUNNABLE" or (job.status == "PENDING" and not job.waits_for):
            self._states.end(job, "FAILED", reason)
        self.wake()

    def terminate(self, job: Job, reason: str) -> None:
        """Terminate a job in whatever state it is. A node by itself is terminated where it has started."""
        if job.ended or (job.node is not None and job.status in WAITING):
            return
        job.terminated = True
        if job.children is not None:
            job.status_reason = reason
            if job.waits_for:
                self._states.fail_waiting(job, reason)
            for child in list(job.children):
                self.terminate(child, reason)
        elif job.status in WAITING:
            if job.status == "SUBMITTED" and job.parent is None:
                self.cancel(job, reason)
            else:
                self._states.end(job, "FAILED", reason)
        else:
            self.attempts.stop(job, Stop("terminate", reason))
        self.wake()

    def replace_hosts(self, environment: Environment, seconds: float) -> None:
        """Take away the hosts of the jobs that run on an environment, those still there after ``seconds`` of Batch's.

        That is what an infrastructure update does to the instances that it replaces.
        """
        attempts = [(job, job.attempt) for job in environment.running]

        def replace() -> None:
            for job, attempt in attempts:
                if job.attempt is attempt:
                    self.attempts.reclaim(job)

        self.after(self.settings.scaled(seconds), replace)
