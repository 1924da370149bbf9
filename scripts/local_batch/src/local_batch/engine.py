"""The scheduler: it moves jobs through their states, places them on environments and hands them to the runner.

One lock guards everything that Batch remembers. One thread sleeps until something happens (a submission, a job's end, a
changed queue or environment, a planned moment) and then does all there is to do; nothing polls.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_batch import retries
from local_batch.model import STATES, WAITING, Attempt, Blocked, Environment, Job, Queue, Region, Submission
from local_batch.names import ACCOUNT, now_ms
from local_batch.runners.base import Outcome, TaskStartError
from local_batch.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local_batch.runners.base import Runner, Task

Json = dict[str, Any]

DEPENDENT_FAILED = "Dependent Job failed"
CHILD_FAILED = "Array Child Job failed"
TIMED_OUT = "Job attempt duration exceeded timeout"
TOO_MANY_TAGS = "Total number of tags from Job and Job Definition exceeds the limit of 50"
OVERRIDES_CHARACTERS = 8192
"""ECS's limit on all overrides together; Batch accepts such a job and fails it."""
SETTLE_SECONDS = 0.05
"""How long an object stays CREATING, UPDATING or DELETING: long enough to be seen, short enough not to matter."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server was told.

    ``max_vcpus`` bounds the vCPUs that run at once, over all environments. ``time_scale`` makes the minutes of Batch
    (attempt timeouts, state time limits, share decay, the visibility of ended jobs) pass that many times as fast.
    ``stop_seconds`` lie between SIGTERM and SIGKILL; ``keep_seconds`` is how long ended jobs stay visible.
    """

    max_vcpus: float
    time_scale: float = 1.0
    stop_seconds: float = 30.0
    keep_seconds: float = 7 * 86400.0


@dataclass(slots=True)
class Listeners:
    """Who is told of a job's change of state, with the engine's lock held: be quick."""

    on_change: list[Callable[[Job], None]] = field(default_factory=list)
    on_blocked: list[Callable[[Job], None]] = field(default_factory=list)


class Engine:
    """The local Batch's memory and its scheduler."""

    def __init__(self, settings: Settings, runner: Runner, build_task: Callable[[Job, Attempt], Task]) -> None:
        self.settings = settings
        self.runner = runner
        self.lock = threading.RLock()
        self.listeners = Listeners()
        self.regions: dict[str, Region] = {}
        self.jobs: dict[str, Job] = {}
        self._build_task = build_task
        self._condition = threading.Condition(self.lock)
        self._timers = Timers()
        self._sequence = itertools.count(1)
        self._new: deque[Job] = deque()
        self._aged: deque[tuple[float, Job]] = deque()
        self._dirty = False
        self._stopping = False
        self._machine_used = 0.0
        self._running: set[Job] = set()
        self._pool = ThreadPoolExecutor(max_workers=1024, thread_name_prefix="job")
        # Apart from the pool of jobs, which may be full.
        self._signals = ThreadPoolExecutor(max_workers=16, thread_name_prefix="signal")
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to schedule."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Stop every job (SIGTERM, SIGKILL after ``seconds``) and schedule nothing more."""
        with self.lock:
            self._stopping = True
            running = list(self._running)
            for job in running:
                self._stop_attempt(job, "shutdown", "The local AWS was stopped")
            self._condition.notify_all()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._running:
            time.sleep(0.02)
        for job in list(self._running):
            if job.attempt and job.attempt.running:
                job.attempt.running.kill()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and self._running:
            time.sleep(0.02)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Make the scheduler look again. The caller holds the lock."""
        self._dirty = True
        self._condition.notify()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan a call under the lock. The caller holds the lock."""
        self._timers.after(seconds, action)
        self._condition.notify()

    def scaled(self, seconds: float) -> float:
        """Return how long a duration of Batch's takes here."""
        return seconds / self.settings.time_scale

    def _loop(self) -> None:
        with self.lock:
            while not self._stopping:
                self._timers.run_due()
                self._dirty = False
                self._admit()
                self._dispatch()
                if not self._dirty:
                    self._condition.wait(self._timers.wait_seconds())

    # -- finding ------------------------------------------------------------------------------------------------

    def region(self, name: str) -> Region:
        """Return a region's objects."""
        if name not in self.regions:
            self.regions[name] = Region(name)
        return self.regions[name]

    def find(self, job_id: str) -> Job | None:
        """Return the job of an id (``uuid`` or ``uuid:index``) or a job's ARN, or None."""
        text = job_id.split("/", 1)[1] if job_id.startswith("arn:") and "/" in job_id else job_id
        head, colon, tail = text.partition(":")
        job = self.jobs.get(head)
        if job is None or not colon:
            return job
        if not (tail.isascii() and tail.isdigit()) or job.children is None or int(tail) >= len(job.children):
            return None
        return job.children[int(tail)]

    def active_on(self, environment: Environment) -> bool:
        """Say whether a job runs on an environment."""
        return bool(environment.running)

    # -- submission ---------------------------------------------------------------------------------------------

    def add(self, submission: Submission) -> Job:
        """Take in a checked submission. The caller holds the lock."""
        created = now_ms()
        job = Job(str(uuid.uuid4()), submission, next(self._sequence), created)
        if size := submission.array_size:
            job.children = [
                Job(job.uuid, submission, job.sequence, created, parent=job, index=index) for index in range(size)
            ]
            job.counts = Counter({"SUBMITTED": size})
        self.jobs[job.uuid] = job
        submission.queue.jobs[job.uuid] = job
        self._tell(job)
        self._new.append(job)
        self.wake()
        return job

    def _admit(self) -> None:
        """Evaluate the dependencies of jobs that have just come in."""
        while self._new:
            job = self._new.popleft()
            if job.ended:
                continue
            failed = self._link(job)
            if job.ended:
                continue  # every child hung on a child that had failed already
            tags = job.submission.task_tags
            if failed:
                self._fail_waiting(job, DEPENDENT_FAILED)
            elif len(tags) > 50:
                self._fail_waiting(job, TOO_MANY_TAGS)
            elif job.submission.overrides_length > OVERRIDES_CHARACTERS:
                self._fail_waiting(job, f"Container Overrides length must be at most {OVERRIDES_CHARACTERS}")
            elif job.cancelled and not job.waits_for:
                self._fail_waiting(job, job.status_reason or "")
            elif job.waits_for:
                for child in job.children or ():
                    if not child.ended:
                        self._set(child, "PENDING")
                self._set(job, "PENDING")
            else:
                self._release(job)

    def _link(self, job: Job) -> bool:
        """Make the job wait for what it depends on; say whether any of that has failed already."""
        failed = False
        children = job.children or []
        for dependency in job.submission.dependencies:
            kind = dependency.get("type")
            if kind == "SEQUENTIAL":
                for before, after in itertools.pairwise(children):
                    self._child_waits_for(after, before)
                continue
            other = self.find(dependency["jobId"])
            if other is None:
                continue  # aged out between the check and now: it had ended
            if kind == "N_TO_N" and other.children is not None and children:
                for child, theirs in zip(children, other.children, strict=False):
                    self._child_waits_for(child, theirs)
            elif other.status == "FAILED":
                failed = True
            elif other.status != "SUCCEEDED":
                self._wait_for(job, other)
        return failed

    def _child_waits_for(self, child: Job, other: Job) -> None:
        """Let a child wait for another job, which may have ended already."""
        if other.status == "FAILED":
            self._fail_waiting(child, DEPENDENT_FAILED)
        elif other.status != "SUCCEEDED":
            self._wait_for(child, other)

    @staticmethod
    def _wait_for(job: Job, other: Job) -> None:
        job.waits_for += 1
        if other.dependents is None:
            other.dependents = []
        other.dependents.append(job)

    def _release(self, job: Job) -> None:
        """Let a job go on whose dependencies are all fulfilled."""
        if job.ended:
            return
        if job.cancelled or job.terminated:
            self._fail_waiting(job, job.status_reason or "")
            return
        if job.children is not None:
            for child in job.children:
                if child.ended:
                    continue
                if child.waits_for:
                    self._set(child, "PENDING")
                else:
                    self._runnable(child)
            return
        if job.parent is None or job.parent.waits_for == 0:
            self._runnable(job)

    def _runnable(self, job: Job) -> None:
        job.runnable_at = now_ms()
        self._set(job, "RUNNABLE")
        job.submission.queue.ready.push(job)
        self._dirty = True

    def _fail_waiting(self, job: Job, reason: str) -> None:
        """Fail a job that has not started, and an array's children with it."""
        if job.ended:
            return
        if job.children is not None:
            for child in list(job.children):
                if child.status in WAITING:
                    self._end(child, "FAILED", reason, final_parent=False)
            self._finish_parent(job, reason)
            return
        self._end(job, "FAILED", reason)

    # -- states -------------------------------------------------------------------------------------------------

    def _set(self, job: Job, status: str) -> None:
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
        self._tell(job)

    def _tell(self, job: Job) -> None:
        for listener in self.listeners.on_change:
            listener(job)

    def _end(self, job: Job, status: str, reason: str, *, final_parent: bool = True) -> None:
        """Bring a job that is not an array's parent to its end, and what hangs on it forward."""
        job.stopped_at = now_ms()
        job.status_reason = reason
        job.attempt = None
        self._set(job, status)
        if job.parent is None:
            self._age(job)
        self._after_end(job)
        if job.parent is not None and final_parent:
            self._finish_parent(job.parent)
        self._dirty = True

    def _after_end(self, job: Job) -> None:
        dependents, job.dependents = job.dependents or (), None
        for dependent in dependents:
            dependent.waits_for -= 1
            if dependent.ended:
                continue
            if job.status == "FAILED" and not (dependent.cancelled or dependent.terminated):
                self._fail_waiting(dependent, DEPENDENT_FAILED)
            elif dependent.waits_for == 0:
                self._release(dependent)

    def _finish_parent(self, parent: Job, reason: str | None = None) -> None:
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
        self._age(parent)
        self._after_end(parent)

    def _age(self, job: Job) -> None:
        """Forget an ended job after the time that AWS keeps it."""
        seconds = self.scaled(self.settings.keep_seconds)
        self._aged.append((time.monotonic() + seconds, job))
        if len(self._aged) == 1:
            self.after(seconds, self._forget)

    def _forget(self) -> None:
        while self._aged and self._aged[0][0] <= time.monotonic():
            job = self._aged.popleft()[1]
            self.jobs.pop(job.uuid, None)
            job.submission.queue.jobs.pop(job.uuid, None)
        if self._aged:
            self.after(self._aged[0][0] - time.monotonic(), self._forget)

    def summary(self, job: Job) -> dict[str, int]:
        """Return an array's count of children by state, every state named."""
        counts = job.counts or Counter()
        return {state: counts[state] for state in STATES}

    # -- placing ------------------------------------------------------------------------------------------------

    def _queues(self) -> Iterable[Queue]:
        queues = [queue for region in self.regions.values() for queue in region.queues.values()]
        return sorted(queues, key=lambda queue: -int(queue.detail["priority"]))

    def _dispatch(self) -> None:
        """Start every job that fits: queues by priority, each in its own order, never past a job that must wait."""
        if self._stopping:
            return
        for queue in self._queues():
            if queue.detail["status"] not in {"VALID", "UPDATING"}:
                continue
            while (job := queue.ready.peek()) is not None:
                environment, room = self._place(queue, job)
                if not room:
                    return  # this machine is full: lower queues must not overtake
                if environment is None:
                    self._note_blocked(queue, job)
                    break
                queue.blocked = None
                queue.ready.pop()
                self._launch(job, environment)

    def _place(self, queue: Queue, job: Job) -> tuple[Environment | None, bool]:
        """Return the environment with room for a job, and whether this machine has room for it."""
        need = job.submission.vcpus
        if any(resource.free < quantity for resource, quantity in job.submission.consumables):
            return None, True
        for environment in self.environments(queue):
            if environment.open and not environment.starved and environment.used + need <= environment.max_vcpus + 1e-9:
                room = self._machine_used + self._weight(need) <= self.settings.max_vcpus + 1e-9
                return (environment if room else None), room
        return None, True

    def _note_blocked(self, queue: Queue, job: Job) -> None:
        """Say why the job at a queue's head cannot be placed, where waiting alone does not help."""
        reason = self._blocked_reason(queue, job)
        if queue.blocked is not None and (queue.blocked.job, queue.blocked.reason) == (job, reason):
            return
        if reason is None:
            if queue.blocked is not None and queue.blocked.job is job:
                job.status_reason = None
            queue.blocked = None
            return
        job.status_reason = reason
        blocked = queue.blocked = Blocked(job, reason)
        for listener in self.listeners.on_blocked:
            listener(job)
        limits = queue.detail.get("jobStateTimeLimitActions") or ()
        limit = next((one for one in limits if reason.startswith(one["reason"])), None)
        if limit is not None:
            named = str(limit["reason"])
            self.after(self.scaled(limit["maxTimeSeconds"]), lambda: self._limit(queue, blocked, named))

    def _blocked_reason(self, queue: Queue, job: Job) -> str | None:
        environments = [one for one in self.environments(queue) if one.open]
        if not environments:
            return None
        if all(one.max_vcpus < job.submission.vcpus for one in environments):
            return (
                "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - The job needs more vCPUs than the maximum of "
                "every compute environment that is attached to the job queue."
            )
        if all(one.starved for one in environments):
            return (
                "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - The compute environments of the job queue have insufficient "
                "capacity."
            )
        return None

    def _limit(self, queue: Queue, blocked: Blocked, reason: str) -> None:
        """Cancel a job that has blocked its queue for as long as the queue's time limit allows."""
        if queue.blocked is blocked and blocked.job.status == "RUNNABLE":
            blocked.job.cancelled = True
            queue.blocked = None
            self._end(blocked.job, "FAILED", f"Canceled by JobStateTimeLimit action due to reason: {reason}")

    def environments(self, queue: Queue) -> list[Environment]:
        """Return a queue's compute environments in their order."""
        region = self.regions[queue.region]
        entries = sorted(queue.detail["computeEnvironmentOrder"], key=lambda entry: entry["order"])
        names = (entry["computeEnvironment"].split("/", 1)[-1] for entry in entries)
        return [region.environments[name] for name in names if name in region.environments]

    def _weight(self, vcpus: float) -> float:
        """Return what a job takes of this machine: one larger than the machine has all of it for itself."""
        return min(vcpus, self.settings.max_vcpus)

    def _launch(self, job: Job, environment: Environment) -> None:
        number = len(job.attempts or ()) + 1
        task_id = uuid.uuid4().hex
        cluster = str(environment.detail["ecsClusterArn"])
        task_arn = f"{cluster.replace(':cluster/', ':task/')}/{task_id}"
        attempt = Attempt(number, environment, task_id, task_arn, self._weight(job.submission.vcpus))
        job.attempt = attempt
        environment.used += job.submission.vcpus
        for resource, quantity in job.submission.consumables:
            resource.in_use += quantity
        job.submission.queue.ready.started(job)
        job.status_reason = None
        environment.running.add(job)
        self._machine_used += attempt.weight
        self._running.add(job)
        self._set(job, "STARTING")
        self._pool.submit(self._run, job, attempt)

    # -- running (in a thread of the pool, without the lock unless said) ------------------------------------------

    def _run(self, job: Job, attempt: Attempt) -> None:
        try:
            running = self.runner.start(self._build_task(job, attempt))
            self._started(job, attempt, running)
            outcome = running.wait()
        except TaskStartError as error:
            outcome = Outcome(None, error.reason, error.status_reason)
        except Exception as error:  # a fault of ours must end the job, not lose it
            status = "Task failed to start" if attempt.running is None else "Task was lost by the local AWS"
            outcome = Outcome(None, f"InternalError: {type(error).__name__}: {error}", status)
        with self.lock:
            self._ended(job, attempt, outcome)
            self.wake()

    def _started(self, job: Job, attempt: Attempt, running: Any) -> None:
        with self.lock:
            attempt.running = running
            attempt.started_at = job.started_at = now_ms()
            self._set(job, "RUNNING")
            if attempt.stop is not None:
                self._signal(job, attempt)
            elif job.submission.timeout:
                self.after(self.scaled(job.submission.timeout), lambda: self._time_out(job, attempt))

    def _ended(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """Take in how an attempt ended, with the lock held."""
        self._running.discard(job)
        environment = attempt.environment
        environment.used = max(0.0, environment.used - job.submission.vcpus)
        environment.running.discard(job)
        for resource, quantity in job.submission.consumables:
            resource.give_back(quantity)
        job.submission.queue.ready.ended(job)
        self._machine_used = max(0.0, self._machine_used - attempt.weight)
        stop = attempt.stop
        exit_code, status_reason = outcome.exit_code, outcome.status_reason
        if stop is not None:
            status_reason = stop[1]
            if stop[0] == "reclaim" and not environment.fargate:
                exit_code = None  # the instance is gone, and with it the container's exit code
        record: Json = {
            "container": {
                "containerInstanceArn": container_instance(environment, attempt),
                "taskArn": attempt.task_arn,
                "exitCode": exit_code,
                "reason": outcome.reason,
                "logStreamName": attempt.log_stream,
                "networkInterfaces": [],
            },
            "startedAt": attempt.started_at,
            "stoppedAt": now_ms(),
            "statusReason": status_reason,
        }
        job.attempts = [*(job.attempts or ()), record]
        if stop is None and exit_code == 0:
            self._end(job, "SUCCEEDED", status_reason)
            return
        final = stop is not None and stop[0] in {"timeout", "terminate", "shutdown"}
        if not final and retries.retried(
            job.submission.retry,
            attempt.number,
            exit_code=exit_code,
            reason=outcome.reason,
            status_reason=status_reason,
        ):
            job.attempt = None
            job.status_reason = status_reason
            self._runnable(job)
            return
        self._end(job, "FAILED", status_reason)

    # -- stopping -----------------------------------------------------------------------------------------------

    def cancel(self, job: Job, reason: str) -> None:
        """Cancel a job that has not started; one that has goes on. The caller holds the lock."""
        if job.ended:
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
            self._end(job, "FAILED", reason)
        self.wake()

    def terminate(self, job: Job, reason: str) -> None:
        """Terminate a job in whatever state it is. The caller holds the lock."""
        if job.ended:
            return
        job.terminated = True
        if job.children is not None:
            job.status_reason = reason
            if job.waits_for:
                self._fail_waiting(job, reason)
            for child in list(job.children):
                self.terminate(child, reason)
        elif job.status in WAITING:
            if job.status == "SUBMITTED" and job.parent is None:
                self.cancel(job, reason)
            else:
                self._end(job, "FAILED", reason)
        else:
            self._stop_attempt(job, "terminate", reason)
        self.wake()

    def reclaim(self, job: Job) -> bool:
        """Take a running job's host away as a Spot reclaim does; say whether there was one to take."""
        attempt = job.attempt
        if attempt is None or job.ended:
            return False
        if attempt.environment.fargate:
            reason = "Your Spot Task was interrupted."
        else:
            reason = f"Host EC2 (instance i-{attempt.task_id[:17]}) terminated."
        self._stop_attempt(job, "reclaim", reason)
        return True

    def replace_hosts(self, environment: Environment, seconds: float) -> None:
        """Take away the hosts of the jobs that run on an environment, those still there after ``seconds`` of Batch's.

        That is what an infrastructure update does to the instances that it replaces. The caller holds the lock.
        """
        attempts = [(job, job.attempt) for job in environment.running]

        def replace() -> None:
            for job, attempt in attempts:
                if job.attempt is attempt:
                    self.reclaim(job)

        self.after(self.scaled(seconds), replace)

    def _time_out(self, job: Job, attempt: Attempt) -> None:
        if job.attempt is attempt and job.status == "RUNNING":
            self._stop_attempt(job, "timeout", TIMED_OUT)

    def _stop_attempt(self, job: Job, kind: str, reason: str) -> None:
        attempt = job.attempt
        if attempt is None or attempt.stop is not None:
            return
        attempt.stop = (kind, reason)
        if attempt.running is not None:
            self._signal(job, attempt)

    def _signal(self, job: Job, attempt: Attempt) -> None:
        """SIGTERM now, SIGKILL if it is still there after the time that AWS gives."""
        running = attempt.running
        if running is None:
            return
        self._signals.submit(running.terminate)

        def kill() -> None:
            if job in self._running and job.attempt is attempt:
                self._signals.submit(running.kill)

        self.after(self.settings.stop_seconds, kill)


def container_instance(environment: Environment, attempt: Attempt) -> str | None:
    """Return the container instance that an attempt runs on; Fargate has none."""
    if environment.fargate:
        return None
    cluster = str(environment.detail["ecsClusterArn"])
    return f"{cluster.replace(':cluster/', ':container-instance/')}/{attempt.task_id[::-1]}"


__all__ = ["ACCOUNT", "Engine", "Settings"]
