"""What the local AWS Batch bears: many jobs, a large array, and the memory that they take."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local_batch import lifecycle
from local_batch.options import EC2_QUEUE, PROCESS_REGISTRY
from local_batch.state import PROCESS_IMAGES, ServerInfo

DIGEST = "be" * 32
IMAGE = f"{PROCESS_REGISTRY}/bench@sha256:{DIGEST}"
JOBS = 1_000
CHILDREN = 10_000


def run() -> Iterator[str]:
    """Measure on a server of its own whose jobs are processes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = folder / PROCESS_IMAGES / DIGEST
        (image / "app").mkdir(parents=True)
        (image / "image.json").write_text(json.dumps({"command": ["true"], "working_dir": "app"}))
        begun = time.monotonic()
        server = lifecycle.start(folder, "process", options=("--queues", "default"))
        yield f"ready after            {time.monotonic() - begun:8.2f} s"
        try:
            yield from _load(server)
        finally:
            lifecycle.stop(folder)


def _load(server: ServerInfo) -> Iterator[str]:
    batch = client(server)
    prepare(batch, IMAGE)
    yield f"{JOBS:,} `true` jobs     {jobs_a_second(batch, JOBS):8.1f} a second (limit: at least 50)"
    idle = _memory(server)
    # Nothing runs any more: what follows waits in RUNNABLE.
    batch.update_compute_environment(computeEnvironment=EC2_QUEUE, state="DISABLED")
    arrays: list[str] = []
    accepted = _seconds(lambda: arrays.append(submit(batch, arrayProperties={"size": CHILDREN})))
    yield f"array of {CHILDREN:,} taken  {accepted:8.3f} s (limit 1)"
    while batch.describe_jobs(jobs=[f"{arrays[0]}:{CHILDREN - 1}"])["jobs"][0]["status"] != "RUNNABLE":
        time.sleep(0.02)
    described = statistics.median(_seconds(lambda: batch.describe_jobs(jobs=arrays)) for _ in range(20))
    yield f"  described in         {1000 * described:8.1f} ms (limit 100)"
    yield f"  its memory           {_memory(server) - idle:8.1f} MB"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: submit(batch), range(CHILDREN)))
    yield f"and {CHILDREN:,} more jobs    {_memory(server) - idle:8.1f} MB over {idle:.0f} MB, all waiting (limit 100)"


def client(server: ServerInfo) -> Any:
    """Return a client of Batch."""
    assert server.keys is not None  # noqa: S101 - one that was just started
    return boto3.client(
        "batch",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=server.keys.access_key_id,
        aws_secret_access_key=server.keys.secret_access_key,
        config=Config(max_pool_connections=32),
    )


def jobs_a_second(batch: Any, count: int) -> float:
    """Run so many jobs of what was prepared, and return how many ended a second."""
    wait(batch, submit(batch))  # moto's part of the first job's log
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(lambda _: submit(batch), range(count)))
    for job in reversed(jobs):
        wait(batch, job)
    return count / (time.monotonic() - begun)


def prepare(batch: Any, image: str) -> None:
    """Register what the jobs are: `true` on one vCPU."""
    requirements = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
    batch.register_job_definition(
        jobDefinitionName="true",
        type="container",
        containerProperties={"image": image, "command": ["true"], "resourceRequirements": requirements},
    )


def submit(batch: Any, **more: Any) -> str:
    """Submit one of them."""
    return str(batch.submit_job(jobName="bench", jobQueue=EC2_QUEUE, jobDefinition="true", **more)["jobId"])


def wait(batch: Any, job_id: str) -> None:
    """Wait for a job's end."""
    while (state := batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"]) != "SUCCEEDED":
        assert state != "FAILED"  # noqa: S101 - a measurement of nothing
        time.sleep(0.005)


def _memory(server: ServerInfo) -> float:
    """Return the server's resident memory in MB (Linux)."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _seconds(action: Callable[[], object]) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun
