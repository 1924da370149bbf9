"""The images that ours are built from: there on the engine, pulled, or made of what this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from awa_batch.errors import ToolError
from awa_batch.images.buildkit import run_build
from awa_batch.images.docker_engine import Builder, Engine
from awa_batch.images.dockerfiles import argument_default, dockerfile
from awa_batch.text import Say

PULL_SECONDS = 300.0  # a slow line may take this long for a base image
_UV_STAND_IN = "awa-batch.local/uv"


class BaseImageUnavailableError(ToolError):
    """The Python base image is neither on this engine nor to be pulled: jobs can still run as processes."""


def has_image(engine: Engine, reference: str) -> bool:
    """Return whether the engine already holds ``reference``."""
    done = subprocess.run(
        [str(engine.command), "image", "inspect", "--format", "{{.Id}}", reference],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode == 0


def pull(engine: Engine, reference: str, say: Say, seconds: float = PULL_SECONDS) -> str:
    """Pull ``reference``; return an empty text, or one line that says why it cannot be had (offline: at once)."""
    say(f"Pulling {reference}")
    try:
        done = subprocess.run(
            [str(engine.command), "pull", "--quiet", reference],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds:g} s"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return (lines[-1] if lines else f"exit code {done.returncode}").removeprefix("Error response from daemon: ")


def python_image(root: Path, name: str, engine: Engine, say: Say) -> str:
    """Return the Python base image, there on the engine: PYTHON_IMAGE, else the Dockerfile's own.

    Raises BaseImageUnavailableError where it is neither there nor to be pulled.
    """
    reference = os.environ.get("PYTHON_IMAGE") or argument_default(dockerfile(root, name), "PYTHON_IMAGE")
    if not has_image(engine, reference) and (reason := pull(engine, reference, say)):
        raise BaseImageUnavailableError(
            f"The base image {reference} is not on this engine and cannot be pulled: {reason}.",
            fix="Set PYTHON_IMAGE to one you can pull (a mirror's), or make it from Debian packages: "
            "container/offline/make-base-images.sh.",
        )
    return reference


def uv_image(root: Path, engine: Engine, builder: Builder, say: Say) -> str:
    """Return the image that holds uv, there on the engine: UV_IMAGE, else the Dockerfile's own, else a stand-in.

    The stand-in is made from the uv program in this toolkit's environment, only where that has the same version.
    Raises ToolError where none of them is to be had.
    """
    named = os.environ.get("UV_IMAGE")
    reference = named or argument_default(dockerfile(root, "latest"), "UV_IMAGE")
    version = reference.rsplit(":", 1)[-1].split("@", 1)[0]
    stand_in = f"{_UV_STAND_IN}:{version}"
    if has_image(engine, reference):
        return reference
    if not named and has_image(engine, stand_in):
        return stand_in
    reason = pull(engine, reference, say)
    if not reason:
        return reference
    if named:
        raise ToolError(f"UV_IMAGE={named} cannot be pulled: {reason}.", fix="Name one that can, or unset UV_IMAGE.")
    program = _uv_program(version)
    if program is None:
        raise ToolError(
            f"The image {reference} is not on this engine and cannot be pulled: {reason}.",
            fix="Set UV_IMAGE to one you can pull (a mirror's); uv of that version in this environment does too.",
        )
    say(f"{reference} cannot be pulled ({reason}): making a stand-in from the uv of this toolkit's environment")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy2(program, Path(folder, "uv"))
        Path(folder, "uv").chmod(0o755)
        Path(folder, "Dockerfile").write_text("FROM scratch\nCOPY uv /uv\n", encoding="utf-8")
        run_build(builder, ["--tag", stand_in, folder], Path(folder, "log"), lambda _line: None)
    return stand_in


def _uv_program(version: str) -> Path | None:
    """Return this environment's uv if it is that version and runs in a Linux container, else None."""
    try:
        import uv
    except ImportError:
        return None
    if sys.platform != "linux":
        return None
    program = Path(uv.find_uv_bin())
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    return program if done.stdout.split()[1:2] == [version] else None
