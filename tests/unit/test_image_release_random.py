"""Random sequences of release commands, jobs and kills, and what holds after each of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from release_world import KilledError, World, image, world_in

from awa_batch.errors import AwaBatchError
from awa_batch.image_release import abort, deregister, promote, prunable, releases, rollback, start
from awa_batch.image_release.record import CanaryNote
from awa_batch.image_release.session import Session
from awa_batch.image_release.steps import share


class Releases(RuleBasedStateMachine):
    """What a team may do to an environment, in any order, with processes that are killed anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.patches = pytest.MonkeyPatch()
        self.world: World = world_in(Path(self.folder.name), self.patches)
        self.passed: set[str] = set()
        self.ever_blue = {image(1)}

    def teardown(self) -> None:
        self.patches.undo()
        self.folder.cleanup()

    def command(self, step: Callable[[Session], object], kill: int | None) -> None:
        self.world.kill_in = kill
        try:
            with self.world.command() as session:
                step(session)
        except (AwaBatchError, KilledError):
            pass  # refused, or cut off: what holds must hold all the same
        self.world.kill_in = None
        self.world.dead = False

    kills = st.sampled_from([None, None, None, *range(10)])

    @rule(number=st.integers(1, 5), kill=kills)
    def start(self, number: int, kill: int | None) -> None:
        self.command(lambda session: start(session, image(number)), kill)

    @rule(passed=st.booleans())
    def canary(self, passed: bool) -> None:
        def judged(session: Session) -> None:
            green = session.standing.applied.green
            if green is None:
                return
            note = session.record.note("latest")
            session.record.write("latest", replace(note, canary=CanaryNote(green, 1, passed, ("seen",))))
            (self.passed.add if passed else self.passed.discard)(green)

        self.command(judged, None)

    @rule(number=st.integers(2, 5), kind=st.sampled_from(["ec2", "fargate"]))
    def a_candidate_that_passed_has_a_job(self, number: int, kind: str) -> None:
        self.start(number, None)
        self.canary(True)
        self.submit(kind, True)

    @rule(percent=st.integers(0, 100), kill=kills)
    def share(self, percent: int, kill: int | None) -> None:
        self.command(lambda session: share(session, percent), kill)

    @rule(kill=kills)
    def promote(self, kill: int | None) -> None:
        self.command(promote, kill)

    @rule(kill=kills)
    def rollback(self, kill: int | None) -> None:
        self.command(rollback, kill)

    @rule(kill=kills)
    def abort(self, kill: int | None) -> None:
        self.command(lambda session: abort(session, wait=0), kill)

    @rule(keep=st.integers(1, 3))
    def prune(self, keep: int) -> None:
        clients = self.world.clients()
        for one in prunable(clients, "latest", keep):
            deregister(clients, one)

    @rule(kind=st.sampled_from(["ec2", "fargate"]), on_green=st.booleans())
    def submit(self, kind: str, on_green: bool) -> None:
        logical = f"{kind}-sample-green" if on_green else f"{kind}-sample"
        if logical in self.world.running():
            self.world.submit(logical)

    @precondition(lambda self: any(job["status"] == "RUNNABLE" for job in self.world.jobs))
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        waiting = [job for job in self.world.jobs if job["status"] == "RUNNABLE"]
        data.draw(st.sampled_from(range(len(waiting))))
        waiting[0]["status"] = "SUCCEEDED"

    @invariant()
    def what_runs_can_be_submitted_to(self) -> None:
        for kind in ("ec2", "fargate"):
            assert self.world.definitions[f"{kind}-sample"][-1]["active"]

    @invariant()
    def every_image_is_named_by_digest(self) -> None:
        for revisions in self.world.definitions.values():
            assert all("@sha256:" in one["image"] for one in revisions)

    @invariant()
    def no_job_waits_on_a_definition_that_is_gone(self) -> None:
        for job in self.world.jobs:
            assert job["status"] == "SUCCEEDED" or self.world.is_active(job["definition"])

    @invariant()
    def candidates_are_those_of_the_slots(self) -> None:
        with self.world.command() as session:
            if session.standing.pending is None and self.world.wanted() == self.world.running():
                green = {name for name in self.world.running() if name.endswith("-green")}
                assert bool(green) == (session.standing.applied.green is not None)
                assert len(green) in (0, 2)

    @invariant()
    def nothing_runs_that_no_canary_passed(self) -> None:
        for kind in ("ec2", "fargate"):
            now = self.world.running()[f"{kind}-sample"]
            assert now in self.passed | self.ever_blue
            self.ever_blue.add(now)

    @invariant()
    def the_history_has_all_that_ran(self) -> None:
        told = {one.image for one in releases(self.world.clients(), "latest", most=500)}
        assert self.ever_blue <= told


Releases.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestReleases = Releases.TestCase
