"""Where things lie: the project (a clone) and the user's state directory for it."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from functools import cache
from pathlib import Path

from awa_batch.errors import NoCloneError, UsageError

ROOT_VARIABLE = "AWA_BATCH_ROOT"
STATE_VARIABLE = "AWA_BATCH_STATE_DIR"
CONTRACT_VARIABLE = "AWA_BATCH_CONTRACT"
"""Names the contract where it is not read from Terraform: a file, or an address in S3."""
_MARKS = ("terraform/modules/platform", "scripts/awa_batch")


def _is_project(folder: Path) -> bool:
    return all((folder / mark).is_dir() for mark in _MARKS)


@cache
def project_root() -> Path:
    """Return the clone that commands work on.

    ``AWA_BATCH_ROOT`` if set, else the nearest project folder above the working directory, else the clone that this
    package is installed from. Raises NoCloneError where there is none: it was installed from a wheel.
    """
    if named := os.environ.get(ROOT_VARIABLE):
        root = Path(named).expanduser().resolve()
        if not _is_project(root):
            raise UsageError(
                f"{ROOT_VARIABLE}={named} is not an awa-batch project: it has no {_MARKS[0]}.",
                fix=f"Set {ROOT_VARIABLE} to the folder of your clone, or unset it and work inside the clone.",
            )
        return root
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if _is_project(folder):
            return folder
    raise NoCloneError(
        "No awa-batch project found in this folder or above it: this needs a clone.",
        fix=f"Change into your clone, or set {ROOT_VARIABLE} to its folder. Who only submits and watches jobs sets "
        f"{CONTRACT_VARIABLE} instead (docs/install.md).",
    )


def is_project() -> bool:
    """Return whether there is a clone to work on."""
    try:
        project_root()
    except UsageError:
        return False
    return True


def state_dir() -> Path:
    """Return this clone's state directory (not created): pids, ports, logs, job history, images for processes.

    ``AWA_BATCH_STATE_DIR`` if set, else ``$XDG_STATE_HOME/awa-batch/<folder>-<hash of its path>``, so that two clones
    on one machine never share a local AWS. Without a clone, one for each contract that AWA_BATCH_CONTRACT names. Raises
    NoCloneError where there is neither.
    """
    if named := os.environ.get(STATE_VARIABLE):
        return Path(named).expanduser().resolve()
    try:
        root = project_root()
    except NoCloneError:
        if not (contract := os.environ.get(CONTRACT_VARIABLE)):
            raise
        name, place = "contract", contract if "://" in contract else str(Path(contract).expanduser().absolute())
    else:
        name, place = root.name, str(root)
    home = Path(os.environ.get("XDG_STATE_HOME") or _home_state() or _temporary_state())
    return home / "awa-batch" / f"{name}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


def homeless_note() -> str:
    """Return what to tell a user who has no home, where the state goes to a temporary folder for that; else ""."""
    if os.environ.get(STATE_VARIABLE) or os.environ.get("XDG_STATE_HOME") or _home_state():
        return ""
    return f"No home directory: the state is kept in {_temporary_state()}. Set {STATE_VARIABLE} for a lasting place."


def _home_state() -> Path | None:
    """Return where state lies in the user's home; None without HOME and without an entry in the list of users."""
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:
        return None


@cache
def _temporary_state() -> Path:
    """Return a folder under TMPDIR that is this user's alone, made where it is missing.

    Raises UsageError where another user has put something in its place.
    """
    folder = Path(tempfile.gettempdir()) / f"awa-batch-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise UsageError(
            f"There is no home directory, and {folder} is not this user's own private folder.",
            fix=f"Set {STATE_VARIABLE} to a folder for the state.",
        )
    return folder
