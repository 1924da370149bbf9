"""What a canary judges, and that one which was cut off goes on with the jobs it has."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from release_world import World, image, world_in

from awa_batch.errors import TimedOutError, UsageError
from awa_batch.image_release import Bounds, Canary, canary, run_canary, start
from awa_batch.image_release import promote as promoted
from awa_batch.image_release.blue_runs import Took
from awa_batch.image_release.session import Session

BLUE = [Took(1.0, 100.0), Took(2.0, 200.0), Took(3.0, 300.0), Took(2.0, None)]


@dataclass
class FakeJob:
    """A job that ends as it is told to."""

    id: str
    status_at_end: str = "SUCCEEDED"
    size: int | None = None
    ran: str = image(2)
    seconds: float = 1.0
    memory: float | None = 100.0
    reports: dict[str, str] | None = None
    silent: bool = False
    cancelled: str = ""

    def wait(self, timeout: float) -> Any:
        assert timeout >= 1
        if self.silent:
            raise TimedOutError("it has not ended")
        return SimpleNamespace(
            is_success=self.status_at_end == "SUCCEEDED",
            status=self.status_at_end,
            why="exit code 3",
            is_array=bool(self.size),
        )

    def status(self) -> Any:
        return SimpleNamespace(is_array=bool(self.size), array_size=self.size)

    def why(self, *, log_lines: int) -> Any:
        return SimpleNamespace(verdict="It exited with 3.")

    def cancel(self, reason: str) -> None:
        self.cancelled = reason

    def logs(self) -> Any:
        yield SimpleNamespace(message="image latest 1.0")
        yield SimpleNamespace(message="{not json")
        yield SimpleNamespace(message='{"a": ' + "[" * 100_000)
        if self.reports is not None:
            yield SimpleNamespace(message=json.dumps({"job": "version_test", "image": self.reports}))


@dataclass
class Connection:
    """Gives the jobs of the test, and remembers what was submitted under which key."""

    jobs: list[FakeJob]
    sent: dict[str, FakeJob] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def submit(self, definition: str, command: list[str], *, once: str, **more: Any) -> FakeJob:
        self.asked.append({"definition": definition, "command": command, "once": once, **more})
        if once not in self.sent:
            self.sent[once] = self.jobs.pop(0)
        return self.sent[once]


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connection:
    made = Connection([FakeJob("e"), FakeJob("f")])

    def details(_connection: object, job: FakeJob) -> list[dict[str, Any]]:
        stopped = int(1000 + job.seconds * 1000)
        one = {"container": {"image": job.ran}, "startedAt": 1000, "stoppedAt": stopped, "held": job.memory}
        return [one] * (job.size or 1)

    monkeypatch.setattr(canary, "connect", lambda _name, tell: made)
    monkeypatch.setattr(canary, "_details", details)
    monkeypatch.setattr(canary, "_labels", lambda _session, _green: {"version": "2.0", "revision": "abc"})

    def took(_clients: object, details: list[dict[str, Any]]) -> list[Took]:
        return [Took((one["stoppedAt"] - one["startedAt"]) / 1000, one["held"]) for one in details]

    monkeypatch.setattr(canary, "took", took)
    monkeypatch.setattr(canary, "blue_runs", lambda *_: BLUE)
    return made


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = world_in(tmp_path / "dev", monkeypatch)
    with made.command() as session:
        start(session, image(2))
    return made


def verdict(world: World, **more: Any) -> Any:
    with world.command() as session:
        found = run_canary(session, [Canary("version_test", {"a": 1})], **more)
        kept = session.standing.canary
        assert kept is not None
        assert (kept.passed, kept.why, kept.jobs) == (found.passed, found.why, found.jobs)
        return found


def test_jobs_run_on_the_candidate_of_each_platform(world: World, connection: Connection) -> None:
    found = verdict(world)
    assert found.passed
    assert found.jobs == ("e", "f")
    assert found.why[-2:] == (
        "version_test on FARGATE (f) took 1.0 s; blue's median is 2.0 s",
        "version_test on FARGATE (f) held 100 MiB; blue's median is 200 MiB",
    )
    assert [one["definition"] for one in connection.asked] == ["ec2-sample-green", "fargate-sample-green"]
    assert {one["config"]["a"] for one in connection.asked} == {1}
    assert {one["tags"]["awa-batch:canary"] for one in connection.asked} == {"000000000000"}
    with world.command() as session:
        assert promoted(session)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (FakeJob("f", status_at_end="FAILED"), "version_test on FARGATE (f) is FAILED: It exited with 3."),
        (FakeJob("f", ran=image(1)), f"version_test on FARGATE (f) ran {image(1)}, not {image(2)}"),
        (FakeJob("f", seconds=14.1), "version_test on FARGATE (f) took 14.1 s, above 14.0 s (2 times blue's median)"),
        (FakeJob("f", memory=465.0), "version_test on FARGATE (f) held 465 MiB, above 464 MiB (2 times blue's median)"),
        (FakeJob("f", reports={"version": "1.9"}), "version_test on FARGATE (f) reports {'version': '1.9'"),
        (FakeJob("f", silent=True), "version_test on FARGATE (f) has not ended after 60 s"),
    ],
)  # fmt: skip
def test_what_fails_a_candidate(world: World, connection: Connection, bad: FakeJob, why: str) -> None:
    connection.jobs[1] = bad
    found = verdict(world, timeout=60.0)
    assert not found.passed
    assert found.why[0].startswith(why)
    assert bool(bad.cancelled) == bad.silent
    with world.command() as session, pytest.raises(UsageError, match="its canary failed"):
        promoted(session)


@pytest.mark.parametrize(
    "good",
    [
        FakeJob("f", seconds=13.9),
        FakeJob("f", memory=463.0),
        FakeJob("f", memory=None),
        FakeJob("f", reports={"version": "2.0", "revision": "abc"}),
        FakeJob("f", size=3),
    ],
)
def test_what_does_not(world: World, connection: Connection, good: FakeJob) -> None:
    connection.jobs[1] = good
    assert verdict(world).passed


def test_one_that_was_cut_off_goes_on_and_the_next_one_has_jobs_of_its_own(
    world: World, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_session: Session, _sent: object, _timeout: float) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(canary, "_ended_badly", cut)
        with world.command() as session, pytest.raises(KeyboardInterrupt):
            run_canary(session, [Canary("version_test")])
    with world.command() as session:
        assert session.standing.canary is not None
        assert session.standing.canary.passed is None
        with pytest.raises(UsageError, match="no canary has judged it"):
            promoted(session)
    assert verdict(world).jobs == ("e", "f")
    connection.jobs += [FakeJob("g"), FakeJob("h")]
    assert verdict(world).jobs == ("g", "h")


def test_without_runs_of_blue_the_time_is_not_judged(
    world: World, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "blue_runs", lambda *_: BLUE[:2])
    connection.jobs[0].seconds = 5000
    found = verdict(world)
    assert found.passed
    assert "blue has no 3 runs to compare with" in found.why[-1]


@pytest.mark.parametrize(("silent", "whose"), [("blue", "blue's last runs"), ("green", "its own log")])
def test_without_usage_lines_the_memory_is_not_judged(
    world: World, connection: Connection, monkeypatch: pytest.MonkeyPatch, silent: str, whose: str
) -> None:
    if silent == "blue":
        monkeypatch.setattr(canary, "blue_runs", lambda *_: [*BLUE[:2], BLUE[3]])
    connection.jobs[1].memory = None if silent == "green" else 9999.0
    found = verdict(world)
    assert found.passed
    assert found.why[-1].endswith(f"is not compared by memory: {whose} did not say what was used")


def test_the_factors_are_the_callers(world: World, connection: Connection) -> None:
    connection.jobs[1].seconds, connection.jobs[1].memory = 17.0, 900.0
    found = verdict(world, bounds=Bounds(slower=4.0, heavier=4.0))
    assert [line.partition(" (f) ")[2] for line in found.why] == ["held 900 MiB, above 864 MiB (4 times blue's median)"]


def test_a_job_that_is_not_there_is_named(project: Path) -> None:
    with pytest.raises(UsageError, match="there is no such job"):
        Canary.of("nothing")
