"""What the runtime says a job used, on both runners: as process 1 above any command, and by the image's command."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from batch_support import OPTIONS, LocalBatch, started

from awa_batch.usage import usage_of_jobs
from tests.known_jobs import ALLOCATE, BURN, MIB

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["process", "docker"])
def aws(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalBatch]:
    if request.param == "process":
        yield request.getfixturevalue("process_aws")
        return
    request.getfixturevalue("docker_aws")  # skips where no engine answers
    with started(tmp_path / "state", "docker", *OPTIONS, "--host-mounts", str(tmp_path)) as aws:
        yield aws


def used(aws: LocalBatch, folder: Path, path: str, code: str) -> dict[str, Any]:
    """Run a job with the runtime of this clone mounted, and return what its line says."""
    (folder / "jobs" / "known").mkdir(parents=True)
    shutil.copy(ROOT / "container/latest/run_batch.py", folder)
    shutil.copytree(ROOT / "container/runtime/awa_runtime", folder / "awa_runtime")
    (folder / "jobs/known/run_batch.py").write_text(code)
    inside = "/mnt/app" if aws.runner == "docker" else str(folder)
    python = "python3" if aws.runner == "docker" else sys.executable
    command = {
        "wrapper": [python, f"{inside}/run_batch.py", "known"],
        "process 1": [python, "-m", "awa_runtime", "sh", "-c", f"{python} {inside}/jobs/known/run_batch.py"],
    }[path]
    properties: dict[str, Any] = {"environment": [{"name": "PYTHONPATH", "value": inside}]}
    if aws.runner == "docker":
        properties["volumes"] = [{"name": "app", "host": {"sourcePath": str(folder)}}]
        properties["mountPoints"] = [{"sourceVolume": "app", "containerPath": inside, "readOnly": True}]
    job = aws.run(*command, vcpu="2", memory="512", properties=properties)
    lines = aws.lines(job)
    assert job["status"] == "SUCCEEDED", lines
    found: dict[str, Any] = json.loads(lines[-1])["awa_batch_usage"]
    assert found["job_id"] == job["jobId"]
    assert found["attempt"] == 1
    assert found["image"] == aws.image.rpartition("@")[2]
    return found


@pytest.mark.parametrize("path", ["wrapper", "process 1"])
def test_jobs_of_known_size(aws: LocalBatch, tmp_path: Path, path: str) -> None:
    found = used(aws, tmp_path / "image", path, ALLOCATE + BURN + "time.sleep(1)\n")
    assert found["memory_peak_bytes"] == pytest.approx(300 * MIB, rel=0.1)
    assert found["memory_source"].startswith("cgroup" if aws.runner == "docker" else "rusage")
    # With the filling of the memory, and on a busy machine with what the system does for the job.
    assert 4 * 0.85 <= found["cpu_seconds"] <= 4 * 1.5
    assert found["wall_seconds"] > 3


def test_the_line_is_found_in_the_logs_of_many(aws: LocalBatch, tmp_path: Path) -> None:
    found = used(aws, tmp_path / "image", "process 1", "print('hello')")
    clients: Any = SimpleNamespace(batch=aws.batch, logs=aws.logs)
    silent = aws.run("echo", "awa_batch_usage")
    (one, other) = usage_of_jobs(clients, [found["job_id"], silent["jobId"]])
    assert (one.wall_seconds, one.asked.memory) == (found["wall_seconds"], 512)
    assert other.note == "its command wrote none (`python run_batch.py …` and `python -m awa_runtime …` do)"
