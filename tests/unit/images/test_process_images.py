"""Process images: whole or not there, found by their reference. tests/image makes and runs real ones."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from awa_batch.errors import ToolError
from awa_batch.images import make_process_image
from awa_batch.images.make_process_image import build_process_image, is_process_image
from awa_batch.local_server import PROCESS_REGISTRY
from local_batch.runners.process_images import ProcessImages

ROOT = Path(__file__).resolve().parents[3]

# Makes a "virtual environment" that points to this Python, and installs nothing.
FAKE_UV = """#!/bin/sh
echo "$UV_PYTHON_DOWNLOADS $*" >>"{log}"
case "$1" in
  venv) for last in "$@"; do :; done; mkdir -p "$last/bin" && ln -s "{python}" "$last/bin/python" ;;
  pip) {pip} ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in ("container/latest", "container/runtime", "jobs/version_test"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def use_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip: str = "true") -> Path:
    program = tmp_path / "uv"
    program.write_text(FAKE_UV.format(log=tmp_path / "uv.log", python=sys.executable, pip=pip))
    program.chmod(0o755)
    monkeypatch.setattr(make_process_image, "uv_program", lambda: str(program))
    return tmp_path / "uv.log"


def quiet(_line: str) -> None:
    return None


def test_it_is_laid_out_as_the_image_is(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = use_uv(tmp_path, monkeypatch)
    reference = build_process_image(project, state, quiet)
    assert is_process_image(reference)
    image = ProcessImages(state, PROCESS_REGISTRY).get(reference)
    assert image.folder == state / "process-images" / reference.rsplit(":", 1)[1]
    assert image.command == ["python", "run_batch.py"]
    assert (image.working_dir / "run_batch.py").is_file()
    assert (image.working_dir / "jobs/version_test/run_batch.py").is_file()
    assert not (image.working_dir / "jobs/version_test/README.md").exists()
    assert not (image.working_dir / "jobs/version_test/ec2_simple_submit_job.py").exists()
    about = json.loads((image.folder / "image.json").read_text())
    assert about["digest"] == reference.rsplit("@", 1)[1]
    assert about["working_dir"] == "app"
    assert image.env["IMAGE_NAME"] == "latest"
    lines = log.read_text().splitlines()
    assert all(line.startswith("never ") for line in lines)
    assert any("pip sync" in line and "--require-hashes" in line for line in lines)
    assert not [path for path in image.working_dir.rglob("*.py") if path.stat().st_mode & 0o222]


def test_the_same_source_gives_the_same_image_at_once(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = use_uv(tmp_path, monkeypatch)
    first = build_process_image(project, state, quiet)
    calls = len(log.read_text().splitlines())
    (project / "jobs/version_test/README.md").write_text("changed")
    assert build_process_image(project, state, quiet) == first
    assert len(log.read_text().splitlines()) == calls
    (project / "jobs/version_test/model.py").write_text("changed = 1\n")
    assert build_process_image(project, state, quiet) != first
    assert ProcessImages(state, PROCESS_REGISTRY).get(first).working_dir.is_dir()  # what ran before can still run


@pytest.mark.parametrize("pip", ["exit 1", "echo 'error: hash mismatch' >&2; exit 2"])
def test_a_build_that_fails_leaves_nothing(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip: str
) -> None:
    use_uv(tmp_path, monkeypatch, pip)
    with pytest.raises(ToolError, match="pip sync") as caught:
        build_process_image(project, state, quiet)
    assert "hash mismatch" in caught.value.what or "exit code 1" in caught.value.what
    assert not (state / "process-images").exists()
    assert list((state / "process-environments").iterdir()) == []


def test_changed_code_installs_nothing_and_a_changed_lock_does(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = use_uv(tmp_path, monkeypatch)
    build_process_image(project, state, quiet)
    calls = len(log.read_text().splitlines())
    (project / "jobs/version_test/model.py").write_text("changed = 1\n")
    reference = build_process_image(project, state, quiet)
    assert len(log.read_text().splitlines()) == calls
    image = ProcessImages(state, PROCESS_REGISTRY).get(reference)
    assert (image.folder / "venv/bin/python").exists()
    assert len(list((state / "process-environments").iterdir())) == 1
    lock = project / "container/latest/requirements.lock"
    lock.write_text(lock.read_text() + "\n# changed\n")
    build_process_image(project, state, quiet)
    assert len(log.read_text().splitlines()) > calls
    assert len(list((state / "process-environments").iterdir())) == 2


def test_old_images_and_environments_are_removed(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_uv(tmp_path, monkeypatch)
    monkeypatch.setattr(make_process_image, "KEPT_IMAGES", 4)
    monkeypatch.setattr(make_process_image, "KEPT_ENVIRONMENTS", 2)
    lock, images = project / "container/latest/requirements.lock", state / "process-images"
    made: list[str] = []
    for number in range(6):
        (project / "jobs/version_test/model.py").write_text(f"changed = {number}\n")
        if number in (2, 5):
            lock.write_text(lock.read_text() + f"\n# {number}\n")
        made.append(build_process_image(project, state, quiet).rsplit(":", 1)[1])
        past = 1_700_000_000 + number
        os.utime(images / made[-1], (past, past))
    kept = {folder.name for folder in images.iterdir()}
    # The first two had the first environment, of which there may be two.
    assert kept == set(made[2:])
    assert len(list((state / "process-environments").iterdir())) == 2
    assert all((images / digest / "venv/bin/python").exists() for digest in kept)


def test_what_a_killed_build_left_is_removed_and_a_running_ones_is_not(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_uv(tmp_path, monkeypatch)
    images = state / "process-images"
    gone, runs = images / ".abc.999999999.0a.new", images / f".def.{os.getpid()}.0b.new"
    gone.mkdir(parents=True)
    runs.mkdir()
    build_process_image(project, state, quiet)
    assert not gone.exists()
    assert runs.exists()


def test_another_build_of_the_same_image_meanwhile_does_no_harm(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_uv(tmp_path, monkeypatch)
    fill = make_process_image._fill

    def fill_while_another_finishes(root: Path, files: list[str], folder: Path, environment: Path) -> None:
        fill(root, files, folder, environment)
        monkeypatch.setattr(make_process_image, "_fill", fill)
        build_process_image(root, state, quiet)

    monkeypatch.setattr(make_process_image, "_fill", fill_while_another_finishes)
    reference = build_process_image(project, state, quiet)
    assert ProcessImages(state, PROCESS_REGISTRY).get(reference).working_dir.is_dir()
    assert len(list((state / "process-images").iterdir())) == 1


def test_the_local_aws_takes_its_references(
    project: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_uv(tmp_path, monkeypatch)
    reference = build_process_image(project, state, quiet)
    assert ProcessImages(state, PROCESS_REGISTRY).get(reference).env["IMAGE_REVISION"]
    assert not is_process_image("127.0.0.1:5000/awa-batch-local/latest@sha256:" + "a" * 64)
