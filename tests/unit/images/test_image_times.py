"""The time in an image of an engine that notes its own: what is done where it cannot be changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from awa_batch.images.docker_engine import find_engine
from awa_batch.images.image_times import date_image, epoch
from tests.unit.images.conftest import FakeDocker

COMMIT = 1_700_000_000
STAMP = "2023-11-14T22:13:20Z"


def test_what_no_commit_dates_is_of_1980() -> None:
    assert datetime.fromtimestamp(epoch(None), UTC) == datetime(1980, 1, 1, tzinfo=UTC)
    assert epoch(datetime.fromtimestamp(COMMIT, UTC)) == COMMIT


@pytest.mark.parametrize("inspect", [f"echo {STAMP}", "exit 1"])
def test_an_image_of_that_time_is_left_alone(
    docker: FakeDocker, tmp_path: Path, calls: Callable[[], list[str]], inspect: str
) -> None:
    docker("a", inspect=inspect)
    said: list[str] = []
    assert date_image(find_engine(), "sha256:a", "x:1", COMMIT, tmp_path / "note", said.append) == "sha256:a"
    assert said == []
    assert not [call for call in calls() if call.startswith(("a save", "a load", "a tag"))]


def test_an_engine_that_hands_out_no_configuration_keeps_the_image_and_is_told(
    docker: FakeDocker, tmp_path: Path
) -> None:
    docker("a", inspect="echo 2026-11-27T05:51:14.518738439Z", other="exit 1")
    said: list[str] = []
    assert date_image(find_engine(), "sha256:a", "x:1", COMMIT, tmp_path / "note", said.append) == "sha256:a"
    assert said == ["This engine notes the time of the build (27.0.1): building it again gives another digest"]
    assert not (tmp_path / "note").exists()
