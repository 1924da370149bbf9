"""The project's Dockerfiles: which images there are, and the defaults that they name."""

from __future__ import annotations

import re
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.images.context import LATEST

SOURCES = {"latest": LATEST, "test": ("container/test",)}
"""Image → the folders that make it what it is."""


def dockerfile(root: Path, name: str) -> Path:
    """Return the Dockerfile of the image ``name``. Raises UsageError where there is no such image."""
    path = root / "container" / name / "Dockerfile"
    if name not in SOURCES or not path.is_file():
        known = ", ".join(SOURCES)
        raise UsageError(
            f"There is no image {name!r} to build.", fix=f"Images: {known} (container/<image>/Dockerfile)."
        )
    return path


def argument_default(path: Path, argument: str) -> str:
    """Return the default that a Dockerfile gives to ``ARG argument``. Raises UsageError where it gives none."""
    found = re.search(rf"^ARG {re.escape(argument)}=(\S+)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise UsageError(
            f"{path} has no line ARG {argument}=….", fix="Put it back: the toolkit reads its default there."
        )
    return found.group(1)
