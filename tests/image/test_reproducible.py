"""The same commit gives the same digest: in another clone, at another time, with nothing from the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from awa_batch.images import build
from awa_batch.images.build import BuiltImage, build_image
from awa_batch.images.context import BASE_IMAGES, context_files, revision
from awa_batch.images.docker_engine import Engine, find_builder
from awa_batch.images.dockerfiles import image_sources
from awa_batch.images.push import push_image
from tests.image.conftest import ROOT, Run


def git(root: Path, *words: str) -> None:
    own = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(root), *own, *words], check=True, capture_output=True)


@pytest.fixture
def clones(tmp_path: Path, engine: Engine) -> Iterator[tuple[Path, Path]]:
    """Two clones of one commit, with other times and modes of their files."""
    one, two = tmp_path / "one", tmp_path / "two"
    made_by = [*(f"container/{name}/Dockerfile" for name in ("latest", "test")), ".dockerignore", BASE_IMAGES]
    names = [*context_files(ROOT), *made_by]
    for name in [*names, *context_files(ROOT, ("container/test",))]:
        (one / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, one / name)
    git(one, "init", "-q")
    git(one, "add", "-A")
    git(one, "commit", "-qm", "one", "--date=@1700000000")
    shutil.copytree(one, two, copy_function=shutil.copy)
    for path in two.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            os.utime(path, (1_000_000_000, 1_000_000_000))
            path.chmod(path.stat().st_mode & 0o700)
    yield one, two
    for name in ("latest", "test"):
        image = f"awa-batch/{name}:{revision(one, image_sources(one, name))}"
        subprocess.run([str(engine.command), "image", "rm", image], capture_output=True, check=False)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", ["test", "latest"])
def test_a_commit_has_one_digest(
    clones: tuple[Path, Path],
    engine: Engine,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    one, two = clones
    said: list[str] = []

    def made(root: Path, to: str) -> tuple[BuiltImage, str]:
        image = build_image(name, root=root, engine=engine, state_dir=tmp_path / f"state-{to}", say=said.append)
        return image, push_image(engine, image.image_id, f"{address}/{to}/{name}", "x", say=print)

    first, first_pushed = made(one, "one")
    builder = find_builder(engine)
    monkeypatch.setattr(build, "find_builder", lambda _: replace(builder, arguments=(*builder.arguments, "--no-cache")))
    said.clear()
    second, second_pushed = made(two, "two")
    assert [line for line in said if "] RUN chmod" in line]  # nothing of the first was taken over
    assert len([line for line in said if "cp -a /mnt /app" in line]) == 1
    assert second.revision == first.revision
    assert second.image_id == first.image_id
    assert second_pushed.partition("@")[2] == first_pushed.partition("@")[2]


def test_nobody_but_root_may_change_code_and_packages(pushed: dict[str, str], run: Run) -> None:
    """On a root that is not read-only either."""
    found = run(
        pushed["latest"], "sh", "-c", "find /opt /app -perm /022 ! -type l; stat -c %u /opt/venv /app /app/jobs"
    )
    assert found.stdout.split() == ["0", "0", "0"]
    found = run(pushed["test"], "sh", "-c", "find /app -perm /022; stat -c %u /app /app/check.py")
    assert found.stdout.split() == ["0", "0"]
