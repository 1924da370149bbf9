"""The images that ours are built from: there on the engine, pulled, or made of what this machine has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from awa_batch.errors import ToolError, UsageError
from awa_batch.images.base_names import BaseName, base_name, base_names
from awa_batch.images.buildkit import run_build
from awa_batch.images.context import BASE_IMAGES
from awa_batch.images.docker_engine import Builder, Engine
from awa_batch.images.dockerfiles import dockerfile
from awa_batch.text import Say, Step

PULL_SECONDS = 300.0  # a slow line may take this long for a base image
STAND_IN = "awa-batch.stand-in"
"""The label of images that were made here because no registry could be reached."""
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


def python_image(root: Path, name: str, engine: Engine, say: Say, argument: str = "PYTHON_IMAGE") -> str:
    """Return the Python image that a Dockerfile's ``argument`` names, there on the engine.

    It is what the variable of that name says, else PYTHON_IMAGE, else `base_names`, else the Dockerfile's own. Where
    one with a digest cannot be pulled, a stand-in with its tag is taken, and that is said. Raises
    BaseImageUnavailableError where none is to be had.
    """
    named = os.environ.get(argument) or os.environ.get("PYTHON_IMAGE")
    wanted = BaseName(named) if named else _named(root, name, argument)
    if has_image(engine, wanted.reference) or not (reason := pull(engine, wanted.reference, say)):
        return wanted.reference
    if wanted.digest and is_stand_in(engine, wanted.tagged):
        say(f"{wanted.reference} cannot be pulled ({reason}): building on the stand-in {wanted.tagged}, by its tag")
        return wanted.tagged
    raise BaseImageUnavailableError(
        f"The base image {wanted.reference} is not on this engine and cannot be pulled: {reason}.",
        fix="Set PYTHON_IMAGE to one you can pull (a mirror's), or make it from Debian packages: "
        "container/offline/make-base-images.sh.",
    )


def _named(root: Path, name: str, argument: str) -> BaseName:
    """Return what an image's build ``argument`` is where no variable says it. Raises UsageError where nothing does."""
    bases = base_names(root)
    if argument not in bases and (default := _default(dockerfile(root, name), argument)):
        return base_name(default, argument)
    found = bases.get(argument) or bases.get("PYTHON_IMAGE")
    if found is None:
        raise UsageError(f"{BASE_IMAGES} does not name {argument}.", fix=f"Write {argument}=IMAGE:TAG into it.")
    return found


def _default(path: Path, argument: str) -> str:
    found = re.search(rf"^ARG {re.escape(argument)}=(\S+)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def is_stand_in(engine: Engine, reference: str) -> bool:
    """Return whether ``reference`` was made by container/offline/make-base-images.sh, or by a build."""
    done = subprocess.run(
        [str(engine.command), "image", "inspect", "--format", f'{{{{index .Config.Labels "{STAND_IN}"}}}}', reference],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode == 0 and done.stdout.strip() not in ("", "<no value>")


def say_by_tag(engine: Engine, references: Iterable[str], say: Say) -> None:
    """Say in one line which base images of a build go by a tag, where any does: it may mean another image tomorrow."""
    by_tag = sorted({one for one in references if "@sha256:" not in one})
    if by_tag:
        told = ", ".join(f"{one} (a stand-in)" if is_stand_in(engine, one) else one for one in by_tag)
        say((f"By tag, not by digest: {told}. Where a registry can be reached: ", Step("pin"), "."))


def uv_image(root: Path, engine: Engine, builder: Builder, say: Say, name: str = "latest") -> str:
    """Return the image that holds uv, there on the engine: UV_IMAGE, else that of `base_names`, else a stand-in.

    The stand-in is made from the uv program in this toolkit's environment, only where that has the same version.
    Raises ToolError where none of them is to be had.
    """
    named = os.environ.get("UV_IMAGE")
    wanted = BaseName(named) if named else _named(root, name, "UV_IMAGE")
    if has_image(engine, wanted.reference):
        return wanted.reference
    if named:
        if reason := pull(engine, named, say):
            raise ToolError(
                f"UV_IMAGE={named} cannot be pulled: {reason}.", fix="Name one that can, or unset UV_IMAGE."
            )
        return named
    stand_in = f"{_UV_STAND_IN}:{wanted.tag}"
    if not wanted.digest and has_image(engine, stand_in):
        return stand_in
    reason = pull(engine, wanted.reference, say)
    if not reason:
        return wanted.reference
    if wanted.digest:  # it was worth the try: a stand-in is no more than what else there is
        for made in (wanted.tagged, stand_in):
            if is_stand_in(engine, made):
                say(f"{wanted.reference} cannot be pulled ({reason}): taking the stand-in {made}, by its tag")
                return made
    program = _uv_program(wanted.tag)
    if program is None:
        raise ToolError(
            f"The image {wanted.reference} is not on this engine and cannot be pulled: {reason}.",
            fix="Set UV_IMAGE to one you can pull (a mirror's); uv of that version in this environment does too.",
        )
    say(f"{wanted.reference} cannot be pulled ({reason}): making a stand-in from the uv of this toolkit's environment")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy2(program, Path(folder, "uv"))
        Path(folder, "uv").chmod(0o755)
        Path(folder, "Dockerfile").write_text(
            f"FROM scratch\nCOPY uv /uv\nLABEL {STAND_IN}=uv-wheel\n", encoding="utf-8"
        )
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
