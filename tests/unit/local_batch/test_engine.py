"""The scheduler under everything at once: whatever is submitted, stopped and failed, it all ends and adds up."""

from __future__ import annotations

import random
import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local_batch.engine import Engine, Settings
from local_batch.fairshare import FairShare
from local_batch.model import ENDED, STATES, Environment, Job, Queue, Submission
from local_batch.ready import Fifo, ReadyQueue
from local_batch.runners.base import Outcome, TaskStartError

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


def make(seed: int) -> tuple[Engine, list[Queue]]:
    engine = Engine(
        Settings(max_vcpus=6, stop_seconds=0.02, time_scale=2000),
        FakeRunner(seed),
        cast("Any", lambda job, attempt: job),
    )
    region = engine.region(REGION)
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
    orders: list[ReadyQueue] = [
        Fifo(),
        Fifo(),
        FairShare(lambda: {"computeReservation": 30}, lambda: 7.0, engine.scaled),
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
    return engine, queues


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
    engine, queues = make(seed)
    region = engine.region(REGION)
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
        if engine._machine_used > engine.settings.max_vcpus + 1e-9:
            wrong.append(f"the machine uses {engine._machine_used}")

    engine.listeners.on_change.append(watch)
    engine.start()
    jobs: list[Job] = []
    for _ in range(60):
        with engine.lock:
            jobs.append(engine.add(submission(chance.choice(queues), chance, jobs)))
        if chance.random() < 0.5:
            time.sleep(chance.random() * 0.004)
        if chance.random() < 0.35:
            with engine.lock:
                target = chance.choice(every(jobs))
                action = chance.choice(["cancel", "terminate", "reclaim", "disable", "enable"])
                if action in {"cancel", "terminate"}:
                    getattr(engine, action)(target, f"{action} it")
                elif action == "reclaim":
                    engine.reclaim(target)
                else:
                    region.environments["two"].detail["state"] = action.upper() + "D"
                engine.wake()
    with engine.lock:
        region.environments["two"].detail["state"] = "ENABLED"
        engine.wake()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not all(job.ended for job in every(jobs)):
        time.sleep(0.01)
    with engine.lock:
        left = [(job.id, job.status, job.waits_for) for job in every(jobs) if not job.ended]
        assert left == []
        assert wrong == []
        assert [environment.used for environment in region.environments.values()] == [0, 0]
        assert not any(environment.running for environment in region.environments.values())
        assert engine._machine_used == pytest.approx(0)
        for job in jobs:
            if job.children is not None:
                counts = engine.summary(job)
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
    engine.stop(0.1)


def test_stopping_ends_what_runs_and_starts_nothing_more() -> None:
    engine, queues = make(1)
    cast("Any", engine.runner).start = lambda task: FakeRun(Outcome(0), 60, stubborn=True)
    chance = random.Random(3)
    engine.start()
    with engine.lock:
        jobs = [engine.add(submission(queues[0], chance, [])) for _ in range(10)]
    time.sleep(0.1)
    begun = time.monotonic()
    engine.stop(0.1)
    assert time.monotonic() - begun < 3
    states = {job.status for job in every(jobs)}
    assert not states & {"STARTING", "RUNNING"}


def test_ended_jobs_age_in_their_order() -> None:
    engine, queues = make(2)
    engine.settings = Settings(max_vcpus=6, keep_seconds=0.2)
    cast("Any", engine.runner).start = lambda task: FakeRun(Outcome(0), 0, stubborn=False)
    engine.start()
    chance = random.Random(5)
    with engine.lock:
        jobs = [engine.add(submission(queues[0], chance, [])) for _ in range(5)]
    deadline = time.monotonic() + 5
    while engine.jobs and time.monotonic() < deadline:
        time.sleep(0.01)
    assert engine.jobs == {}
    assert queues[0].jobs == {}
    assert engine.find(jobs[0].id) is None
    engine.stop(0.1)
