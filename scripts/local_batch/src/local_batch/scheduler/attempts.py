"""Attempts: started on an environment, watched by a thread each, stopped when asked, followed by a retry or an end."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from local_batch.clock import now_ms
from local_batch.json_object import Json
from local_batch.runners import several
from local_batch.runners.base import Outcome, TaskStartError
from local_batch.scheduler import evaluate_on_exit
from local_batch.scheduler.job import Attempt, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.runners.base import Runner, Running, Task
    from local_batch.runners.several import Several
    from local_batch.scheduler.job import Job
    from local_batch.scheduler.loop import Loop
    from local_batch.scheduler.objects import Environment
    from local_batch.scheduler.settings import Settings
    from local_batch.scheduler.states import JobStates

TIMED_OUT = "Job attempt duration exceeded timeout"
MAIN_NODE_ENDED = "The main node of the job has ended"
SHUT_DOWN = "The local AWS was stopped"
RESET = "The local AWS was reset"
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
        build_task: Callable[[Job, Attempt], Task | Several],
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
        attempt.places = environment.take_places(job.submission.needs, alone=bool(job.submission.nodes)) or []
        for resource, quantity in job.submission.consumables:
            resource.in_use += quantity
        job.submission.queue.ready.started(job)
        job.status_reason = None
        environment.running.add(job)
        self.vcpus_in_use += weight
        self.running.add(job)
        self._states.change(job, "STARTING")
        if (main := job.main) is not None:
            main.attempt = attempt
            self._states.change(main, "STARTING")
        self._pool.submit(self._run, job, attempt)

    def _run(self, job: Job, attempt: Attempt) -> None:
        """Run an attempt to its end, in a thread of the pool and without the lock unless taken here."""
        outcome = self._outcome(job.main or job, attempt, lambda running: self._started(job, attempt, running))
        if attempt.others:
            self._end_others(job, attempt)
        with self._loop.lock:
            self._free(job, attempt)
            self._ended(job, attempt, outcome)
            self._loop.wake()

    def _outcome(self, job: Job, attempt: Attempt, started: Callable[[Running], None]) -> Outcome:
        """Run one task and return how it ended. ``started`` is called with the lock held."""
        task = None
        try:
            task = self._build_task(job, attempt)
            running = several.start(self.runner, task)
            if job.is_main:
                attempt.main_address = _address(running)
            with self._loop.lock:
                started(running)
            outcome = running.wait()
        except TaskStartError as error:
            outcome = Outcome(None, error.reason, error.status_reason)
        except Exception as error:  # a fault of ours must end the job, not lose it
            status = "Task failed to start" if attempt.running is None else "Task was lost by the local AWS"
            outcome = Outcome(None, f"InternalError: {type(error).__name__}: {error}", status)
        if task is not None:
            several.close(task)
        return outcome

    # -- the other nodes of a multi-node job --------------------------------------------------------------------
    #
    # Batch guide, "Job lifecycle for MNP jobs": the main node is launched first, the others once it runs; when it
    # ends, they are stopped; that one of them ends changes nothing for the rest.

    def _launch_others(self, job: Job, attempt: Attempt) -> None:
        cluster = attempt.task_arn.rpartition("/")[0]
        for node in job.nodes or ():
            if node.is_main:
                continue
            task_id = uuid.uuid4().hex
            own = node.attempt = Attempt(attempt.number, attempt.environment, task_id, f"{cluster}/{task_id}", 0.0)
            own.main_address = attempt.main_address
            own.places = attempt.places[node.node : node.node + 1] if node.node is not None else []
            self.running.add(node)
            self._states.change(node, "STARTING")
            attempt.others.append(self._pool.submit(self._run_node, node, own))

    def _run_node(self, node: Job, attempt: Attempt) -> None:
        def started(running: Running) -> None:
            attempt.running = running
            attempt.started_at = node.started_at = now_ms()
            self._states.change(node, "RUNNING")
            if attempt.stop is not None:
                self._signal(node, attempt)

        outcome = self._outcome(node, attempt, started)
        with self._loop.lock:
            self.running.discard(node)
            exit_code, status_reason, record = _written_down(attempt, outcome)
            node.attempts = [*(node.attempts or ()), record]
            ended_well = exit_code == 0 and attempt.stop is None
            self._states.end_node(node, "SUCCEEDED" if ended_well else "FAILED", status_reason)

    def _end_others(self, job: Job, attempt: Attempt) -> None:
        """Stop the other nodes of a job whose main node has ended, and wait for their end; without the lock."""
        with self._loop.lock:
            for node in job.nodes or ():
                if not node.is_main:
                    self.stop(node, Stop("main node", MAIN_NODE_ENDED))
        for one in attempt.others:
            one.result()

    def _started(self, job: Job, attempt: Attempt, running: Running) -> None:
        attempt.running = running
        attempt.started_at = job.started_at = now_ms()
        self._states.change(job, "RUNNING")
        if (main := job.main) is not None:
            main.started_at = job.started_at
            self._states.change(main, "RUNNING")
            if attempt.stop is None:
                self._launch_others(job, attempt)
        if attempt.stop is not None:
            self._signal(job, attempt)
        elif job.submission.timeout:
            self._loop.after(self._settings.scaled(job.submission.timeout), lambda: self._time_out(job, attempt))

    def _free(self, job: Job, attempt: Attempt) -> None:
        """Give back what an attempt has used."""
        environment = attempt.environment
        self.running.discard(job)
        environment.used = max(0.0, environment.used - job.submission.vcpus)
        environment.give_back_places(attempt.places, job.submission.needs)
        environment.running.discard(job)
        for resource, quantity in job.submission.consumables:
            resource.give_back(quantity)
        job.submission.queue.ready.ended(job)
        self.vcpus_in_use = max(0.0, self.vcpus_in_use - attempt.weight)

    def _ended(self, job: Job, attempt: Attempt, outcome: Outcome) -> None:
        """Write down how an attempt ended, and end the job or make it RUNNABLE again."""
        stop = attempt.stop
        exit_code, status_reason, record = _written_down(attempt, outcome)
        job.attempts = [*(job.attempts or ()), record]
        if (main := job.main) is not None:
            main.attempts, main.attempt = job.attempts, None
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
        if job.is_main and job.parent is not None:
            job = job.parent
        attempt = job.attempt
        if attempt is None or job.ended:
            return False
        if attempt.stop is None:
            attempt.stop = stop
            if attempt.running is not None:
                self._signal(job, attempt)
            if stop.final:
                for node in job.nodes or ():
                    if not node.is_main:
                        self.stop(node, stop)
        return True

    def on_host_of(self, job: Job) -> list[Job]:
        """Return the jobs that run on the same instance as a job, itself first."""
        attempt = job.attempt
        if attempt is None or attempt.instance is None or job.nodes or job.node is not None:
            return [job]
        there = [one for one in attempt.environment.running if one.attempt and one.attempt.instance is attempt.instance]
        return [job, *(one for one in there if one is not job)]

    def reclaim(self, job: Job) -> bool:
        """Take a running job's host away as a Spot reclaim does; say whether there was one to take."""
        attempt = job.attempt
        if attempt is None:
            return False
        if attempt.environment.fargate:
            return self.stop(job, Stop("reclaim", "Your Spot Task was interrupted."))
        return self.stop(job, Stop("reclaim", f"Host EC2 (instance {attempt.instance_id}) terminated."))

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

    def kill_all(self, seconds: float) -> list[str]:
        """End every job at once (SIGKILL); return the ids of those that are still there after ``seconds``.

        Called without the lock, while nothing is placed. One that is only starting is killed as soon as it runs.
        """
        killed: set[Job] = set()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._loop.lock:
                if not self.running:
                    return []
                for job in self.running - killed:
                    self.stop(job, Stop("reset", RESET))
                    if job.attempt is not None and job.attempt.running is not None:
                        killed.add(job)
                        self._signals.submit(job.attempt.running.kill)
            time.sleep(0.005)
        with self._loop.lock:
            return sorted(job.id for job in self.running)

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

        own = attempt.stop_seconds
        self._loop.after(self._settings.stop_seconds if own is None else own, kill)


def _address(running: Running) -> str | None:
    """Return the address under which other containers reach one."""
    facts = getattr(running, "facts", None)
    return next(iter(facts().addresses), None) if facts is not None else None


def _written_down(attempt: Attempt, outcome: Outcome) -> tuple[int | None, str, Json]:
    """Return the exit code and the reason that an attempt has ended with, and how DescribeJobs shows it."""
    exit_code, status_reason = outcome.exit_code, outcome.status_reason
    if (stop := attempt.stop) is not None:
        status_reason = stop.reason
        if stop.kind == "reclaim" and not attempt.environment.fargate:
            exit_code = None  # the instance is gone, and with it the container's exit code
    lost = exit_code is None and outcome.exit_code is not None
    return exit_code, status_reason, _record(attempt, exit_code, outcome, status_reason, lost=lost)


def _record(attempt: Attempt, exit_code: int | None, outcome: Outcome, status_reason: str, *, lost: bool) -> Json:
    """Return an ended attempt as DescribeJobs shows it. ``lost``: the host is gone, and with it all exit codes."""
    place = {"containerInstanceArn": attempt.container_instance_arn, "taskArn": attempt.task_arn}
    ended = {"startedAt": attempt.started_at, "stoppedAt": now_ms(), "statusReason": status_reason}
    if attempt.log_streams is None:
        container: Json = {
            **place,
            "exitCode": exit_code,
            "reason": outcome.reason,
            "logStreamName": attempt.log_stream,
            "networkInterfaces": [],
        }
        return {"container": container, **ended}
    ends = dict(outcome.containers)
    containers: list[Json] = [
        {
            "name": name,
            "exitCode": None if lost or name not in ends else ends[name].exit_code,
            "reason": ends[name].reason if name in ends else outcome.reason,
            "logStreamName": stream,
            "networkInterfaces": [],
        }
        for name, stream in attempt.log_streams.items()
    ]
    # Of several containers AWS leaves "container" empty (model: JobDetail.container).
    return {"container": {}, "taskProperties": [{**place, "containers": containers}], **ended}
