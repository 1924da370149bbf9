"""Build an image of this project with BuildKit."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from awa_batch.errors import ToolError, UsageError
from awa_batch.images.context import LATEST, revision
from awa_batch.images.docker_engine import Builder, Engine, find_builder
from awa_batch.text import Say

PULL_SECONDS = 300.0  # a slow line may take this long for a base image
SOURCES = {"latest": LATEST, "test": ("container/test",)}

_INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_SHOWN = 110  # characters of a step that are said
_UV_STAND_IN = "awa-batch.local/uv"
_STEP = re.compile(r"^#(\d+) (\[[^\]]+\] .+)$")
_PROGRESS = re.compile(r"^#(\d+) (DONE|\d+\.\d+ )")


class BaseImageUnavailableError(ToolError):
    """The Python base image is neither on this engine nor to be pulled: jobs can still run as processes."""


class BuildFailedError(ToolError):
    """The build ran and failed."""


@dataclass(frozen=True)
class BuiltImage:
    """An image that the engine holds. ``reference`` carries the tag for people (the revision)."""

    name: str
    reference: str
    image_id: str
    revision: str
    seconds: float


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


def ca_bundle() -> Path | None:
    """Return the CA bundle that package downloads in a build need: CA_BUNDLE, else SSL_CERT_FILE, else None.

    Raises UsageError where CA_BUNDLE names a file that is not there (an SSL_CERT_FILE that is not there is passed over:
    nobody set it for this toolkit).
    """
    if named := os.environ.get("CA_BUNDLE"):
        path = Path(named).expanduser()
        if not path.is_file():
            raise UsageError(f"CA_BUNDLE={named}: there is no such file.", fix="Name a PEM file, or unset CA_BUNDLE.")
        return path.resolve()
    usual = os.environ.get("SSL_CERT_FILE")
    return Path(usual).resolve() if usual and Path(usual).is_file() else None


def package_index() -> str | None:
    """Return the package index to install from where one is set: uv's own variables, else pip's; else None."""
    return next((os.environ[name] for name in _INDEX_VARIABLES if os.environ.get(name)), None)


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
        _run_build(builder, ["--tag", stand_in, folder], Path(folder, "log"), lambda _line: None)
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


def build_image(
    name: str, *, root: Path, engine: Engine, state_dir: Path, say: Say, platform: str | None = None
) -> BuiltImage:
    """Build container/<name> and return it. With nothing changed the engine's cache answers in about a second.

    ``platform`` (``linux/amd64``) is what the image is to run on; default: as the engine.
    The full output goes to ``<state_dir>/build-<name>.log``. Raises UsageError (no such image),
    BaseImageUnavailableError, BuilderUnavailableError and BuildFailedError.
    """
    started = time.monotonic()
    path = dockerfile(root, name)
    builder = find_builder(engine)
    mark = revision(root, SOURCES[name])
    reference = f"awa-batch/{name}:{mark}"
    options = ["--file", str(path), "--build-arg", f"PYTHON_IMAGE={python_image(root, name, engine, say)}"]
    if name == "latest":
        options += ["--build-arg", f"UV_IMAGE={uv_image(root, engine, builder, say)}"]
    options += ["--build-arg", f"IMAGE_REVISION={mark}"]
    if platform:
        options += ["--platform", platform]
    bundle = ca_bundle()
    if bundle is not None:
        options += ["--secret", f"id=ca_bundle,src={bundle}"]
    say(f"Building {reference} with {builder.description}")
    with tempfile.TemporaryDirectory() as folder:
        if index := package_index():
            secret = Path(folder, "index")
            secret.touch(mode=0o600)
            secret.write_text(index, encoding="utf-8")
            options += ["--secret", f"id=uv_default_index,src={secret}"]
        id_file = Path(folder, "id")
        state_dir.mkdir(parents=True, exist_ok=True)
        log = state_dir / f"build-{name}.log"
        _run_build(builder, [*options, "--iidfile", str(id_file), "--tag", reference, str(root)], log, say)
        image_id = id_file.read_text(encoding="utf-8").strip()
    seconds = time.monotonic() - started
    say(f"Built {reference} in {seconds:.1f} s")
    return BuiltImage(name, reference, image_id, mark, seconds)


def _run_build(builder: Builder, arguments: list[str], log: Path, say: Say) -> None:
    """Run the builder; every step that is not cached goes to ``say`` once. Raises BuildFailedError."""
    last: deque[str] = deque(maxlen=15)
    steps: dict[str, str] = {}  # announced by the builder, not known yet to run: it may be cached
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*builder.arguments, "--progress=plain", *arguments],
            env={**os.environ, **builder.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            assert process.stdout is not None  # noqa: S101 — PIPE was asked for
            for line in process.stdout:
                output.write(line)
                if line.strip() and " sha256:" not in line:
                    last.append(line.rstrip())
                if (step := _STEP.match(line)) and "[internal]" not in line and "] FROM " not in line:
                    steps[step.group(1)] = " ".join(step.group(2).split())
                elif (progress := _PROGRESS.match(line)) and (name := steps.pop(progress.group(1), "")):
                    say(f"  {name if len(name) <= _SHOWN else name[: _SHOWN - 1] + '…'}")
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code != 0:
        raise BuildFailedError(
            f"The image build failed (exit code {code}). Its last lines:\n    " + "\n    ".join(last),
            fix=f"The whole output: {log}",
        )
