"""Which processors an image is built for, and what an engine can build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.images import platforms
from awa_batch.images.docker_engine import Builder, find_builder, find_engine
from awa_batch.images.platforms import (
    PlatformUnavailableError,
    check_buildable,
    lacking,
    parse_platforms,
    platforms_for,
    tag_for,
)
from tests.unit.images.conftest import FakeDocker

AMD, ARM = "linux/amd64", "linux/arm64"
BOTH = (AMD, ARM)


@pytest.mark.parametrize(
    ("text", "found"),
    [(AMD, (AMD,)), (ARM, (ARM,)), (f"{AMD},{ARM}", BOTH), (f"{ARM}, {AMD}", BOTH)],
)
def test_platforms_are_one_or_both_in_one_order(text: str, found: tuple[str, ...]) -> None:
    assert parse_platforms(text) == found


@pytest.mark.parametrize("text", ["", ",", "linux/arm", "amd64", "windows/amd64", f"{AMD},{AMD}", f"{AMD},", "ARM64"])
def test_what_aws_batch_does_not_run_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_platforms(text)
    assert caught.value.field is not None
    assert caught.value.field.name == "platform"
    assert caught.value.fix


def test_what_job_definitions_ask_for_is_what_is_built() -> None:
    assert platforms_for([]) == (AMD,)
    assert platforms_for(["ARM64"]) == (ARM,)
    assert platforms_for(["ARM64", "X86_64"]) == BOTH
    assert lacking((AMD,), ["ARM64", "X86_64"]) == ["ARM64"]
    assert lacking(BOTH, ["ARM64"]) == lacking((AMD,), []) == []


def test_one_tag_is_never_two_images() -> None:
    assert [tag_for("1.0-abc", one) for one in ((AMD,), (ARM,), BOTH)] == ["1.0-abc", "1.0-abc-arm64", "1.0-abc-multi"]


LISTED = (
    "if [ \"$2\" = inspect ]; then echo 'Name: default'; echo 'Platforms: linux/amd64*, linux/amd64/v2, {more}'; fi"
)


def test_buildx_says_what_its_builder_can(docker: FakeDocker) -> None:
    docker("a", buildx="true", other=LISTED.format(more="linux/386"))
    engine = replace(find_engine(), architecture="amd64")
    check_buildable(engine, find_builder(engine), (AMD,))
    with pytest.raises(PlatformUnavailableError) as caught:
        check_buildable(engine, find_builder(engine), BOTH)
    assert caught.value.what == "platform linux/arm64: this engine builds for linux/amd64 alone."
    assert "qemu-user-static" in caught.value.fix


def test_emulation_that_buildx_finds_counts(docker: FakeDocker) -> None:
    docker("a", buildx="true", other=LISTED.format(more="linux/arm64"))
    engine = replace(find_engine(), architecture="amd64")
    check_buildable(engine, find_builder(engine), BOTH)


def test_without_buildx_the_kernel_says_what_it_emulates(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker("a", client="20.10.24")
    monkeypatch.setattr(platforms, "_BINFMT", tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///var/run/docker.sock")
    engine = replace(find_engine(), architecture="amd64")
    builder = Builder((str(engine.command), "build"), {}, "")
    with pytest.raises(PlatformUnavailableError):
        check_buildable(engine, builder, (ARM,))
    (tmp_path / "qemu-aarch64").touch()
    check_buildable(engine, builder, BOTH)
