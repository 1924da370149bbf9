"""Check that the submodules below repositories/ are there, at the commits that this repository has of them.

Run by `awa-batch build` before the build; prints which commits go in. What is wrong goes to stderr, with exit code 2.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(os.path.relpath(Path(__file__).parent / "repositories"))
_STATUS = re.compile(r"(?P<state>[ +U-])(?P<commit>[0-9a-f]{40,64}) (?P<path>.+?)(?: \([^()]*\))?")
"""A line of git-submodule(1) status."""


class RefusedError(Exception):
    """A submodule is not as it is to be; ``str()`` is one line and one of what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}\n  {fix}")


def git(*arguments: str, folder: Path = FOLDER) -> str:
    """Return what git says in ``folder``. Raises RefusedError."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise RefusedError(f"git cannot be run: {error.strerror}.", "Install git.") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise RefusedError(f"git cannot tell of {folder}: {said}", "Build in a clone of the project.")
    return done.stdout


def submodules(folder: Path = FOLDER) -> dict[str, str]:
    """Return the submodules, name → commit.

    Raises RefusedError where one is not there, is at another commit than this repository has of it, or was changed.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        raise RefusedError(
            f"{folder} holds no submodule.", f"Add one: git submodule add URL {folder.name}/NAME (in {folder.parent})."
        )
    found = {}
    for line in git("submodule", "status", "--recursive", "--", ".", folder=folder).splitlines():
        status = _STATUS.fullmatch(line)
        if status is None:
            raise RefusedError(f"git submodule status says {line!r}.", "Look at it by hand.")
        path = folder / status["path"]
        if status["state"] == "-":
            raise RefusedError(
                f"The submodule {path} is not initialised.", "Run: git submodule update --init --recursive"
            )
        if status["state"] != " ":
            raise RefusedError(
                f"The submodule {path} is at another commit than this repository has of it.",
                f"Take that commit over (git add {path}), or go back: git submodule update --init --recursive",
            )
        if git("status", "--porcelain", folder=path).strip():
            raise RefusedError(
                f"The submodule {path} has changes that are not committed: no commit would tell what is in the image.",
                "Commit and push them there, then git add the submodule here.",
            )
        if "/" not in status["path"]:
            found[status["path"]] = status["commit"]
    if others := sorted(entry.name for entry in folder.iterdir() if entry.name not in found):
        raise RefusedError(
            f"{folder / others[0]} is no submodule: no commit would tell what is in the image.",
            f"Add it as one (git submodule add URL {folder.name}/{others[0]}), or take it out.",
        )
    return found


def main() -> int:
    """Check, and print what the build gets."""
    try:
        print(json.dumps({"repositories": submodules()}))
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
