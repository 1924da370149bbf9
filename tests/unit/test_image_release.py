"""The steps of a release: what each does, what it refuses, and that it goes on after a kill at any point."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from release_world import KilledError, World, image, world_in

from awa_batch.errors import NotAppliedError, TimedOutError, UsageError
from awa_batch.image_release import abort, deregister, promote, prunable, releases, rollback, start
from awa_batch.image_release.changing import changes_beside
from awa_batch.image_release.record import CanaryNote
from awa_batch.image_release.session import Session
from awa_batch.image_release.slots import check_nothing_foreign
from awa_batch.image_release.steps import share
from awa_batch.release import Slots, read_slots, release_path, write_slots


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return world_in(tmp_path / "dev", monkeypatch)


def judged(session: Session, *, passed: bool) -> None:
    green = session.standing.applied.green
    assert green
    note = session.record.note(session.image)
    session.record.write(session.image, replace(note, canary=CanaryNote(green, 1, passed, ("seen",))))


def started(world: World, number: int = 2, *, passed: bool | None = True) -> None:
    with world.command() as session:
        start(session, image(number))
        if passed is not None:
            judged(session, passed=passed)


def test_a_candidate_becomes_what_runs_and_older_revisions_stay(world: World) -> None:
    started(world)
    assert world.running() == {
        "ec2-sample": image(1), "ec2-sample-green": image(2),
        "fargate-sample": image(1), "fargate-sample-green": image(2),
    }  # fmt: skip
    with world.command() as session:
        assert promote(session)
    assert world.running() == {"ec2-sample": image(2), "fargate-sample": image(2)}
    assert [one["active"] for one in world.definitions["ec2-sample"]] == [True, True]
    with world.command() as session:
        assert rollback(session) == image(1)
    assert world.running() == {"ec2-sample": image(1), "fargate-sample": image(1)}


def test_without_a_passed_canary_nothing_is_promoted(world: World) -> None:
    started(world, passed=None)
    with world.command() as session, pytest.raises(UsageError, match="no canary has judged it"):
        promote(session)
    with world.command() as session:
        judged(session, passed=False)
        with pytest.raises(UsageError, match="its canary failed: seen"):
            promote(session)
        assert promote(session, without_canary=True)


def test_a_verdict_is_of_its_image_alone(world: World) -> None:
    started(world, 2)
    with world.command() as session:
        start(session, image(3))
        with pytest.raises(UsageError, match="no canary has judged it"):
            promote(session)


def test_jobs_on_the_candidate_keep_its_definitions(world: World) -> None:
    started(world)
    job = world.submit("ec2-sample-green")
    with world.command() as session:
        assert not promote(session)
    assert world.running()["ec2-sample"] == image(2)
    assert world.is_active(job["definition"])
    job["status"] = "SUCCEEDED"
    with world.command() as session:
        assert promote(session)
    assert not world.is_active(job["definition"])


def test_an_abort_waits_for_jobs_on_the_candidate_and_ends_its_share_first(world: World) -> None:
    started(world)
    with world.command() as session:
        share(session, 25)
    assert world.share == 25
    job = world.submit("ec2-sample-green")
    with world.command() as session, pytest.raises(TimedOutError, match="1 jobs on the candidate"):
        abort(session, wait=0)
    assert world.share == 0
    assert world.is_active(job["definition"])

    def ends(_seconds: float) -> None:
        job["status"] = "SUCCEEDED"

    with world.command() as session:
        abort(session, wait=30, sleep=ends)
    assert world.running() == {"ec2-sample": image(1), "fargate-sample": image(1)}


def test_what_is_not_applied_in_the_release_file_is_not_released_with_it(world: World) -> None:
    write_slots(world.folder, "latest", Slots(image(9)))
    with world.command() as session, pytest.raises(UsageError, match="blue is sha256:000000000000 there and"):
        start(session, image(2))
    write_slots(world.folder, "latest", Slots(image(1)))
    write_slots(world.folder, "other", Slots(image(9)))  # no job runs it
    with world.command() as session:
        start(session, image(2))


def test_a_clone_without_the_file_is_sent_to_git(world: World) -> None:
    release_path(world.folder).unlink()
    with world.command() as session, pytest.raises(UsageError, match="does not name latest"):
        check_nothing_foreign(session.clients.contract, "latest", session.record)


def test_a_plan_that_changes_more_is_refused_and_leaves_nothing(world: World) -> None:
    before = release_path(world.folder).read_text()
    world.others = ["module.platform.aws_batch_compute_environment.this"]
    with world.command() as session, pytest.raises(UsageError, match="The plan changes more than the release"):
        start(session, image(2))
    assert release_path(world.folder).read_text() == before
    assert not (world.folder / "awa-batch.tfplan").exists()
    assert session.standing.pending is None


def test_no_is_an_answer_that_changes_nothing(world: World) -> None:
    before = release_path(world.folder).read_text()
    world.answer = False
    with world.command() as session, pytest.raises(UsageError, match="Not confirmed"):
        start(session, image(2))
    assert release_path(world.folder).read_text() == before
    assert world.applies == 1


def test_a_pull_request_gets_the_file_alone(world: World) -> None:
    with world.command() as session:
        start(session, image(2), apply=False)
    assert read_slots(world.folder)["latest"] == Slots(image(1), image(2))
    assert world.applies == 1
    world.apply()  # CI
    with world.command() as session:
        judged(session, passed=True)
        promote(session, apply=False)
    world.apply()
    assert world.running() == {"ec2-sample": image(2), "fargate-sample": image(2)}


def test_a_rollback_takes_a_revision_or_a_digest_and_nothing_else(world: World) -> None:
    for number in (2, 3):
        started(world, number)
        with world.command() as session:
            promote(session)
    with world.command() as session:
        with pytest.raises(UsageError, match="has no such revision"):
            rollback(session, "9")
        assert rollback(session, f"sha256:{1:064x}") == image(1)
    with world.command() as session:
        assert rollback(session, "2") == image(2)
    with world.command() as session, pytest.raises(UsageError, match="has no such revision"):
        rollback(session, "ffffff")


def test_there_is_nothing_before_the_first(world: World) -> None:
    with world.command() as session, pytest.raises(UsageError, match="has run no other image"):
        rollback(session)
    with world.command() as session, pytest.raises(UsageError, match="has no candidate"):
        promote(session)
    with world.command() as session, pytest.raises(UsageError, match="is what dev runs already"):
        start(session, image(1))


def test_old_revisions_go_unless_something_needs_them(world: World) -> None:
    for number in (2, 3, 4, 5):
        started(world, number)
        if number == 3:
            kept = world.submit("ec2-sample")  # on revision 2
        with world.command() as session:
            promote(session)
    clients = world.clients()
    found = prunable(clients, "latest", keep=2)
    assert [f"{one.name}:{one.number}" for one in found] == [
        "awa-batch-dev-ec2-sample:3", "awa-batch-dev-ec2-sample:1",
        "awa-batch-dev-fargate-sample:3", "awa-batch-dev-fargate-sample:2", "awa-batch-dev-fargate-sample:1",
    ]  # fmt: skip
    for one in found:
        deregister(clients, one)
    assert world.is_active(kept["definition"])
    assert prunable(clients, "latest", keep=2) == []
    assert [one.image for one in releases(clients, "latest")] == [image(5), image(4), image(3), image(2), image(1)]


def test_an_image_that_no_job_runs_cannot_be_released_so(world: World) -> None:
    with world.command() as session:
        session.image = "gpu"
        with pytest.raises(NotAppliedError, match="No job definition of dev runs the image 'gpu'"):
            start(session, image(2))


STEPS: dict[str, Callable[[Session], Any]] = {
    "start": lambda session: start(session, image(3)),
    "share": lambda session: share(session, 10),
    "promote": promote,
    "rollback": rollback,
    "abort": lambda session: abort(session, wait=0),
}


def before(world: World, step: str) -> None:
    started(world, 2)
    if step == "rollback":
        with world.command() as session:
            promote(session)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_was_killed_anywhere_goes_on(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = world_in(tmp_path / "whole", monkeypatch)
    before(whole, step)
    with whole.command() as session:
        STEPS[step](session)
    wanted = (whole.running(), whole.share)
    kills = 0
    while True:
        world = world_in(tmp_path / str(kills), monkeypatch)
        before(world, step)
        world.kill_in = kills
        try:
            with world.command() as session:
                STEPS[step](session)
        except KilledError:
            pass
        else:
            world.kill_in = None
            break
        world.kill_in = None
        blue = [world.definitions[f"{kind}-sample"][-1] for kind in ("ec2", "fargate")]
        assert all(one["active"] for one in blue)
        with world.command() as session:
            STEPS[step](session)  # the same command again, however far it had come
            assert session.standing.pending is None
        assert (world.running(), world.share) == wanted, f"killed at {kills}"
        kills += 1
    assert kills >= 4


@pytest.mark.parametrize("kills", range(3, 8))
def test_a_promotion_that_was_cut_off_can_be_given_up(world: World, kills: int) -> None:
    started(world)
    world.kill_in = kills
    with world.command() as session, pytest.raises(KilledError):
        promote(session)
    world.kill_in = None
    with world.command() as session:
        if session.standing.applied.green:
            abort(session, wait=0)
        elif session.standing.applied.blue == image(2):
            rollback(session)
    assert set(world.running().values()) <= {image(1), image(2)}
    assert {name for name in world.running() if name.endswith("-green")} == set()


def test_two_commands_that_write_the_record_at_once(world: World) -> None:
    with world.command() as one, world.command() as two:
        start(one, image(2))
        with pytest.raises(Exception, match=r"written by another command|what is not applied"):
            start(two, image(3))
    assert world.running()["ec2-sample-green"] == image(2)


def test_the_contracts_object_is_of_a_release_and_a_queue_is_not() -> None:
    def changed(address: str, kind: str, *actions: str) -> dict[str, Any]:
        return {"address": address, "type": kind, "mode": "managed", "change": {"actions": list(actions)}}

    plan = {
        "resource_changes": [
            changed("module.platform.aws_s3_object.contract", "aws_s3_object", "update"),
            changed("module.platform.x.aws_batch_job_definition.this", "aws_batch_job_definition", "delete"),
            changed("module.platform.aws_batch_job_queue.this", "aws_batch_job_queue", "no-op"),
            changed("module.platform.aws_s3_object.mine", "aws_s3_object", "create"),
            changed("module.platform.aws_batch_job_queue.other", "aws_batch_job_queue", "update"),
        ]
    }
    assert changes_beside(plan) == ["module.platform.aws_s3_object.mine", "module.platform.aws_batch_job_queue.other"]


def test_the_record_is_readable(world: World) -> None:
    started(world)
    value = json.loads(world.objects["contract/release.json"][0])
    assert value["images"]["latest"]["canary"]["image"] == image(2)
    assert value["images"]["latest"]["pending"] is None
