"""A job with a lock of its own, for an image on top of all jobs': its lock is that of all jobs, and more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = sorted(lock.with_name("pyproject.toml") for lock in ROOT.glob("jobs/*/requirements.lock"))


def pins(lock: Path) -> set[str]:
    return set(re.findall(r"^[a-z0-9.-]+==\S+", lock.read_text(encoding="utf-8"), re.MULTILINE))


def test_there_are_some() -> None:
    assert "table_stats" in [project.parent.name for project in PROJECTS]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.parent.name)
def test_its_versions_are_those_of_all_jobs(project: Path) -> None:
    # Its image is built on that of all jobs: another version would leave the files of both there.
    assert pins(ROOT / "container/latest/requirements.lock") < pins(project.with_name("requirements.lock"))
