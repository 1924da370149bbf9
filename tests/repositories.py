"""Local git repositories for tests: what others would have on a server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

WHEN = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
"""The time of all commits, so that the same content has the same commit."""
EPOCH = 1767323045
"""The same, in seconds since 1970."""


def git(root: Path, *words: str) -> str:
    """Run git in ``root`` as somebody with a name, with submodules from this disk allowed, and return what it says."""
    own = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
    done = subprocess.run(
        ["git", "-C", str(root), *own, *words], check=True, capture_output=True, text=True, env={**os.environ, **WHEN}
    )
    return done.stdout.strip()


def repository(root: Path, files: dict[str, str]) -> str:
    """Make a git repository of ``files`` (path → content), and return its commit."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "-q", "-b", "main")
    return commit(root)


def commit(root: Path) -> str:
    """Commit all that lies in ``root``, and return the commit."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "one")
    return git(root, "rev-parse", "HEAD")
