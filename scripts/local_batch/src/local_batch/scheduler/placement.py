"""Placement: which RUNNABLE job starts next, on which compute environment, and why a queue is blocked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from local_batch.json_object import Json
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
INVALID = "ACTION_REQUIRED - CE(s) associated with the job queue are invalid."
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
            if not (environment.open and not environment.starved and enough):
                continue
            if environment.has_places(job.submission.needs, alone=bool(job.submission.nodes)):
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
        queue.blocked = Blocked(job, reason, time.monotonic())
        for listener in self._states.listeners.on_blocked:
            listener(job)
        self.watch_time_limit(queue)

    def watch_time_limit(self, queue: Queue) -> None:
        """Look, once a blocked queue's time limit is over, whether it still is blocked.

        Called again when the queue's time limits change: they count from when it was blocked.
        """
        blocked, limit = queue.blocked, _limit_of(queue)
        if blocked is None or limit is None:
            return
        end = blocked.since + self._settings.scaled(limit["maxTimeSeconds"])
        self._loop.after(max(0.0, end - time.monotonic()), lambda: self._time_limit(queue, blocked, limit))

    def _why_blocked(self, queue: Queue, job: Job) -> str | None:
        attached = self._memory.environments(queue)
        if attached and all(one.detail["status"] == "INVALID" for one in attached):
            return INVALID
        environments = [one for one in attached if one.open]
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

    def _time_limit(self, queue: Queue, blocked: Blocked, limit: Json) -> None:
        """Cancel a job that has blocked its queue for as long as the queue's time limit allows, if it still is that."""
        if queue.blocked is blocked and blocked.job.status == "RUNNABLE" and _limit_of(queue) == limit:
            reason = limit["reason"]
            blocked.job.cancelled = True
            queue.blocked = None
            self._states.end(blocked.job, "FAILED", f"Canceled by JobStateTimeLimit action due to reason: {reason}")


def _limit_of(queue: Queue) -> Json | None:
    """Return the time limit of a queue that holds for what blocks it now, None where there is none."""
    limits = queue.detail.get("jobStateTimeLimitActions") or ()
    blocked = queue.blocked
    return next((one for one in limits if blocked and blocked.reason.startswith(one["reason"])), None)


def _can_hold(environment: Environment, job: Job) -> bool:
    """Whether an environment's instances can hold a job at all, whatever runs there now."""
    needs = job.submission.needs
    if job.submission.nodes and not environment.can_hold_nodes(needs):
        return False
    return all(environment.can_hold(*need) for need in dict.fromkeys(needs))
