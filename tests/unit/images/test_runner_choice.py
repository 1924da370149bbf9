"""What jobs of ENV=local run with: decided once, with the reason and the engine that it was decided for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from awa_batch.environment.local import LocalEnvironment
from awa_batch.environment.runner import choose_runner
from awa_batch.errors import UsageError
from awa_batch.images.base_images import BaseImageUnavailableError
from awa_batch.images.docker_engine import BuilderUnavailableError, EngineUnavailableError
from tests.unit.images.conftest import FakeDocker

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _clone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWA_BATCH_ROOT", str(ROOT))


def quiet(_said: object) -> None:
    return None


def test_processes_are_taken_where_they_are_asked_for(docker: FakeDocker) -> None:
    docker("a", buildx="echo v0.20", inspect="exit 0")
    choice = choose_runner("process", "latest", quiet)
    assert (choice.runner, choice.engine, choice.reason) == ("process", None, "")


@pytest.mark.parametrize("asked", ["auto", "docker"])
def test_an_engine_that_can_build_is_taken_and_handed_on(docker: FakeDocker, asked: str) -> None:
    path = docker("a", buildx="echo v0.20", inspect="exit 0")
    choice = choose_runner(asked, "latest", quiet)  # type: ignore[arg-type]
    assert choice.runner == "docker"
    assert choice.engine is not None
    assert choice.engine.command == path
    assert choice.reason == ""


def test_without_an_engine_auto_says_why_and_docker_is_refused(docker: FakeDocker) -> None:
    choice = choose_runner("auto", "latest", quiet)
    assert (choice.runner, choice.engine) == ("process", None)
    assert choice.reason == "No Docker engine answers (no docker command on PATH)."
    with pytest.raises(EngineUnavailableError):
        choose_runner("docker", "latest", quiet)


def test_an_engine_that_cannot_build_is_not_taken(docker: FakeDocker) -> None:
    docker("a", client="28.0.0")
    choice = choose_runner("auto", "latest", quiet)
    assert choice.runner == "process"
    assert choice.reason.startswith("No docker command here can build with BuildKit")
    with pytest.raises(BuilderUnavailableError):
        choose_runner("docker", "latest", quiet)


def test_without_a_base_image_jobs_run_as_processes(docker: FakeDocker) -> None:
    docker("a", buildx="echo v0.20", pull="echo 'no such host' >&2; exit 1")
    choice = choose_runner("auto", "latest", quiet)
    assert choice.runner == "process"
    assert "no such host" in choice.reason
    with pytest.raises(BaseImageUnavailableError):
        choose_runner("docker", "latest", quiet)


def test_an_image_on_top_of_another_needs_the_lowest_ones_base(
    docker: FakeDocker, calls: Callable[[], list[str]]
) -> None:
    docker("a", buildx="true", inspect="exit 0")
    assert choose_runner("docker", "multi_repo/submodules", quiet).runner == "docker"
    assert [call for call in calls() if "image inspect" in call and "python:" in call]


def test_without_an_engine_other_images_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.environment.local.build_process_image", lambda *_: pytest.fail("it was made"))
    with pytest.raises(UsageError, match="only 'latest' can be made"):
        LocalEnvironment().build(quiet, image="test", runner="process")
