"""The images that an environment's jobs run in, beside the one that it always has."""

from __future__ import annotations

from pathlib import Path

from awa_batch.environment.base import IMAGE
from awa_batch.images.dockerfiles import image_names
from awa_batch.paths import project_root
from awa_batch.terraform.repositories import job_images


def other_images(root: Path) -> list[str]:
    """Return the images of this clone that jobs of the Terraform root ``root`` name, without `IMAGE`."""
    known = image_names(project_root())
    return [name for name in job_images(root) if name in known and name != IMAGE]
