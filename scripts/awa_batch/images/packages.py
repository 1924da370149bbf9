"""Packages that job code may import: add one, lock, and put it where jobs run on this machine.

Everything is worked out in a copy; the clone's files change when all of it went well. The editor of pyproject.toml and
the resolver are uv's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from awa_batch.errors import ToolError, UsageError
from awa_batch.files import write_whole
from awa_batch.images.downloads import ca_bundle, package_index
from awa_batch.images.make_process_image import uv_program
from awa_batch.text import Field, Say, Step

PROJECT = "container/latest/pyproject.toml"
LOCKS = ("container/latest/requirements.lock", "requirements.lock", "requirements-dev.lock")
_READ = ("pyproject.toml", "scripts/local_batch/pyproject.toml", "scripts/lock.sh")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._ -]+\])?\s*([<>=!~].*)?")
_SECONDS = 600.0


def change_packages(root: Path, packages: Sequence[str], say: Say, *, remove: bool = False) -> list[str]:
    """Add packages (``polars``, ``polars>=1.2``) to the jobs' image, or take them out; return what was locked anew.

    What is returned are lines of the image's lock, ``name==version``. Raises UsageError for a name that is none or that
    the package index does not have, and where no versions fit each other; ToolError where the index is not reached.
    Nothing is changed then.
    """
    for package in packages:
        if len(package) > 200 or not _REQUIREMENT.fullmatch(package.strip()) or "://" in package:
            raise UsageError(
                Field("package", package),
                " is not a package of the index.",
                fix="Write its name, or name and versions as in 'polars>=1.2'. Paths and addresses have no hash.",
            )
    before = _locked(root / LOCKS[0])
    with tempfile.TemporaryDirectory(prefix="awa-batch-lock-") as temporary:
        copy = Path(temporary)
        for name in (*_READ, PROJECT, *LOCKS):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
        uv = uv_program()
        say(f"{'Taking out' if remove else 'Adding'} {', '.join(packages)} and locking")
        folder = str((copy / PROJECT).parent)
        verb = ["remove"] if remove else ["add"]
        _uv([uv, *verb, "--frozen", "--project", folder, *packages], copy, packages)
        _uv(["sh", str(copy / "scripts/lock.sh"), "jobs"], copy, packages, UV=uv)
        changed = {name: (copy / name).read_text(encoding="utf-8") for name in (PROJECT, *LOCKS)}
    kept = {name: (root / name).read_text(encoding="utf-8") for name in changed}
    try:
        for name, text in changed.items():
            write_whole(root / name, text)
    except BaseException:  # a full disk, Ctrl-C: all of them, or none
        for name, text in kept.items():
            write_whole(root / name, text)
        raise
    return sorted(_locked(root / LOCKS[0]) - before)


def install(root: Path, say: Say) -> None:
    """Bring the clone's environment to its lock: jobs on this machine and their tests find the packages there."""
    say("Installing into .venv, where jobs run on this machine and in their tests")
    done = subprocess.run(
        ["sh", str(root / "scripts/setup.sh"), "base"], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ToolError(f"The packages are locked but not installed: {said}", fix=("Run ", Step("setup"), "."))


def _locked(lock: Path) -> set[str]:
    return set(re.findall(r"(?m)^([A-Za-z0-9._-]+==[^ \\;]+)", lock.read_text(encoding="utf-8")))


def _uv(command: list[str], folder: Path, packages: Sequence[str], **variables: str) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    if bundle := ca_bundle():
        env["SSL_CERT_FILE"] = str(bundle)
    if index := package_index():
        env["UV_DEFAULT_INDEX"] = index
    try:
        done = subprocess.run(
            command, cwd=folder, env=env | variables, capture_output=True, text=True, check=False, timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ToolError(
            f"Locking did not end within {_SECONDS:g} s.", fix="Check the network to the package index, then try again."
        ) from None
    if done.returncode == 0:
        return
    said = " ".join(done.stderr.split())
    because = re.search(r"Because .*", said)
    names = " ".join(packages)
    if because or "could not be found in" in said or "not found in" in said:
        reason = because[0] if because else said
        raise UsageError(
            Field("package", names),
            f": no versions fit. {reason[:400]}",
            fix="Check the name, or name other versions ('polars>=1.2').",
        )
    raise ToolError(
        f"uv could not lock {names}: {said[-400:]}",
        fix="Check the network to the package index (and CA_BUNDLE, UV_DEFAULT_INDEX), then try again.",
    )
