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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from awa_batch.errors import ToolError, UsageError
from awa_batch.files import write_whole
from awa_batch.images.downloads import ca_bundle, package_index
from awa_batch.images.make_process_image import uv_program
from awa_batch.images.projects import (
    LATEST_IMAGE,
    check_image,
    check_job,
    image_lock,
    image_of_job,
    image_project,
    job_lock,
    job_project,
    locked_images,
    new_project,
    own_locks,
    projects,
)
from awa_batch.text import Field, Part, Say, Step

CLONE_LOCKS = ("requirements.lock", "requirements-dev.lock")
"""The locks of the clone's own environment, which holds what jobs of ``latest`` import in the same versions."""
_READ = ("pyproject.toml", "scripts/local_batch/pyproject.toml", "scripts/lock.sh")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._ -]+\])?\s*([<>=!~].*)?")
_SECONDS = 600.0


@dataclass(frozen=True)
class Locked:
    """What was locked: the lock, its new pins (``name==version``), and the project that says what is asked for."""

    lock: str
    project: str
    pins: tuple[str, ...]


class _NoVersionsError(Exception):
    """The resolver found no versions that fit; its text says why."""


def change_packages(
    root: Path,
    packages: Sequence[str],
    say: Say,
    *,
    remove: bool = False,
    job: str | None = None,
    image: str | None = None,
) -> Locked:
    """Add packages (``polars``, ``polars>=1.2``) to the jobs' image, or take them out, and lock.

    ``image`` is another image than ``latest``. With ``job`` they are that job's own, and the lock is that of the image
    which it runs in. Without packages what was
    changed by hand is locked. Raises UsageError for a name that is none or that the package index does not have, for a
    job that is none, and where no versions fit each other, naming whose they are; ToolError where the index is not
    reached. Nothing is changed then.
    """
    for package in packages:
        if len(package) > 200 or not _REQUIREMENT.fullmatch(package.strip()) or "://" in package:
            raise UsageError(
                Field("package", package),
                " is not a package of the index.",
                fix="Write its name, or name and versions as in 'polars>=1.2'. Paths and addresses have no hash.",
            )
    if job is not None:
        check_job(root, job)
        if image is not None:
            raise UsageError(
                Field("image", image),
                ": a job's packages are in the image that the job runs in.",
                fix="Leave one of the two out.",
            )
    elif image is not None:
        check_image(root, image)
    project = job_project(job) if job else image_project(image or LATEST_IMAGE)
    if job and remove and not (root / project).is_file():
        raise UsageError(
            Field("job", job),
            " has no packages of its own.",
            fix=f"Leave the job out to change {image_project(LATEST_IMAGE)}.",
        )
    image = image_of_job(root, job) if job else image or LATEST_IMAGE
    projects(root, image)  # one that cannot be read is refused before anything is asked
    own = job_lock(root, job) if job else None
    lock = own or image_lock(image)
    before = _pins(root / lock)
    with tempfile.TemporaryDirectory(prefix="awa-batch-lock-") as temporary:
        copy = Path(temporary)
        _copy(root, copy)
        if job and not (copy / project).is_file():
            (copy / project).write_text(new_project(job), encoding="utf-8")
        uv = uv_program()
        if packages:
            say(f"{'Taking out' if remove else 'Adding'} {', '.join(packages)} and locking")
            verb = "remove" if remove else "add"
            _uv([uv, verb, "--frozen", "--project", str((copy / project).parent), *packages], copy, packages)
        else:
            say(f"Locking {lock}")
        of = ["job", str(job)] if own else ["image", image]
        try:
            _uv(["sh", str(copy / "scripts/lock.sh"), *of], copy, packages, UV=uv)
        except _NoVersionsError as error:
            asked = [*projects(copy, image), *([project] if own else [])]
            raise _conflict(copy, uv, asked, packages, str(error)) from None
        with_latest = () if own or image != LATEST_IMAGE else (*CLONE_LOCKS, *own_locks(root))
        locks = (lock, *with_latest)
        changed = {name: (copy / name).read_text(encoding="utf-8") for name in (project, *locks)}
    _replace(root, changed)
    return Locked(lock, project, tuple(sorted(_pins(root / lock) - before)))


def lock_new(copy: Path, image: str) -> None:
    """Lock an image of ``copy`` that is not among the clone's yet. Raises as `change_packages` does."""
    uv = uv_program()
    try:
        _uv(["sh", str(copy / "scripts/lock.sh"), "image", image], copy, (), UV=uv)
    except _NoVersionsError as error:
        raise _conflict(copy, uv, projects(copy, image), (), str(error)) from None


def _copy(root: Path, copy: Path) -> None:
    """Copy what locking reads and writes."""
    images = locked_images(root)
    found = [path.relative_to(root).as_posix() for path in (root / "jobs").glob("*/pyproject.toml")]
    found += own_locks(root)
    found += [one(image) for image in images for one in (image_project, image_lock)]
    for name in (*_READ, *CLONE_LOCKS, *found):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, copy / name)
    for image in images:  # an image is a folder with a Dockerfile
        (copy / "container" / image / "Dockerfile").touch()
    for job in (root / "jobs").glob("*/run_batch.py"):
        (copy / "jobs" / job.parent.name).mkdir(parents=True, exist_ok=True)


def _replace(root: Path, changed: Mapping[str, str]) -> None:
    """Write files, all of them or none."""
    kept = {name: (root / name).read_text(encoding="utf-8") if (root / name).is_file() else None for name in changed}
    try:
        for name, text in changed.items():
            write_whole(root / name, text)
    except BaseException:  # a full disk, Ctrl-C
        for name, old in kept.items():
            if old is None:
                (root / name).unlink(missing_ok=True)
            else:
                write_whole(root / name, old)
        raise


def _conflict(copy: Path, uv: str, left: list[str], packages: Sequence[str], said: str) -> UsageError:
    """Return the error that names whose requirements do not fit: the fewest projects that have no versions together."""
    asked: tuple[Part, ...] = (Field("package", " ".join(packages)), ": ") if packages else ()
    reason = _resolve(copy, uv, left)
    if reason is None:  # they fit each other: they do not fit in another environment that has the same versions
        return UsageError(
            *asked,
            f"no versions fit the toolkit's own, beside which jobs run here, or a job with its own lock. {said[:300]}",
            fix=("Name other versions, or give the job an image of its own: ", Step("new-image"), "."),
        )
    for one in tuple(left):
        rest = [other for other in left if other != one]
        if rest and (without := _resolve(copy, uv, rest)) is not None:
            left, reason = rest, without
    whose = [name.removesuffix("/pyproject.toml") for name in left]
    if len(whose) == 1:
        return UsageError(
            *asked,
            f"no versions fit in {whose[0]}. {reason[:400]}",
            fix="Check the name, or name other versions ('polars>=1.2').",
        )
    return UsageError(
        *asked,
        f"{', '.join(whose[:-1])} and {whose[-1]} have no versions in common. {reason[:400]}",
        fix=("Name versions that fit, or give one of these jobs an image of its own: ", Step("new-image"), "."),
    )


def _resolve(copy: Path, uv: str, names: Sequence[str]) -> str | None:
    """Return why projects have no versions together, None where they have. As lock.sh asks, without hashes."""
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--no-header", *names]
    try:
        _uv([*command, "-o", str(copy / "resolved.txt")], copy, ())
    except _NoVersionsError as error:
        return str(error)
    return None


def install(root: Path, say: Say) -> None:
    """Bring the clone's environment to its lock: jobs on this machine and their tests find the packages there."""
    say("Installing into .venv, where jobs run on this machine and in their tests")
    done = subprocess.run(
        ["sh", str(root / "scripts/setup.sh"), "base"], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ToolError(f"The packages are locked but not installed: {said}", fix=("Run ", Step("setup"), "."))


def _pins(lock: Path) -> set[str]:
    return set(re.findall(r"(?m)^([A-Za-z0-9._-]+==[^ \\;]+)", lock.read_text(encoding="utf-8")))


def _uv(command: list[str], folder: Path, packages: Sequence[str], **variables: str) -> None:
    """Run uv, or a script that runs it. Raises _NoVersionsError with its reason, ToolError for all else."""
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
    if because or "could not be found in" in said or "not found in" in said:
        raise _NoVersionsError(because[0] if because else said)
    raise ToolError(
        f"uv could not lock {' '.join(packages) or 'the packages'}: {said[-400:]}",
        fix="Check the network to the package index (and CA_BUNDLE, UV_DEFAULT_INDEX), then try again.",
    )
