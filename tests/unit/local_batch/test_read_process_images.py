"""Process images by their names: what is found, and what a job is told where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_batch.runners.base import TaskStartError
from local_batch.runners.process_images import ProcessImages

REGISTRY = "process.example"
DIGEST = "ab" * 32


def folder(state: Path, digest: str = DIGEST) -> Path:
    return state / "process-images" / digest


def made(state: Path, about: str) -> ProcessImages:
    """Return the images of a state directory in which there is one."""
    folder(state).mkdir(parents=True)
    (folder(state) / "image.json").write_text(about)
    return ProcessImages(state, REGISTRY)


def test_an_image_is_found_by_its_digest(tmp_path: Path) -> None:
    about = {"command": ["sh", "-c", "true"], "env": {"N": 1}, "working_dir": "src"}
    image = made(tmp_path, json.dumps(about)).get(f"{REGISTRY}/any-name@sha256:{DIGEST}")
    assert (image.folder, image.working_dir) == (folder(tmp_path), folder(tmp_path) / "src")
    assert (image.command, image.env) == (["sh", "-c", "true"], {"N": "1"})


def test_an_image_that_says_nothing_has_its_app(tmp_path: Path) -> None:
    image = made(tmp_path, "{}").get(f"{REGISTRY}/n@sha256:{DIGEST}")
    assert (image.command, image.env, image.working_dir) == ([], {}, folder(tmp_path) / "app")


@pytest.mark.parametrize(
    "name",
    [
        f"{REGISTRY}/n:latest",
        f"{REGISTRY}/n@sha256:{DIGEST[:-1]}",
        f"{REGISTRY}/n@sha256:{DIGEST.upper()}",
        f"{REGISTRY}/n@sha256:../../{DIGEST}",
        f"{REGISTRY}/@sha256:{DIGEST}",
        f"elsewhere.example/n@sha256:{DIGEST}",
        "python:3.13",
        "",
    ],
)
def test_a_reference_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(TaskStartError) as caught:
        made(tmp_path, "{}").get(name)
    assert caught.value.reason.startswith(f"CannotPullContainerError: {name} is a container image")
    assert f"only images under {REGISTRY}/ can run" in caught.value.reason


def test_an_image_that_is_gone_is_named(tmp_path: Path) -> None:
    name = f"{REGISTRY}/n@sha256:{'cd' * 32}"
    with pytest.raises(TaskStartError) as caught:
        made(tmp_path, "{}").get(name)
    assert caught.value.reason.startswith(
        f"CannotPullContainerError: {name}: not found: there is no such process image"
    )
    assert str(folder(tmp_path, "cd" * 32) / "image.json") in caught.value.reason


@pytest.mark.parametrize("about", ["", "{", "[]", '"text"'])
def test_an_image_whose_description_is_broken_cannot_be_pulled(about: str, tmp_path: Path) -> None:
    with pytest.raises(TaskStartError) as caught:
        made(tmp_path, about).get(f"{REGISTRY}/n@sha256:{DIGEST}")
    assert caught.value.reason.startswith("CannotPullContainerError: ")


def test_an_image_that_is_made_later_is_found(tmp_path: Path) -> None:
    images = ProcessImages(tmp_path, REGISTRY)
    with pytest.raises(TaskStartError):
        images.get(f"{REGISTRY}/n@sha256:{DIGEST}")
    made(tmp_path, "{}")
    assert images.get(f"{REGISTRY}/n@sha256:{DIGEST}").folder == folder(tmp_path)
