"""Attempts: started on an environment, watched by a thread each, stopped when asked, followed by a retry or an end."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.runners.base import Outcome, TaskStartError
from local_batch.scheduler import evaluate_on_exit
from local_batch.scheduler.job import Attempt, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.runners.base import Runner, Running, Task
    from local_batch.scheduler.job import Job
    from local_batch.scheduler.loop import Loop
    from local_batch.scheduler.objects import Environment
    from local_batch.scheduler.settings import Settings
    from local_batch.scheduler.states import JobStates

TIMED_OUT = "Job attempt duration exceeded timeout"
SHUT_DOWN = "The local AWS was stopped"
KILLED_SECONDS = 5.0
"""How long jobs have to be gone after SIGKILL when the server stops."""


class Attempts:
    """The attempts that run. Methods are called with the loop's lock held, except `stop_all`."""

    def __init__(
        self,
        loop: Loop,
        settings: Settings,
        states: JobStates,
        runner: Runner,
        build_task: Callable[[Job, Attempt], Task],
    ) -> None:
        self.runner = runner
        self.running: set[Job] = set()
        self.vcpus_in_use = 0.0
        self._loop = loop
        self._settings = settings
        self._states = states
        self._build_task = build_task
        self._pool = ThreadPoolExecutor(max_workers=1024, thread_name_prefix="job")
        # Apart from the pool of jobs, which may be full.
        self._signals = ThreadPoolExecutor(max_workers=16, thread_name_prefix="signal")

    # -- running ------------------------------------------------------------------------------------------------

    def launch(self, job: Job, environment: Environment) -> None:
        """Start a job's next attempt on an environment that has room for it."""
        number = len(job.attempts or ()) + 1
        task_id = uuid.uuid4().hex
        cluster = str(environment.detail["ecsClusterArn"])
        task_arn = f"{cluster.replace(':cluster/', ':task/')}/{task_id}"
        weight = self._settings.share_of_machine(job.submission.vcpus)
        attempt = job.attempt = Attempt(number, environment, task_id, task_arn, weight)
        environment.used += job.submission.vcpus
        for resource, quantity in job.submission.consumables:
            resource.in_use += quantity
        job.submission.queue.ready.started(job)
        job.status_reason = None
        environment.running.add(job)
        self.vcpus_in_use += weight
        self.running.add(job)
        self._states.change(job, "STARTING")
        self._pool.submit(self._run, job, attempt)

    def _run(self, job: Job, attempt: Attempt) -> None:
        """Run an attempt to its end, in a thread of the pool and without the lock unless taken here."""
        try:
            task = self._build_task(job, attempt)
            running = self.runner.start(task)
            with self._loop.lock:
                self._started(job, attempt, running)
            outcome = running.wait()
            task.close()
        except TaskStartError as error:
            outcome = Outcome(None, error.reason, error.status_reason)
        except Exception as error:  # a fault of ours must end the job, not lose it
            status = "Task failed to start" if attempt.running is None else "Task was lost by the local AWS"
            outcome = Outcome(None, f"InternalError: {type(error).__name__}: {error}", status)
        with self._loop.lock:
            self._free(job, attempt)
            self._ended(job, attempt, outcome)
            self._loop.wake()

    def _started(self, job: Job, attempt: Attempt, running: Running) -> None:
        attempt.running = running
        attempt.started_at = job.started_at = now_ms()
        self._states.change(job, "RUNNING")
        if attempt.stop is not None:
            self._signal(job, attempt)
        elif job.submission.timeout:
            self._loop.after(self._settings.scaled(job.submission.timeout), lambda: self._time_out(job, attempt))

    def _free(self, job: Job, attempt: Attempt) -> None:
        """Give back what an attempt has used."""
        environment = attempt.environment
        self.running.discard(job)
        environment.used = max(0.0, environment.used - job.submission.vcpus)
        environment.running.discard(job)
        for resource, quantity in job.submission.consumables:
            resource.give_back(quantity)
        job.submission.queue.ready.ended(job)
        self.vcpus_in_use = max(0.0, self.vcpus_in_use - attempt.weight)

    def _ended(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """Write down how an attempt ended, and end the job or make it RUNNABLE again."""
        stop = attempt.stop
        exit_code, status_reason = outcome.exit_code, outcome.status_reason
        if stop is not None:
            status_reason = stop.reason
            if stop.kind == "reclaim" and not attempt.environment.fargate:
                exit_code = None  # the instance is gone, and with it the container's exit code
        job.attempts = [*(job.attempts or ()), _record(attempt, exit_code, outcome.reason, status_reason)]
        if stop is None and exit_code == 0:
            self._states.end(job, "SUCCEEDED", status_reason)
        elif not (stop and stop.final) and evaluate_on_exit.retried(
            job.submission.retry,
            attempt.number,
            exit_code=exit_code,
            reason=outcome.reason,
            status_reason=status_reason,
        ):
            job.attempt = None
            job.status_reason = status_reason
            self._states.make_runnable(job)
        else:
            self._states.end(job, "FAILED", status_reason)

    # -- stopping -----------------------------------------------------------------------------------------------

    def stop(self, job: Job, stop: Stop) -> bool:
        """Stop the attempt that a job is in, if it is in one; say whether it is. The first order counts."""
        attempt = job.attempt
        if attempt is None or job.ended:
            return False
        if attempt.stop is None:
            attempt.stop = stop
            if attempt.running is not None:
                self._signal(job, attempt)
        return True

    def reclaim(self, job: Job) -> bool:
        """Take a running job's host away as a Spot reclaim does; say whether there was one to take."""
        attempt = job.attempt
        if attempt is None:
            return False
        if attempt.environment.fargate:
            return self.stop(job, Stop("reclaim", "Your Spot Task was interrupted."))
        return self.stop(job, Stop("reclaim", f"Host EC2 (instance i-{attempt.task_id[:17]}) terminated."))

    def stop_all(self, seconds: float) -> None:
        """Stop every job: SIGTERM, and SIGKILL after ``seconds``. Called without the lock; returns when all are gone.

        The loop has stopped, so nothing else would send SIGKILL or start a job.
        """
        with self._loop.lock:
            for job in list(self.running):
                self.stop(job, Stop("shutdown", SHUT_DOWN))
        self._wait_for_all(seconds)
        for job in list(self.running):
            if job.attempt and job.attempt.running:
                job.attempt.running.kill()
        self._wait_for_all(KILLED_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait_for_all(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.running:
            time.sleep(0.02)

    def _time_out(self, job: Job, attempt: Attempt) -> None:
        if job.attempt is attempt and job.status == "RUNNING":
            self.stop(job, Stop("timeout", TIMED_OUT))

    def _signal(self, job: Job, attempt: Attempt) -> None:
        """SIGTERM now, SIGKILL if it is still there after the time that AWS gives."""
        running = attempt.running
        if running is None:
            return
        self._signals.submit(running.terminate)

        def kill() -> None:
            if job in self.running and job.attempt is attempt:
                self._signals.submit(running.kill)

        self._loop.after(self._settings.stop_seconds, kill)


def _record(attempt: Attempt, exit_code: int | None, reason: str | None, status_reason: str) -> Json:
    """Return an ended attempt as DescribeJobs shows it."""
    return {
        "container": {
            "containerInstanceArn": _container_instance(attempt),
            "taskArn": attempt.task_arn,
            "exitCode": exit_code,
            "reason": reason,
            "logStreamName": attempt.log_stream,
            "networkInterfaces": [],
        },
        "startedAt": attempt.started_at,
        "stoppedAt": now_ms(),
        "statusReason": status_reason,
    }


def _container_instance(attempt: Attempt) -> str | None:
    """Return the ARN of the container instance that an attempt runs on; Fargate has none."""
    if attempt.environment.fargate:
        return None
    cluster = str(attempt.environment.detail["ecsClusterArn"])
    return f"{cluster.replace(':cluster/', ':container-instance/')}/{attempt.task_id[::-1]}"
