"""What goes into an image: the files, their fingerprint and their revision in git."""

from __future__ import annotations

import fnmatch
import hashlib
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from awa_batch.errors import UsageError

BASE_IMAGES = "container/base_images.env"
"""What names the images that all of ours are built from: it makes each of them what it is."""
LATEST = ("container/latest", "container/runtime", "jobs")

# The same exclusions as .dockerignore (tests/image compares the two).
_IGNORED_NAMES = ("__pycache__", "*.pyc", ".*", "*.md", "Makefile", "test_*.py")
_DOCKERFILES = ("container/*/Dockerfile", "container/*/*/Dockerfile")
_IGNORED_PATHS = (
    *_DOCKERFILES,
    "container/*/build_and_push.sh",
    "jobs/*/data.src",
    "jobs/*/make_data.py",
    "jobs/*/init.py",
    "jobs/*/fan_out.py",
    "jobs/*/*submit*job*.py",
    "jobs/*/config.py",
    "jobs/*/pyproject.toml",
)
_REPOSITORIES = ("container/*/repositories", "container/*/*/repositories")
"""Where other repositories lie as submodules. They go into an image whole; a commit says what is in each."""


def _ignored(path: str) -> bool:
    parts = path.split("/")
    if any(fnmatch.fnmatchcase(parts[-1], pattern) for pattern in _IGNORED_NAMES):
        return True
    return _matches(path, _IGNORED_PATHS)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a path is one of ``patterns``, whose * stands for one path segment, as in .dockerignore."""
    parts = path.split("/")
    return any(
        len(pattern.split("/")) == len(parts)
        and all(fnmatch.fnmatchcase(part, piece) for part, piece in zip(parts, pattern.split("/"), strict=True))
        for pattern in patterns
    )


def _walk(root: Path, path: str) -> Iterator[str]:
    for entry in sorted((root / path).iterdir()):
        name = f"{path}/{entry.name}"
        if _ignored(name) or _matches(name, _REPOSITORIES):
            continue
        if entry.is_symlink():
            raise UsageError(
                f"{name} is a symbolic link: what it points to would not be part of the image.",
                fix="Put the file itself there, or remove the link.",
            )
        if entry.is_dir():
            yield from _walk(root, name)
        elif entry.is_file():
            yield name


def context_files(root: Path, folders: tuple[str, ...] = LATEST) -> list[str]:
    """Return the files under ``folders`` that go into an image, as sorted paths relative to ``root``.

    One of them may also be a file. Other repositories' files (`submodules`) are not among them. Raises UsageError where
    a folder is missing or holds a symbolic link.
    """
    for folder in folders:
        if not (root / folder).exists():
            raise UsageError(f"{folder} is missing in {root}.", fix="Work in a whole clone of the project.")
    found = {name for one in folders for name in ([one] if (root / one).is_file() else _walk(root, one))}
    return sorted(found)


def file_mode(path: Path) -> int:
    """Return the mode that git keeps of a file: 0o755 or 0o644, whatever the umask of the clone was."""
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def context_digest(root: Path, files: list[str], *salt: str) -> str:
    """Return the SHA-256 (64 hex) over each file's path, mode and content, and over ``salt``."""
    digest = hashlib.sha256()
    for item in salt:
        digest.update(f"{len(item)}:{item}\0".encode())
    for name in files:
        content = (root / name).read_bytes()
        digest.update(f"{name}\0{file_mode(root / name):o}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def git(root: Path, *arguments: str) -> str | None:
    """Return what git says of the clone ``root``; None where there is no git or no repository, or git refuses."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def submodules(root: Path, folders: tuple[str, ...]) -> dict[str, str]:
    """Return the git submodules under ``folders``: path → the commit that the clone's index has of it."""
    found = {}
    for line in (git(root, "ls-files", "--stage", "-z", "--", *folders) or "").split("\0"):
        mode, _, rest = line.partition(" ")
        if mode == "160000":  # a link to a commit of another repository (gitformat-index)
            commit, _, path = rest.partition(" 0\t")
            found[path] = commit
    return found


def _paths(folders: tuple[str, ...]) -> list[str]:
    """Return git's pathspecs of the files that make an image of ``folders`` what it is."""
    paths = [*folders, ".dockerignore", BASE_IMAGES]
    paths += [f":(exclude,glob)**/{name}" for name in _IGNORED_NAMES if name != ".*"]
    for ignored in _IGNORED_PATHS:
        if ignored not in _DOCKERFILES:  # it stays out of the context, yet it makes the image what it is
            paths += [f":(exclude,glob){ignored}", f":(exclude,glob){ignored}/**"]
    return paths


def revision(root: Path, folders: tuple[str, ...] = LATEST) -> str:
    """Return the short id of the last commit that changed the image, with ``-dirty`` where its files differ from it.

    A commit elsewhere in the project, or of files that stay out of the image, therefore changes nothing in it. Without
    git ``unknown``, before the first commit ``uncommitted``.
    """
    paths = _paths(folders)
    commit = git(root, "log", "-1", "--format=%h", "--abbrev=12", "--", *paths)
    changes = git(root, "status", "--porcelain", "--untracked-files=all", "--", *paths)
    if changes is None:
        return "unknown"
    if not commit:
        return "uncommitted"
    return f"{commit}-dirty" if changes else commit


def commit_time(root: Path, folders: tuple[str, ...] = LATEST) -> datetime | None:
    """Return when the commit of `revision` was made, in UTC; None where there is none."""
    seconds = git(root, "log", "-1", "--format=%ct", "--", *_paths(folders))
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None
