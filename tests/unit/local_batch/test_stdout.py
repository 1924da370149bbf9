"""``aws-batch-local`` where stdout cannot be written: two lines that name it, exit 1."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = "from local_batch.command import main; main()"


@pytest.mark.parametrize("words", [["--help"], ["up", "--help"], ["--version"], ["status", "--help"]])
@pytest.mark.parametrize("place", [">/dev/full", ">&-"])
def test_it_names_stdout(words: list[str], place: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {place}', "sh", sys.executable, "-c", START, *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    what, fix = done.stderr.splitlines()
    assert done.returncode == 1
    assert what.startswith("aws-batch-local: stdout cannot be written: ")
    assert fix.startswith("  ")
