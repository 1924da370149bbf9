"""The scheduler under everything at once: whatever is submitted, stopped and failed, it all ends and adds up."""

from __future__ import annotations

import random
import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local_batch.runners.base import Outcome, TaskStartError
from local_batch.scheduler.dispatch_order import DispatchOrder, Fifo
from local_batch.scheduler.fair_share import FairShare
from local_batch.scheduler.job import ENDED, STATES, Job, Submission
from local_batch.scheduler.objects import Environment, Queue
from local_batch.scheduler.scheduler import Scheduler
from local_batch.scheduler.settings import Settings
from local_batch.scheduler.states import summary

REGION = "us-east-1"
LEGAL = {
    ("SUBMITTED", "PENDING"), ("SUBMITTED", "RUNNABLE"), ("SUBMITTED", "FAILED"), ("PENDING", "RUNNABLE"),
    ("PENDING", "FAILED"), ("PENDING", "SUCCEEDED"), ("RUNNABLE", "STARTING"), ("RUNNABLE", "FAILED"),
    ("STARTING", "RUNNING"), ("STARTING", "FAILED"), ("STARTING", "RUNNABLE"), ("RUNNING", "SUCCEEDED"),
    ("RUNNING", "FAILED"), ("RUNNING", "RUNNABLE"),
}  # fmt: skip
"""PENDING to SUCCEEDED is an array's parent."""


class FakeRun:
    """A job that ends by itself after a moment, or when it is told to."""

    def __init__(self, outcome: Outcome, seconds: float, *, stubborn: bool) -> None:
        self._outcome = outcome
        self._seconds = seconds
        self._stubborn = stubborn
        self._stopped = threading.Event()

    def wait(self) -> Outcome:
        return Outcome(143) if self._stopped.wait(self._seconds) else self._outcome

    def terminate(self) -> None:
        if not self._stubborn:
            self._stopped.set()

    def kill(self) -> None:
        self._stopped.set()


class FakeRunner:
    kind = "fake"
    cpus = 2.0

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.running = 0.0
        self.most = 0.0

    def start(self, task: Any) -> Any:
        with self._lock:
            roll, seconds = self._random.random(), self._random.random() * 0.01
            stubborn = self._random.random() < 0.1
        if roll < 0.05:
            raise TaskStartError("CannotPullContainerError: no")
        if roll < 0.07:
            raise RuntimeError("a fault of ours")
        return FakeRun(Outcome(0 if roll < 0.7 else 1), seconds, stubborn=stubborn)

    def cleanup(self, records: list[dict[str, Any]]) -> list[str]:
        return []

    def close(self) -> None: ...


def make(seed: int, **more: float) -> tuple[Scheduler, list[Queue]]:
    scheduler = Scheduler(
        Settings(**{"max_vcpus": 6, "stop_seconds": 0.02, "time_scale": 2000} | more),
        FakeRunner(seed),
        cast("Any", lambda _job, _attempt: SimpleNamespace(started=lambda *_: None, close=lambda: None)),
    )
    region = scheduler.memory.region(REGION)
    for name, vcpus in (("one", 4), ("two", 3)):
        region.environments[name] = Environment(
            {
                "computeEnvironmentName": name,
                "computeEnvironmentArn": f"arn:aws:batch:{REGION}:1:compute-environment/{name}",
                "ecsClusterArn": f"arn:aws:ecs:{REGION}:1:cluster/{name}",
                "state": "ENABLED",
                "status": "VALID",
                "computeResources": {"type": "EC2", "maxvCpus": vcpus},
            }
        )
    queues = []
    orders: list[DispatchOrder] = [
        Fifo(),
        Fifo(),
        FairShare(lambda: {"computeReservation": 30}, lambda: 7.0, scheduler.settings.scaled),
    ]
    for number, order in enumerate(orders):
        detail = {
            "jobQueueName": f"q{number}",
            "jobQueueArn": f"arn:aws:batch:{REGION}:1:job-queue/q{number}",
            "priority": number,
            "status": "VALID",
            "computeEnvironmentOrder": [
                {"order": n, "computeEnvironment": name} for n, name in enumerate(("one", "two"))
            ],
        }
        queue = Queue(detail, REGION, order)
        region.queues[queue.name] = queue
        queues.append(queue)
    return scheduler, queues


def submission(queue: Queue, chance: random.Random, earlier: list[Job]) -> Submission:
    size = chance.choice([0, 0, 0, 2, 5])
    dependencies: list[dict[str, Any]] = []
    if earlier and chance.random() < 0.5:
        for other in chance.sample(earlier, min(len(earlier), chance.randint(1, 3))):
            dependencies.append({"jobId": other.id})
            if size and other.submission.array_size == size and chance.random() < 0.7:
                dependencies[-1]["type"] = "N_TO_N"
    if size and chance.random() < 0.3:
        dependencies.append({"type": "SEQUENTIAL"})
    return Submission(
        name="j", queue=queue, definition=cast("Any", SimpleNamespace(arn="d")), container={}, parameters={},
        retry={"attempts": chance.randint(1, 3)}, timeout=chance.choice([None, 1]), tags={}, propagate_tags=False,
        share=chance.choice(["a", "b", "c"]), priority=chance.randint(0, 3), dependencies=dependencies,
        vcpus=chance.choice([0.25, 1, 2]), memory=1, task_tags={}, array_size=size,
    )  # fmt: skip


def every(jobs: list[Job]) -> list[Job]:
    return [one for job in jobs for one in (job, *(job.children or ()))]


@pytest.mark.parametrize("seed", range(40))
def test_everything_ends_and_adds_up(seed: int) -> None:
    chance = random.Random(seed)
    scheduler, queues = make(seed)
    region = scheduler.memory.region(REGION)
    last: dict[str, str] = {}
    wrong: list[str] = []

    def watch(job: Job) -> None:
        before = last.get(job.id)
        if before is not None and (before, job.status) not in LEGAL:
            wrong.append(f"{job.id}: {before} -> {job.status}")
        last[job.id] = job.status
        for environment in region.environments.values():
            if environment.used > environment.max_vcpus + 1e-9:
                wrong.append(f"{environment.name} uses {environment.used}")
        if scheduler.attempts.vcpus_in_use > scheduler.settings.max_vcpus + 1e-9:
            wrong.append(f"the machine uses {scheduler.attempts.vcpus_in_use}")

    scheduler.listeners.on_change.append(watch)
    scheduler.start()
    jobs: list[Job] = []
    for _ in range(60):
        with scheduler.lock:
            jobs.append(scheduler.add(submission(chance.choice(queues), chance, jobs)))
        if chance.random() < 0.5:
            time.sleep(chance.random() * 0.004)
        if chance.random() < 0.35:
            with scheduler.lock:
                target = chance.choice(every(jobs))
                action = chance.choice(["cancel", "terminate", "reclaim", "disable", "enable"])
                if action in {"cancel", "terminate"}:
                    getattr(scheduler, action)(target, f"{action} it")
                elif action == "reclaim":
                    scheduler.attempts.reclaim(target)
                else:
                    region.environments["two"].detail["state"] = action.upper() + "D"
                scheduler.wake()
    with scheduler.lock:
        region.environments["two"].detail["state"] = "ENABLED"
        scheduler.wake()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not all(job.ended for job in every(jobs)):
        time.sleep(0.01)
    with scheduler.lock:
        left = [(job.id, job.status, job.waits_for) for job in every(jobs) if not job.ended]
        assert left == []
        assert wrong == []
        assert [environment.used for environment in region.environments.values()] == [0, 0]
        assert not any(environment.running for environment in region.environments.values())
        assert scheduler.attempts.vcpus_in_use == pytest.approx(0)
        for job in jobs:
            if job.children is not None:
                counts = summary(job)
                assert sum(counts.values()) == len(job.children)
                assert counts == {state: sum(child.status == state for child in job.children) for state in STATES}
                good = all(child.status == "SUCCEEDED" for child in job.children)
                assert job.status == ("SUCCEEDED" if good else "FAILED")
        for job in every(jobs):
            assert job.status in ENDED
            assert job.stopped_at is not None
            attempts = job.attempts or []
            assert len(attempts) <= job.submission.retry["attempts"]
            if job.status == "SUCCEEDED" and job.children is None:
                assert attempts[-1]["container"]["exitCode"] == 0
            if job.status == "FAILED":
                assert job.status_reason
    scheduler.stop(0.1)


def test_stopping_ends_what_runs_and_starts_nothing_more() -> None:
    scheduler, queues = make(1)
    cast("Any", scheduler.attempts.runner).start = lambda task: FakeRun(Outcome(0), 60, stubborn=True)
    chance = random.Random(3)
    scheduler.start()
    with scheduler.lock:
        jobs = [scheduler.add(submission(queues[0], chance, [])) for _ in range(10)]
    time.sleep(0.1)
    begun = time.monotonic()
    scheduler.stop(0.1)
    assert time.monotonic() - begun < 3
    states = {job.status for job in every(jobs)}
    assert not states & {"STARTING", "RUNNING"}


def test_ended_jobs_age_in_their_order() -> None:
    scheduler, queues = make(2, keep_seconds=0.2, time_scale=1)
    cast("Any", scheduler.attempts.runner).start = lambda task: FakeRun(Outcome(0), 0, stubborn=False)
    scheduler.start()
    chance = random.Random(5)
    with scheduler.lock:
        jobs = [scheduler.add(submission(queues[0], chance, [])) for _ in range(5)]
    deadline = time.monotonic() + 30
    while scheduler.memory.jobs and time.monotonic() < deadline:
        time.sleep(0.01)
    assert scheduler.memory.jobs == {}
    assert queues[0].jobs == {}
    assert scheduler.memory.find(jobs[0].id) is None
    scheduler.stop(0.1)


def test_planned_calls_come_in_their_order_and_wake_the_scheduler() -> None:
    scheduler, _ = make(3)
    scheduler.start()
    seen: list[tuple[int, float]] = []
    done = threading.Event()
    begun = time.monotonic()

    def at(number: int) -> None:
        assert scheduler.lock._is_owned()  # type: ignore[attr-defined]
        seen.append((number, time.monotonic() - begun))

    time.sleep(0.05)  # the scheduler sleeps by now, and has nothing planned
    with scheduler.lock:
        scheduler.after(1, lambda: (at(3), done.set()))
        scheduler.after(0.02, lambda: at(1))
        # Planned by a planned call, for a moment before those that wait.
        scheduler.after(0.03, lambda: scheduler.after(0.02, lambda: at(2)))
    assert done.wait(30)
    assert [number for number, _ in seen] == [1, 2, 3]
    # None before its time; how late depends on what else the machine does.
    assert all(moment >= due for (_, moment), due in zip(seen, (0.07, 0.1, 1.05), strict=True))
    scheduler.stop(0.1)


def test_a_listener_that_fails_keeps_no_job_from_running(caplog: pytest.LogCaptureFixture) -> None:
    scheduler, queues = make(1)
    told: list[str] = []

    def breaks(job: Job) -> None:
        raise OSError("no event today")

    scheduler.listeners.on_change += [breaks, lambda job: told.append(job.status)]
    scheduler.start()
    with scheduler.lock:
        job = scheduler.add(submission(queues[0], random.Random(3), []))
    deadline = time.monotonic() + 30
    while not (told and told[-1] in ENDED) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told[0] == "SUBMITTED"
    assert told[-1] == job.status
    assert job.ended
    assert "The change of" in caplog.text
    scheduler.stop(0.1)
