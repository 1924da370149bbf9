"""What goes into an image: files, digest, revision."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.images.context import commit_time, context_digest, context_files, revision

ROOT = Path(__file__).resolve().parents[3]
FILES = {
    "container/latest/Dockerfile": "FROM x\n",
    "container/latest/requirements.lock": "x==1\n",
    "container/latest/run_batch.py": "1\n",
    "container/runtime/awa_runtime/__init__.py": "",
    "jobs/a/run_batch.py": "1\n",
    "jobs/a/parameters.json": "{}\n",
    "jobs/a/config.py": "",
    "jobs/a/pyproject.toml": "",
    "jobs/a/deep/config.py": "",
    "jobs/a/fargate_submit_job.py": "",
    "jobs/a/README.md": "",
    "jobs/a/Makefile": "",
    "jobs/a/test_a.py": "",
    "jobs/a/.secret": "",
    "jobs/a/data.src/x.dat": "",
    "jobs/a/__pycache__/x.pyc": "",
    "scripts/other.py": "",
}
WANTED = [
    "container/latest/requirements.lock",
    "container/latest/run_batch.py",
    "container/runtime/awa_runtime/__init__.py",
    "jobs/a/deep/config.py",
    "jobs/a/parameters.json",
    "jobs/a/run_batch.py",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o644)
    return tmp_path


def digest(root: Path) -> str:
    return context_digest(root, context_files(root), "salt")


def test_only_what_a_job_needs_goes_in(project: Path) -> None:
    assert context_files(project) == WANTED


def test_the_context_is_a_list_of_what_is_sent() -> None:
    """What is new in the project stays out by itself; tests/image holds that an image has just these files."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    sent = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert sent
    # The last two are the local Batch's, for the image of it.
    own = {"container", "jobs", "scripts/local_batch/src", "scripts/eventbridge_schedules"}
    assert {place for place in sent if not place.startswith("container/")} == own


def test_nothing_that_is_not_committed_goes_in_from_this_project() -> None:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert set(context_files(ROOT)) <= set(listed)


@pytest.mark.parametrize(
    ("name", "content"), [("jobs/a/README.md", "new"), ("jobs/a/data.src/y.dat", "new"), ("scripts/other.py", "new")]
)
def test_what_stays_out_does_not_change_the_digest(project: Path, name: str, content: str) -> None:
    before = digest(project)
    (project / name).write_text(content)
    assert digest(project) == before


def test_every_file_name_and_mode_that_goes_in_changes_the_digest(project: Path) -> None:
    seen = {digest(project)}
    for name in WANTED:
        path = project / name
        path.write_text(path.read_text() + "#\n")
        seen.add(digest(project))
        path.chmod(0o755)
        seen.add(digest(project))
    (project / "jobs/a/parameters.json").rename(project / "jobs/a/other.json")
    seen.add(digest(project))
    seen.add(context_digest(project, context_files(project), "other salt"))
    assert len(seen) == 2 * len(WANTED) + 3


def test_the_digest_does_not_depend_on_umask_or_times(project: Path) -> None:
    before = digest(project)
    for name in WANTED:
        (project / name).chmod(0o600)
        os.utime(project / name, (1, 1))
    assert digest(project) == before


def test_content_never_runs_over_into_a_name(tmp_path: Path) -> None:
    """Two files whose joined bytes are the same differ all the same."""
    (tmp_path / "a").write_bytes(b"1b\x00644\x000\x00")
    (tmp_path / "b").write_bytes(b"")
    one = context_digest(tmp_path, ["a", "b"])
    (tmp_path / "a").write_bytes(b"1")
    two = context_digest(tmp_path, ["a", "b"])
    assert one != two


def test_a_symbolic_link_is_refused(project: Path) -> None:
    (project / "jobs/a/link.py").symlink_to(project / "scripts/other.py")
    with pytest.raises(UsageError, match=r"jobs/a/link\.py is a symbolic link"):
        context_files(project)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="container/latest is missing"):
        context_files(tmp_path)


def git(root: Path, *args: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(root), *identity, *args], check=True, capture_output=True)


def test_the_revision_follows_the_image_alone(project: Path) -> None:
    assert revision(project) == "unknown"
    git(project, "init", "-q")
    assert revision(project) == "uncommitted"
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    first = revision(project)
    assert len(first) == 12
    (project / "scripts/other.py").write_text("changed")
    assert revision(project) == first
    git(project, "commit", "-qam", "two")
    assert revision(project) == first
    (project / "jobs/a/README.md").write_text("changed")
    (project / "jobs/a/data.src/x.dat").write_text("changed")
    (project / "jobs/a/fargate_submit_job.py").write_text("changed")
    assert revision(project) == first
    git(project, "commit", "-qam", "words")
    assert revision(project) == first
    (project / "jobs/a/run_batch.py").write_text("changed")
    assert revision(project) == f"{first}-dirty"
    git(project, "commit", "-qam", "three")
    assert revision(project) not in (first, f"{first}-dirty")
    second = revision(project)
    (project / "container/latest/Dockerfile").write_text("changed")
    assert revision(project) == f"{second}-dirty"


def test_the_time_is_that_of_the_revisions_commit(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commit_time(project) is None
    git(project, "init", "-q")
    assert commit_time(project) is None
    git(project, "add", ".")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-02-03T04:05:06+0900")
    git(project, "commit", "-qm", "one")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2021-01-01T00:00:00Z")
    (project / "jobs/a/README.md").write_text("changed")
    git(project, "commit", "-qam", "words")
    assert commit_time(project) == datetime(2020, 2, 2, 19, 5, 6, tzinfo=UTC)
