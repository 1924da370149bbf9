"""A new job's folder: named, complete, and passing its own test at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from awa_batch.errors import UsageError
from awa_batch.new_job import new_job

ROOT = Path(__file__).resolve().parents[2]


def test_a_new_job_passes_its_own_test(project: Path) -> None:
    for folder in ("container/latest", "container/runtime"):
        shutil.copytree(ROOT / folder, project / folder)
    made = new_job("try_it")
    assert {file.name for file in made.iterdir()} == {
        "README.md", "ec2_submit_job.py", "fargate_submit_job.py", "model.py", "parameters.json", "rows.csv",
        "run_batch.py", "test_try_it.py",
    }  # fmt: skip
    assert not [
        file.name for file in made.iterdir() if "JOB_NAME" in file.read_text() or "JOB-NAME" in file.read_text()
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made)],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.parametrize(("name", "near"), [("My-Job", "my_job"), ("x", "my_job"), ("../up", "up"), ("1a", "my_job")])
def test_names_that_are_no_modules_are_refused(project: Path, name: str, near: str) -> None:
    with pytest.raises(UsageError, match=r"^new_job ") as caught:
        new_job(name)
    assert caught.value.fix == f"Use {near}."
    assert not (project / "jobs").exists()


def test_a_job_is_never_overwritten(project: Path) -> None:
    made = new_job("try_it")
    (made / "run_batch.py").write_text("mine\n")
    with pytest.raises(UsageError, match="is there already"):
        new_job("try_it")
    assert (made / "run_batch.py").read_text() == "mine\n"


@pytest.mark.parametrize("name", ["class", "import", "async", "lambda"])
def test_words_of_python_are_refused(project: Path, name: str) -> None:
    with pytest.raises(UsageError, match="a word of Python's own") as caught:
        new_job(name)
    assert caught.value.fix == f"Use {name}_job."
    assert not (project / "jobs").exists()
