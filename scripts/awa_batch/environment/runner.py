"""What runs the jobs of ENV=local: containers where an engine can also build, else local processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from awa_batch.errors import ToolError
from awa_batch.images.build import python_image
from awa_batch.images.engine import engine_status, find_builder, find_engine
from awa_batch.paths import project_root

Runner = Literal["auto", "docker", "process"]


def choose_runner(runner: Runner, image: str, say: Callable[[str], None]) -> tuple[Literal["docker", "process"], str]:
    """Return what to run jobs with, and why not containers (one line, empty where that was asked for).

    ``auto`` takes containers where an engine answers, a builder with BuildKit is there and the image's base image is
    present or can be pulled. ``docker`` raises the ToolError that says what is missing.
    """
    if runner == "process":
        return "process", ""
    if runner == "docker":
        engine = find_engine()
        find_builder(engine)
        python_image(project_root(), image, engine, say)
        return "docker", ""
    status = engine_status()
    if status.engine is None:
        return "process", f"No Docker engine answers ({status.reason.rstrip('.')})."
    try:
        find_builder(status.engine)
        python_image(project_root(), image, status.engine, say)
    except ToolError as error:
        return "process", f"{error.what.rstrip('.')}."
    return "docker", ""
