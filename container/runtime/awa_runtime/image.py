"""Which image this code runs in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ImageVersion:
    """An image's name, version and source revision; ``source`` and empty where the code runs from a clone.

    ``repositories`` are the other repositories in the image: name → commit.
    """

    name: str
    version: str
    revision: str
    repositories: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        revision = f" ({self.revision})" if self.revision else ""
        others = ", ".join(f"{name} {commit[:12]}" for name, commit in sorted(self.repositories.items()))
        return f"{self.name} {self.version}{revision}{f' with {others}' if others else ''}"


def image_version() -> ImageVersion:
    """Return what the build wrote into the image's environment (see container/latest/Dockerfile)."""
    return ImageVersion(
        name=os.environ.get("IMAGE_NAME") or "latest",
        version=os.environ.get("IMAGE_VERSION") or "source",
        revision=os.environ.get("IMAGE_REVISION") or "",
        repositories=_repositories(os.environ.get("IMAGE_REPOSITORIES") or "{}"),
    )


def _repositories(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:  # a version that cannot be told is no reason for a job to fail
        return {}
    return {str(name): str(commit) for name, commit in found.items()} if isinstance(found, dict) else {}
