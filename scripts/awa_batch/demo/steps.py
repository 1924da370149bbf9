"""The steps of the demo, and the jobs that it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from awa_batch.batch.clients import Clients
from awa_batch.batch.jobs import describe_jobs
from awa_batch.contract import Contract
from awa_batch.demo.objects import upload, verify
from awa_batch.errors import JobFailedError, ToolError
from awa_batch.observe import Event, Job, describe, follow
from awa_batch.paths import project_root
from awa_batch.text import Command

TIMEOUT = 600.0
"""Seconds after which the demo stops waiting for its jobs."""


@dataclass(frozen=True)
class Example:
    """A job of the demo: the script that submits it, from the clone's root.

    One with ``sources`` (a folder of .dat files) finds them under ``prefix`` in the bucket; what it writes must be them
    joined.
    """

    name: str
    script: str
    sources: str = ""
    prefix: str = ""


EXAMPLES = (
    Example(
        name="s3_concat",
        script="jobs/s3_concat/fargate_submit_job.py",
        sources="jobs/s3_concat/data.src",
        prefix="data/s3_concat/",
    ),
    Example(name="version_test", script="jobs/version_test/ec2_simple_submit_job.py"),
)


@dataclass(frozen=True)
class DemoResult:
    """What the demo ended with: the jobs by name, and the address and size in bytes of each checked result."""

    jobs: dict[str, Job]
    results: dict[str, tuple[str, int]]


def upload_inputs(clients: Clients) -> list[str]:
    """Put what the jobs read, compressed, into the bucket, unless it is there. Returns the keys."""
    bucket = clients.contract.data_bucket.name
    return [
        key
        for example in EXAMPLES
        if example.sources
        for key in upload(clients.s3, bucket, project_root() / example.sources, example.prefix)
    ]


def submit_jobs(environment: str) -> dict[str, str]:
    """Run the per-job scripts as a user does; return job name → id. Raises ToolError where one fails."""
    ids: dict[str, str] = {}
    for example in EXAMPLES:
        done = subprocess.run(
            [sys.executable, str(project_root() / example.script)],
            cwd=project_root(),
            env={**os.environ, "AWA_BATCH_ENV": environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ToolError(
                f"{example.script} failed (exit {done.returncode}):\n{done.stderr.strip()}",
                fix=f"Run it: {example.script}",
            )
        ids[example.name] = done.stdout.strip().splitlines()[-1]
    return ids


def follow_jobs(clients: Clients, ids: dict[str, str]) -> Iterator[tuple[str, Event]]:
    """Yield (job name, event) until both jobs have ended."""
    names = {job_id: name for name, job_id in ids.items()}
    intervals = clients.contract.target.watch_intervals
    for event in follow(
        clients.batch,
        clients.logs,
        list(names),
        timeout=TIMEOUT,
        first_tick=intervals.first_tick,
        last_tick=intervals.last_tick,
        settle=intervals.settle,
    ):
        yield names[event.job.id], event


def check(clients: Clients, ids: dict[str, str]) -> DemoResult:
    """Compare each object that a job made of sources with these, byte for byte.

    Raises JobFailedError where a job failed or the bytes differ.
    """
    found = describe(clients.batch, list(ids.values()))
    jobs = {name: found[job_id] for name, job_id in ids.items()}
    for name, job in jobs.items():
        if not job.is_success:
            raise JobFailedError(f"{name} failed: {job.why}", fix=("See ", Command("logs", job.id), "."))
    bucket = clients.contract.data_bucket.name
    results = {}
    for example in EXAMPLES:
        if example.sources:
            key = _output_key(clients, ids[example.name])
            size = verify(clients.s3, bucket, key, project_root() / example.sources)[0]
            results[example.name] = (f"s3://{bucket}/{key}", size)
    return DemoResult(jobs, results)


def where(job: Job, contract: Contract) -> str:
    """Return where a job ran, in short: its queue's logical name."""
    return next((name for name, queue in contract.queues.items() if job.queue in (queue.name, queue.arn)), job.queue)


def _output_key(clients: Clients, job_id: str) -> str:
    """Return the key that the job was told to write to: from its own CONFIG_JSON, as AWS Batch shows it."""
    container = describe_jobs(clients.batch, [job_id])[job_id].get("container") or {}
    config = next(entry["value"] for entry in container.get("environment", []) if entry.get("name") == "CONFIG_JSON")
    return str(json.loads(config)["output_key"])
