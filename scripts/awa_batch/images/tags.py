"""The tag of an image: for people, and never one for two images."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from awa_batch.images.context import BASE_IMAGES, context_digest, context_files, revision, submodules
from awa_batch.images.dockerfiles import argument_default, dockerfile, image_chain, image_sources

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def image_version(root: Path, name: str) -> str:
    """Return the version that container/<name> says: of its pyproject.toml, else of its Dockerfile."""
    project = root / "container" / name / "pyproject.toml"
    if project.is_file():
        version = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("version")
        if version:
            return str(version)
    return argument_default(dockerfile(root, name), "IMAGE_VERSION")


def is_committed(mark: str) -> bool:
    """Return whether a revision (`awa_batch.images.context.revision`) is a commit, and nothing differs from it."""
    return _COMMIT.fullmatch(mark) is not None


def image_tag(root: Path, name: str) -> str:
    """Return version and commit, ``0.1.0-1f2e3d4c5b6a``.

    Where files differ from the commit, or there is none, their own digest is behind it (``…-dirty-8a7b6c5d``):
    repositories let no tag be moved, and two states of a clone are two images.
    """
    folders = image_sources(root, name)
    mark = revision(root, folders)
    tag = f"{image_version(root, name)}-{mark}"
    if is_committed(mark):
        return tag
    others = (f"{path} {commit}" for path, commit in sorted(submodules(root, folders).items()))
    made_by = (dockerfile(root, image).read_text(encoding="utf-8") for image in image_chain(root, name))
    bases = [BASE_IMAGES] if (root / BASE_IMAGES).is_file() else []
    return f"{tag}-{context_digest(root, [*context_files(root, folders), *bases], *made_by, *others)[:8]}"
