"""What runs the jobs of ENV=local: containers where an engine can also build, else local processes.

Decided here, once; the local AWS is told the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from awa_batch.errors import ToolError
from awa_batch.images.base_images import python_image
from awa_batch.images.docker_engine import Engine, engine_status, find_builder, find_engine
from awa_batch.images.dockerfiles import arguments, dockerfile, image_chain
from awa_batch.paths import project_root
from awa_batch.text import Say

Runner = Literal["auto", "docker", "process"]


@dataclass(frozen=True)
class Choice:
    """What jobs run with. ``engine`` is None for processes; ``reason`` says why not containers where none was asked."""

    runner: Literal["docker", "process"]
    engine: Engine | None = None
    reason: str = ""


def choose_runner(runner: Runner, image: str, say: Say) -> Choice:
    """Return what to run jobs of ``image`` with.

    ``auto`` takes containers where an engine answers, a builder with BuildKit is there and the image's base image is
    present or can be pulled. ``docker`` raises the ToolError that says what is missing.
    """
    if runner == "process":
        return Choice("process")
    if runner == "docker":
        return Choice("docker", _usable(find_engine(), image, say))
    status = engine_status()
    if status.engine is None:
        return Choice("process", reason=f"No Docker engine answers ({status.reason.rstrip('.')}).")
    try:
        return Choice("docker", _usable(status.engine, image, say))
    except ToolError as error:
        return Choice("process", reason=f"{error.what.rstrip('.')}.")


def _usable(engine: Engine, image: str, say: Say) -> Engine:
    """Return ``engine`` if images can be built on it. Raises ToolError."""
    find_builder(engine)
    root = project_root()
    lowest = image_chain(root, image)[0]
    if "PYTHON_IMAGE" in arguments(dockerfile(root, lowest)):
        python_image(root, lowest, engine, say)
    return engine
