"""What an image's own ``before_build.py`` checks and gives, before the image is built.

A folder container/<image> may hold such a script. It runs with the toolkit's Python on this machine, before anything is
built. What is wrong it says on stderr, in one line and one of what to do, and exits with 2, or with 3 where AWS refused
it. Else it prints a JSON object; each of these may be left out:

    {"repositories": {"scoring": "<commit>"},    other repositories that go into the image
     "secrets": {"git_credentials": "…"},        BuildKit secrets: id → value
     "ssh": "default"}                           the ssh agent or key for the build, as `docker build --ssh` takes it
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from awa_batch.errors import AwsError, ToolError, UsageError

SCRIPT = "before_build.py"
_SECONDS = 120.0  # it asks git and perhaps AWS for something; the build itself is not its work
_SECRET = re.compile(r"[A-Za-z0-9_]+")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""A whole commit id, SHA-1 or SHA-256."""


@dataclass(frozen=True)
class Prepared:
    """What goes into a build beside the files: other repositories (name → commit), secrets (id → value), ssh."""

    repositories: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    ssh: str = ""


def before_build(root: Path, name: str) -> Prepared:
    """Run the script of container/<name>, where it has one, and return what it gives.

    Raises UsageError with what the script refuses, AwsError with what AWS refused it, ToolError where it fails or its
    answer is none.
    """
    script = root / "container" / name / SCRIPT
    if not script.is_file():
        return Prepared()
    shown = script.relative_to(root)
    try:
        done = subprocess.run(
            [sys.executable, str(script)], cwd=root, capture_output=True, text=True, timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ToolError(f"{shown} did not end within {_SECONDS:g} s.", fix=f"Run it: python {shown}.") from None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
    for refused in (UsageError, AwsError):
        if done.returncode == refused.exit_code:
            raise refused(lines[0], fix=" ".join(lines[1:]))
    if done.returncode:
        raise ToolError(f"{shown} failed (exit code {done.returncode}): {lines[-1]}.", fix=f"Run it: python {shown}.")
    try:
        return _read(json.loads(done.stdout))
    except ValueError as error:
        raise ToolError(f"{shown} printed no answer that can be used: {error}.", fix="Correct the script.") from None


def _read(answer: object) -> Prepared:
    """Check what a script printed. Raises ValueError."""
    if not isinstance(answer, dict):
        raise ValueError("not a JSON object")
    if unknown := sorted(set(answer) - {"repositories", "secrets", "ssh"}):
        raise ValueError(f"it has {', '.join(unknown)}")
    repositories, secrets, ssh = answer.get("repositories", {}), answer.get("secrets", {}), answer.get("ssh", "")
    for what, values in (("repositories", repositories), ("secrets", secrets)):
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise ValueError(f"{what} is not an object of texts")
    if unpinned := sorted(name for name, commit in repositories.items() if not _COMMIT.fullmatch(commit)):
        raise ValueError(f"the repositories {', '.join(unpinned)} have no whole commit id")
    if wrong := sorted(name for name in secrets if not _SECRET.fullmatch(name)):
        raise ValueError(f"{', '.join(wrong)} is no id of a secret")
    if not isinstance(ssh, str):
        raise ValueError("ssh is not a text")
    return Prepared(repositories, secrets, ssh)
