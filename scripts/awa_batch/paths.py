"""Where things lie: the project (a clone) and the user's state directory for it."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from awa_batch.errors import UsageError

ROOT_VARIABLE = "AWA_BATCH_ROOT"
STATE_VARIABLE = "AWA_BATCH_STATE_DIR"
_MARKS = ("terraform/modules/platform", "scripts/awa_batch")


def _is_project(folder: Path) -> bool:
    return all((folder / mark).is_dir() for mark in _MARKS)


@cache
def project_root() -> Path:
    """Return the clone that commands work on.

    ``AWA_BATCH_ROOT`` if set, else the nearest project folder above the working directory, else the clone that this
    package is installed from. Raises UsageError where there is none.
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
    raise UsageError(
        "No awa-batch project found in this folder or above it.",
        fix=f"Change into your clone, or set {ROOT_VARIABLE} to its folder.",
    )


def state_dir() -> Path:
    """Return this clone's state directory (not created): pids, ports, logs, job history, images for processes.

    ``AWA_BATCH_STATE_DIR`` if set, else ``$XDG_STATE_HOME/awa-batch/<folder>-<hash of its path>``, so that two clones
    on one machine never share a local AWS.
    """
    if named := os.environ.get(STATE_VARIABLE):
        return Path(named).expanduser().resolve()
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    root = project_root()
    mark = hashlib.sha256(str(root).encode()).hexdigest()[:8]
    return home / "awa-batch" / f"{root.name}-{mark}"
