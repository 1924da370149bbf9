"""Process images: what an image holds, as a folder, so that jobs run without a container engine."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from awa_batch.duration import duration_text
from awa_batch.errors import ToolError
from awa_batch.files import new_folder
from awa_batch.images.context import context_digest, context_files, file_mode, revision
from awa_batch.images.dockerfiles import argument_default, dockerfile
from awa_batch.images.downloads import ca_bundle, package_index
from awa_batch.local_server import PROCESS_REGISTRY
from awa_batch.text import Say, Step

INSTALL_SECONDS = 600.0
_DONE = "installed"

FOLDER = "process-images"
_ENVIRONMENTS = "process-environments"
_FORMAT = "2"  # part of the digest: raise it when this module lays an image out in another way
KEPT_IMAGES = 30
"""Images that are kept, the newest: a retry runs the revision that the job ran. Each has the jobs' code alone."""
KEPT_ENVIRONMENTS = 3
"""Environments that are kept, the newest, with the images that use them: one for each lock, of 100 MB and more."""


def is_process_image(image: str) -> bool:
    """Return whether an image reference names a process image."""
    return image.startswith(f"{PROCESS_REGISTRY}/")


def has_process_image(state_dir: Path, digest: str) -> bool:
    """Return whether a process image (``sha256:…``) is there."""
    return _read(state_dir / FOLDER / digest.removeprefix("sha256:")) is not None


def _read(folder: Path) -> dict[str, dict[str, str]] | None:
    try:
        about = json.loads((folder / "image.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about if isinstance(about, dict) else None


def _digest(root: Path, files: list[str], version: str) -> str:
    python = f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}"
    return context_digest(root, files, _FORMAT, python, version)


def build_process_image(root: Path, state_dir: Path, say: Say) -> str:
    """Make the process image of this source, and return its reference; quick where it is there already.

    The same source and Python (minor version) always give the same digest. It is made in a folder of its own and
    renamed when whole, so that there is never half of one. Raises ToolError where uv is missing or fails.
    """
    files = context_files(root)
    version = argument_default(dockerfile(root, "latest"), "IMAGE_VERSION")
    digest = _digest(root, files, version)
    reference = f"{PROCESS_REGISTRY}/latest@sha256:{digest}"
    images = state_dir / FOLDER
    if _read(images / digest) is not None:
        return reference
    started = time.monotonic()
    say(f"Making the process image {digest[:12]} (no container engine needed)")
    try:
        environment = _environment(root, files, state_dir, say)
        with new_folder(images / digest, clear=True, private=True) as folder:
            _fill(root, files, folder, environment)
            about = {
                "name": "latest",
                "digest": f"sha256:{digest}",
                "env": {
                    "PATH_PREPEND": "venv/bin",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PYTHONUNBUFFERED": "1",
                    "IMAGE_NAME": "latest",
                    "IMAGE_VERSION": version,
                    "IMAGE_REVISION": revision(root),
                },
                "command": ["python", "run_batch.py"],
                "working_dir": "app",
            }
            (folder / "image.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    except OSError:
        if _read(images / digest) is None:  # else another process made the same one meanwhile
            raise
    say(f"Made the process image in {duration_text(time.monotonic() - started)}")
    _prune(state_dir)
    return reference


def _prune(state_dir: Path) -> None:
    """Remove old images and the environments that no kept one uses. What cannot be removed stays."""
    images, environments = state_dir / FOLDER, state_dir / _ENVIRONMENTS
    known = [folder for folder in _newest(images) if _read(folder) is not None]
    kept: list[Path] = []
    used: list[Path] = []
    for folder in known:
        own = (folder / "venv").resolve()
        if len(kept) >= KEPT_IMAGES or (own not in used and len(used) >= KEPT_ENVIRONMENTS):
            shutil.rmtree(folder, ignore_errors=True)
            continue
        kept.append(folder)
        used += [own] if own not in used else []
    for folder in _newest(environments):
        if (folder / "venv").resolve() not in used:
            shutil.rmtree(folder, ignore_errors=True)


def _newest(folder: Path) -> list[Path]:
    """Return a folder's own folders, the newest first."""
    there = folder.iterdir() if folder.is_dir() else ()
    found = [path for path in there if path.is_dir() and not path.name.startswith(".")]  # else being made
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _environment(root: Path, files: list[str], state_dir: Path, say: Say) -> Path:
    """Return the folder of the environment of this lock, runtime and Python; made where it is not there yet.

    Code that changes makes a new image in no time: the packages are the same.
    """
    lock = "container/latest/requirements.lock"
    runtime = [name for name in files if name.startswith("container/runtime/")]
    python = f"{sys.implementation.name}-{sys.version_info[0]}.{sys.version_info[1]}"
    digest = context_digest(root, [lock, *runtime], _FORMAT, python, "environment")
    target = state_dir / _ENVIRONMENTS / digest
    if (target / _DONE).is_file():
        os.utime(target)  # in use: the newest are kept
        return target
    say(f"Installing the jobs' packages ({digest[:12]})")
    try:
        with new_folder(target, clear=True, private=True) as folder:
            _install(root, runtime, folder)
            (folder / _DONE).touch()
    except OSError:
        if not (target / _DONE).is_file():  # else another process made the same one meanwhile
            raise
    return target


def _fill(root: Path, files: list[str], folder: Path, environment: Path) -> None:
    """Lay out app/ in ``folder``, and venv as a way to the environment."""
    app = folder / "app"
    app.mkdir()
    for source, target in _app_files(files):
        path = app / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / source, path)
        # A job that writes into its own image fails here as it does on a read-only root file system.
        path.chmod(file_mode(root / source) & 0o555)
    (folder / "venv").symlink_to(
        Path("..") / ".." / _ENVIRONMENTS / environment.name / "venv", target_is_directory=True
    )
    python = folder / "venv/bin/python"
    _run([str(python), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(app)], folder)


def _install(root: Path, runtime: list[str], folder: Path) -> None:
    """Make venv/ in ``folder``, with what the lock says and with the runtime."""
    venv = folder / "venv"
    uv = uv_program()
    _run([uv, "venv", "--no-config", "--relocatable", "--python", sys.executable, str(venv)], folder)
    common = ["--python", str(venv), "--link-mode", "copy", "--compile-bytecode"]
    lock = root / "container/latest/requirements.lock"
    _run([uv, "pip", "sync", *common, "--require-hashes", str(lock)], folder)
    # A copy to build from, so that no path of the clone is recorded in the environment.
    source = folder / "runtime"
    for name in runtime:
        path = source / name.removeprefix("container/runtime/")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, path)
    _run([uv, "pip", "install", *common, "--offline", "--no-deps", str(source)], folder)
    shutil.rmtree(source)


def _app_files(files: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (path in the clone, path in the image's working directory), as container/latest/Dockerfile copies them."""
    for name in files:
        if name == "container/latest/run_batch.py":
            yield name, "run_batch.py"
        elif name.startswith("jobs/"):
            yield name, name


def uv_program() -> str:
    """Return the uv program: this environment's own, else the one on PATH. Raises ToolError."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        import uv

        return str(uv.find_uv_bin())
    if found := shutil.which("uv"):
        return found
    raise ToolError(
        "uv is missing: it installs the jobs' environment.", fix=("Run ", Step("setup"), ", or install uv.")
    )


def _run(arguments: list[str], folder: Path) -> None:
    """Run a program in a clean enough environment; raise ToolError with its last lines where it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    if bundle := ca_bundle():
        environment["SSL_CERT_FILE"] = str(bundle)
    if index := package_index():
        environment["UV_DEFAULT_INDEX"] = index
    try:
        done = subprocess.run(
            arguments,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise ToolError(
            f"{Path(arguments[0]).name} {arguments[1]} did not end within {INSTALL_SECONDS:g} s.",
            fix="Check the network to the package index, then try again.",
        ) from None
    if done.returncode != 0:
        lines = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise ToolError(
            f"{Path(arguments[0]).name} {' '.join(arguments[1:3])} failed (exit code {done.returncode}):\n    {lines}",
            fix="Check the network to the package index (and CA_BUNDLE, UV_DEFAULT_INDEX), then try again.",
        )
