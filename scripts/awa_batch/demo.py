"""The way from a clone to finished jobs: environment, input, two jobs, a checked result."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from awa_batch.batch.clients import Clients
from awa_batch.batch.jobs import describe_jobs
from awa_batch.contract import Contract
from awa_batch.errors import JobFailedError, ToolError
from awa_batch.observe import Event, Job, describe, follow
from awa_batch.paths import project_root

Say = Callable[[str], None]

JOBS = {
    "s3_concat": "jobs/s3_concat/fargate_submit_job.py",
    "version_test": "jobs/version_test/ec2_simple_submit_job.py",
}
TIMEOUT = 600.0
"""Seconds after which the demo stops waiting for its jobs."""


@dataclass(frozen=True)
class Outcome:
    """What the demo ended with: the jobs by name, and the checked object."""

    jobs: dict[str, Job]
    bucket: str
    key: str
    size: int
    sha256: str


def upload_inputs(clients: Clients) -> list[str]:
    """Put the sources, compressed, under ``data/`` in the bucket, unless they are there. Returns their keys."""
    keys: list[str] = _inputs().upload(clients.s3, clients.contract.data_bucket.name, sources_dir(), "data/s3_concat/")
    return keys


def submit_jobs(environment: str) -> dict[str, str]:
    """Run the per-job scripts as a user does; return job name → id. Raises ToolError where one fails."""
    ids: dict[str, str] = {}
    for name, script in JOBS.items():
        done = subprocess.run(
            [sys.executable, str(project_root() / script)],
            cwd=project_root(),
            env={**os.environ, "AWA_BATCH_ENV": environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ToolError(
                f"{script} failed (exit {done.returncode}):\n{done.stderr.strip()}", fix=f"Run it: {script}"
            )
        ids[name] = done.stdout.strip().splitlines()[-1]
    return ids


def follow_jobs(clients: Clients, ids: dict[str, str]) -> Iterator[tuple[str, Event]]:
    """Yield (job name, event) until both jobs have ended."""
    names = {job_id: name for name, job_id in ids.items()}
    pace = clients.contract.target.pace
    for event in follow(
        clients.batch,
        clients.logs,
        list(names),
        timeout=TIMEOUT,
        first_tick=pace.first_tick,
        last_tick=pace.last_tick,
        settle=pace.settle,
    ):
        yield names[event.job.id], event


def check(clients: Clients, ids: dict[str, str]) -> Outcome:
    """Compare the object that s3_concat wrote with the joined sources, byte for byte.

    Raises JobFailedError where a job failed, and what the comparison raises where the bytes differ.
    """
    found = describe(clients.batch, list(ids.values()))
    jobs = {name: found[job_id] for name, job_id in ids.items()}
    for name, job in jobs.items():
        if not job.is_success:
            raise JobFailedError(f"{name} failed: {job.why}", fix=f"See `awa-batch logs {job.id}`.")
    bucket = clients.contract.data_bucket.name
    key = _output_key(clients, ids["s3_concat"])
    size, sha256 = _inputs().verify(clients.s3, bucket, key, sources_dir())
    return Outcome(jobs, bucket, key, size, sha256)


def sources_dir() -> Path:
    """Return the folder of the real data that s3_concat joins."""
    return project_root() / "jobs" / "s3_concat" / "data.src"


def where(job: Job, contract: Contract) -> str:
    """Return where a job ran, in short: its queue's logical name."""
    return next((name for name, queue in contract.queues.items() if job.queue in (queue.name, queue.arn)), job.queue)


def _inputs() -> Any:
    """Import jobs/s3_concat/inputs.py, which lies outside the package."""
    root = str(project_root())
    if root not in sys.path:
        sys.path.insert(0, root)
    return importlib.import_module("jobs.s3_concat.inputs")


def _output_key(clients: Clients, job_id: str) -> str:
    """Return the key that the job was told to write to: from its own CONFIG_JSON, as AWS Batch shows it."""
    container = describe_jobs(clients.batch, [job_id])[job_id].get("container") or {}
    config = next(entry["value"] for entry in container.get("environment", []) if entry.get("name") == "CONFIG_JSON")
    return str(json.loads(config)["output_key"])
