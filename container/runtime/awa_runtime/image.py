"""Which image this code runs in."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class ImageVersion:
    """An image's name, version and source revision; ``source`` and empty where the code runs from a clone."""

    name: str
    version: str
    revision: str

    def __str__(self) -> str:
        revision = f" ({self.revision})" if self.revision else ""
        return f"{self.name} {self.version}{revision}"


def image_version() -> ImageVersion:
    """Return what the build wrote into the image's environment (see container/latest/Dockerfile)."""
    return ImageVersion(
        name=os.environ.get("IMAGE_NAME") or "latest",
        version=os.environ.get("IMAGE_VERSION") or "source",
        revision=os.environ.get("IMAGE_REVISION") or "",
    )
