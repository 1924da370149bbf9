"""Completion in a shell: from what lies here, without a call, and silent whatever is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from toolkit_support import DATA

from awa_batch.history import Submission, record

UUID = "0f3cbd9e-14c2-4b5e-9d53-6c9b7a6f1d10"


def offered(tmp_path: Path, *words: str, **more: str) -> list[str]:
    """Return what bash is offered for the last word."""
    env = {
        **os.environ,
        "_AWA_BATCH_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("awa-batch", *words)),
        "COMP_CWORD": str(len(words)),
        "AWA_BATCH_CONTRACT": str(DATA / "contract.json"),
        "AWA_BATCH_STATE_DIR": str(tmp_path),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        **more,
    }
    done = subprocess.run([sys.executable, "-m", "awa_batch"], env=env, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("stat",), "status"),
        (("submit", "--dep"), "--depends-on"),
        (("submit", "ec2-s"), "ec2-sample"),
        (("submit", "x", "--queue", "fargate-l"), "fargate-low-priority"),
        (("queues", "ec2-h"), "ec2-high-priority"),
        (("why", "@"), "@last"),
        (("logs", "0f3c"), UUID),
        (("retry", "0f3c"), UUID),
        (("plan", "-E", "pro"), "prod"),
        (("image", "ad"), "add"),
    ],
)
def test_what_is_known_is_offered(
    words: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    record("local", Submission(UUID, "nightly", "q", "d:1", 1))
    assert expected in offered(tmp_path, *words)


def test_what_cannot_be_read_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    assert offered(tmp_path, "submit", "ec2-s", AWA_BATCH_CONTRACT=str(tmp_path / "none")) == []
    assert offered(tmp_path, "why", "0f", AWA_BATCH_STATE_DIR="/proc/none") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "awa_batch", "completion", shell], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"_AWA_BATCH_COMPLETE={shell}_complete" in done.stdout
    assert "awa-batch" in done.stdout
