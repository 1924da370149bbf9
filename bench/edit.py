"""From a saved edit to the job's first line: with ``--code``, and by a rebuild and a release."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.peers import ROOT

ROUNDS = 3
JOB = "edited"


def run() -> Iterator[str]:
    """Bring ENV=local up in a fresh clone with a state of its own; edit a job and run it each way, in turns."""
    folder = Path(tempfile.mkdtemp(prefix="awa-batch-bench-"))
    clone = folder / "clone"
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    for name in ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    try:
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        _edit(clone, "nothing")
        subprocess.run(["make", "up"], cwd=clone, env=env, check=True, capture_output=True)
        times: dict[str, list[float]] = {"submit --code .": [], "make up, then submit": []}
        for turn in range(ROUNDS):
            for name, seconds in times.items():
                word = f"{name.split()[0]}-{turn}"
                _edit(clone, word)
                started = time.perf_counter()
                if name.startswith("make"):
                    subprocess.run(["make", "up"], cwd=clone, env=env, check=True, capture_output=True)
                shown = _shown_at(clone, env, word, ["--code", "."] if name.startswith("submit") else [])
                seconds.append(shown - started)
        for name, seconds in times.items():
            yield f"by {name:<22} {statistics.median(seconds):6.1f} s  (worst of {ROUNDS}: {max(seconds):.1f} s)"
    finally:
        if clone.is_dir():
            subprocess.run(["make", "clean"], cwd=clone, env=env, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _edit(clone: Path, word: str) -> None:
    """Save the job's code with another word to print."""
    file = clone / "jobs" / JOB / "run_batch.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"print({word!r}, flush=True)\n", encoding="utf-8")


def _shown_at(clone: Path, env: Mapping[str, str], word: str, more: Sequence[str]) -> float:
    """Submit the job, wait for its end and return when its line was shown. Raises RuntimeError where it was not."""
    program = str(clone / ".venv/bin/awa-batch")
    command = [program, "submit", "ec2-sample", *more, "--follow", "--", "python", "run_batch.py", JOB]
    with subprocess.Popen(
        command, cwd=clone, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as job:
        assert job.stderr is not None  # noqa: S101 - it was asked for
        there = any(line.strip() == word for line in job.stderr)
        shown = time.perf_counter()
        job.stderr.read()
    if not there:
        raise RuntimeError(f"{' '.join(command)} has not shown {word!r}")
    return shown
