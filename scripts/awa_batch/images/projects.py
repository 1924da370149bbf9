"""What makes up the locked environment of an image: its own project, and those of jobs that have packages of their own.

A job may have a ``jobs/<job>/pyproject.toml`` with what it imports beyond its image. One environment holds what all
of an image's jobs import; ``[tool.awa-batch] image = "gpu"`` there says that a job runs in another one than ``latest``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from awa_batch.errors import UsageError
from awa_batch.images.dockerfiles import image_names
from awa_batch.text import Field

LATEST_IMAGE = "latest"
LOCK = "requirements.lock"
TEMPLATE = Path(__file__).with_name("job_project.toml.txt")


def image_project(image: str) -> str:
    """Return the path of an image's own project."""
    return f"container/{image}/pyproject.toml"


def image_lock(image: str) -> str:
    """Return the path of an image's lock."""
    return f"container/{image}/{LOCK}"


def job_project(job: str) -> str:
    """Return the path of a job's project, which it need not have."""
    return f"jobs/{job}/pyproject.toml"


def locked_images(root: Path) -> list[str]:
    """Return the images that have an environment of their own: a project and a lock."""
    return [
        name for name in image_names(root) if all((root / of(name)).is_file() for of in (image_project, image_lock))
    ]


def image_of_job(root: Path, job: str) -> str:
    """Return the image whose environment holds a job's packages. Raises UsageError where its project cannot be read."""
    path = job_project(job)
    if not (root / path).is_file():
        return LATEST_IMAGE
    try:
        image = tomllib.loads((root / path).read_text(encoding="utf-8")).get("tool", {}).get("awa-batch", {})["image"]
    except KeyError:
        return LATEST_IMAGE
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise UsageError(f"{path} is not a project: {error}.", fix="Correct it.") from None
    known = locked_images(root)
    if image not in known:
        raise UsageError(
            f"{path}: tool.awa-batch.image: there is no image {image!r} with packages of its own.",
            fix=f"Images: {', '.join(known)}.",
        )
    return str(image)


def projects(root: Path, image: str) -> list[str]:
    """Return the projects that an image's environment holds: its own first, then its jobs'. Raises UsageError."""
    jobs = sorted(
        path.parent.name for path in (root / "jobs").glob("*/pyproject.toml") if not job_lock(root, path.parent.name)
    )
    return [image_project(image), *(job_project(job) for job in jobs if image_of_job(root, job) == image)]


def new_project(job: str) -> str:
    """Return the text of a first project for a job."""
    text = TEMPLATE.read_text(encoding="utf-8")
    return text.replace("JOB_NAME", job).replace("JOB-NAME", job.replace("_", "-"))


def job_lock(root: Path, job: str) -> str | None:
    """Return the path of a job's own lock, None where it has none.

    A job that has one is in no image's lock: an image on top of ``latest`` installs that of the job.
    """
    path = f"jobs/{job}/{LOCK}"
    return path if (root / path).is_file() else None


def own_locks(root: Path) -> list[str]:
    """Return the paths of all locks that jobs have of their own."""
    return sorted(path.relative_to(root).as_posix() for path in (root / "jobs").glob(f"*/{LOCK}"))


def check_job(root: Path, job: str) -> None:
    """Refuse what is no job of this clone. Raises UsageError."""
    known = sorted(path.parent.name for path in (root / "jobs").glob("*/run_batch.py"))
    if job not in known:
        raise UsageError(
            Field("job", job), ": there is no such job.", fix=f"Jobs: {', '.join(known) or 'none'} (jobs/<job>)."
        )


def check_image(root: Path, image: str) -> None:
    """Refuse what is no image with packages of its own. Raises UsageError."""
    known = locked_images(root)
    if image not in known:
        raise UsageError(
            Field("image", image),
            ": there is no such image with packages of its own.",
            fix=f"Images: {', '.join(known) or 'none'} ({image_project('<image>')}).",
        )


def requirement_names(text: str) -> set[str]:
    """Return the names of the packages that a project's text asks for, normalised (PEP 503)."""
    asked = tomllib.loads(text).get("project", {}).get("dependencies", [])
    return {re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]).lower() for one in asked}
