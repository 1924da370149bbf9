"""Thousands of jobs against a server that fails at random and a submitter that is killed: each runs exactly once."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from random_batch import running, seen

HERE = Path(__file__).parent
JOBS = 300
KILLS = 4
FAULTS = {
    "throttle": 0.02,
    "storm": 0.001,
    "drop": 0.02,
    "error": 0.02,
    "gateway": 0.01,
    "lose": 0.02,
    "error_after": 0.02,
    "gateway_after": 0.01,
    "cut": 0.01,
    "hang": 0.001,
    "lag": 0.15,
    "list_error": 0.02,
}


@pytest.mark.parametrize("seed", range(1, 6))
def test_each_job_runs_exactly_once_however_often_the_submitter_is_killed(seed: int, tmp_path: Path) -> None:
    file = tmp_path / "jobs.jsonl"
    file.write_text("".join(json.dumps({"command": ["echo", str(number)]}) + "\n" for number in range(JOBS)))
    state = tmp_path / "state"
    with running(seed=seed, **FAULTS) as url:
        ran = subprocess.run(
            [sys.executable, HERE / "killed_run.py", file, f"--url={url}", f"--seed={seed}", f"--kills={KILLS}"],
            env={**os.environ, "AWA_BATCH_STATE_DIR": str(state)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        count = seen(url, names=True)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["kills"] >= KILLS - 1  # the last kill may come when all is done
    assert (count["executions"], count["jobs"], count["doubled"]) == (JOBS, JOBS, {})
    assert count["faults"]
    with sqlite3.connect(state / "ledger" / "local" / "faults.sqlite") as ledger:
        rows = ledger.execute("SELECT name, job_id FROM job WHERE state = 'accepted'").fetchall()
    assert dict(rows) == count["ids"]
