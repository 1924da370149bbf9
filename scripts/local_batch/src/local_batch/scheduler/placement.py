"""Placement: which RUNNABLE job starts next, on which compute environment, and why a queue is blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_batch.scheduler.objects import Blocked

if TYPE_CHECKING:
    from local_batch.scheduler.attempts import Attempts
    from local_batch.scheduler.job import Job
    from local_batch.scheduler.loop import Loop
    from local_batch.scheduler.memory import Memory
    from local_batch.scheduler.objects import Environment, Queue
    from local_batch.scheduler.settings import Settings
    from local_batch.scheduler.states import JobStates

TOO_LARGE = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU "
    "requirement of the job."
)
TOO_LARGE_FOR_INSTANCES = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that "
    "can be met by the CE(s) attached to the job queue."
)
_NO_CAPACITY = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type {}"
)
"""AWS's own words (Batch guide, "Jobs stuck in a RUNNABLE status" and the pages under it)."""
_ROUNDING = 1e-9
"""vCPUs are quarters, and sums of many of them may be off by this."""


class Placement:
    """Places jobs. All methods are called with the loop's lock held."""

    def __init__(self, loop: Loop, settings: Settings, memory: Memory, states: JobStates, attempts: Attempts) -> None:
        self._loop = loop
        self._settings = settings
        self._memory = memory
        self._states = states
        self._attempts = attempts

    def dispatch(self) -> None:
        """Start every job that fits: queues by priority, each in its own order, never past a job that must wait."""
        for queue in self._memory.queues():
            if queue.detail["status"] not in {"VALID", "UPDATING"}:
                continue
            while (job := queue.ready.peek()) is not None:
                environment = self._with_room(queue, job)
                if environment is None:
                    self._note_blocked(queue, job)
                    break
                if not self._fits_machine(job):
                    return  # lower queues must not overtake
                queue.blocked = None
                queue.ready.pop()
                self._attempts.launch(job, environment)

    def _with_room(self, queue: Queue, job: Job) -> Environment | None:
        """Return the first environment of a queue that has room for a job, or None."""
        need = job.submission.vcpus
        if any(resource.free < quantity for resource, quantity in job.submission.consumables):
            return None
        for environment in self._memory.environments(queue):
            if not _can_hold(environment, job):
                continue
            enough = environment.used + need <= environment.max_vcpus + _ROUNDING
            if environment.open and not environment.starved and enough:
                return environment
        return None

    def _fits_machine(self, job: Job) -> bool:
        need = self._settings.share_of_machine(job.submission.vcpus)
        return self._attempts.vcpus_in_use + need <= self._settings.max_vcpus + _ROUNDING

    def _note_blocked(self, queue: Queue, job: Job) -> None:
        """Say why the job at a queue's head cannot be placed, where waiting alone does not help."""
        reason = self._why_blocked(queue, job)
        if queue.blocked is not None and (queue.blocked.job, queue.blocked.reason) == (job, reason):
            return
        if reason is None:
            if queue.blocked is not None and queue.blocked.job is job:
                job.status_reason = None
            queue.blocked = None
            return
        job.status_reason = reason
        blocked = queue.blocked = Blocked(job, reason)
        for listener in self._states.listeners.on_blocked:
            listener(job)
        limits = queue.detail.get("jobStateTimeLimitActions") or ()
        limit = next((one for one in limits if reason.startswith(one["reason"])), None)
        if limit is not None:
            named, seconds = str(limit["reason"]), self._settings.scaled(limit["maxTimeSeconds"])
            self._loop.after(seconds, lambda: self._time_limit(queue, blocked, named))

    def _why_blocked(self, queue: Queue, job: Job) -> str | None:
        environments = [one for one in self._memory.environments(queue) if one.open]
        if not environments:
            return None
        if all(one.max_vcpus < job.submission.vcpus for one in environments):
            return TOO_LARGE
        if not any(_can_hold(one, job) for one in environments):
            return TOO_LARGE_FOR_INSTANCES
        if all(one.starved for one in environments):
            types = dict.fromkeys(name for one in environments for name in one.instance_types)
            return _NO_CAPACITY.format(f"[{', '.join(types)}]")
        return None

    def _time_limit(self, queue: Queue, blocked: Blocked, reason: str) -> None:
        """Cancel a job that has blocked its queue for as long as the queue's time limit allows."""
        if queue.blocked is blocked and blocked.job.status == "RUNNABLE":
            blocked.job.cancelled = True
            queue.blocked = None
            self._states.end(blocked.job, "FAILED", f"Canceled by JobStateTimeLimit action due to reason: {reason}")


def _can_hold(environment: Environment, job: Job) -> bool:
    """Whether an environment's instances can hold a job at all, whatever runs there now."""
    submission = job.submission
    return environment.can_hold(submission.vcpus, submission.memory, submission.gpus)
