"""A job that is not in the image is told before it fails, and as the reason when it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from awa_batch.images.contents import missing_job, note_jobs
from awa_batch.paths import state_dir

IMAGE = f"127.0.0.1:5000/awa-batch-local/latest@sha256:{'a' * 64}"
RUN = ["python", "run_batch.py", "mine"]


@pytest.fixture
def clone(project: Path) -> Path:
    for name in (
        "container/latest/run_batch.py",
        "container/runtime/x.py",
        "jobs/s3_concat/run_batch.py",
        "jobs/notes/README.md",
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("x")
    return project


def test_what_was_built_here_is_known(clone: Path) -> None:
    assert missing_job(IMAGE, RUN) is None  # of this image nothing is known
    note_jobs(clone, state_dir(), IMAGE)
    assert missing_job(IMAGE, RUN) == "mine"
    assert missing_job(IMAGE, ["python", "run_batch.py", "s3_concat", "--x"]) is None
    assert missing_job(IMAGE, ["/app/run_batch.py", "mine"]) == "mine"
    assert missing_job(IMAGE.replace("a" * 64, "b" * 64), RUN) is None
    for command in (["echo", "mine"], ["python", "run_batch.py"], ["python", "run_batch.py", "--help"], [],
                    ["python", "run_batch.py", "Ref::job"]):  # fmt: skip
        assert missing_job(IMAGE, command) is None


def test_a_tag_and_a_note_that_is_damaged_say_nothing(clone: Path) -> None:
    note_jobs(clone, state_dir(), "repository:tag")
    note_jobs(clone, state_dir(), IMAGE)
    next((state_dir() / "image-jobs").iterdir()).write_text("{")
    assert missing_job(IMAGE, RUN) is None
    assert missing_job("repository:tag", RUN) is None
