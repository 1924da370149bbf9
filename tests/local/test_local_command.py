"""`awa-batch local` on a running server: what it says, its log and history, a reclaim."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from batch_support import LocalBatch  # noqa: TC002 - as in the other tests


def awa(state_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "AWA_BATCH_"))}
    command = [sys.executable, "-m", "awa_batch", "local", *words]
    env = kept | {"AWA_BATCH_STATE_DIR": str(state_dir)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_reclaims_a_job_and_shows_what_happened(process_aws: LocalBatch) -> None:
    aws = process_aws
    job = aws.submit(aws.queue(kind="SPOT"), aws.definition("sleep", "60"))
    aws.wait(job, "RUNNING")
    done = awa(aws.state_dir, "reclaim", job)
    assert (done.returncode, done.stdout) == (0, f"{job}\n"), done.stderr
    assert aws.wait(job)["statusReason"].startswith("Host EC2")
    refused = awa(aws.state_dir, "reclaim", job)
    assert refused.returncode == 1
    assert "only a STARTING or RUNNING job" in refused.stderr
    lines = awa(aws.state_dir, "logs", "--jobs", "-n", "1000").stdout.splitlines()
    assert [json.loads(line)["event"] for line in lines if json.loads(line).get("job") == job] == [
        "submitted",
        "process",
        "running",
        "failed",
    ]
    assert "ready at " + aws.server.endpoint_url in awa(aws.state_dir, "logs", "-n", "100000").stdout


def test_without_a_server_the_command_says_so(tmp_path: Path) -> None:
    for words in (["reclaim", "x"], ["logs"], ["status"]):
        done = awa(tmp_path, *words)
        assert done.returncode == 4
        assert "local up" in done.stderr
        assert "Traceback" not in done.stderr
