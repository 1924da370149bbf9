"""A clone of this project with other repositories beside it, for what several repositories in one image are about."""

from __future__ import annotations

import shutil
from pathlib import Path

from awa_batch.images.context import BASE_IMAGES, context_files
from awa_batch.images.dockerfiles import image_chain, image_sources
from tests.image.conftest import ROOT
from tests.repositories import commit, repository


def project(folder: Path, source: str, name: str) -> Path:
    """Make a repository with what a build of container/<source> needs, copied to container/<name> as a team would.

    What it is built on has a commit of its own, the same in all of them: it is then built once.
    """
    root = folder / "project"
    below = image_chain(ROOT, source)[0]
    made_by = [f"container/{below}/Dockerfile", ".dockerignore", BASE_IMAGES]
    _copy(root, [*context_files(ROOT, image_sources(ROOT, below)), *made_by])
    repository(root, {})
    example(root, source, name)
    commit(root)
    return root


def example(root: Path, source: str, name: str) -> None:
    """Copy container/<source> to container/<name> of the project ``root``."""
    _copy(root, [*context_files(ROOT, (f"container/{source}",)), f"container/{source}/Dockerfile"])
    (root / "container" / source).rename(root / "container" / name)


def _copy(root: Path, files: list[str]) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
