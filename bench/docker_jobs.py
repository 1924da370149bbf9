"""How many containers the local AWS Batch runs a second, as it is started by default and with a vCPU at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.batch import client, jobs_a_second, prepare
from local_batch import lifecycle

IMAGE = "python:3.13-slim-trixie"
JOBS = 100
GOAL = 8.0


def run() -> Iterator[str]:
    """Measure on servers of their own."""
    yield f"{JOBS} `true` jobs, by default    {_rate():8.1f} a second (goal: at least {GOAL:g} on two cores)"
    yield f"  one vCPU at a time          {_rate('--max-vcpus', '1'):8.1f} a second"


def _rate(*options: str) -> float:
    with tempfile.TemporaryDirectory() as name:
        server = lifecycle.start(Path(name), "docker", options=("--queues", "default", *options))
        try:
            batch = client(server)
            prepare(batch, IMAGE)
            return jobs_a_second(batch, JOBS)
        finally:
            lifecycle.stop(Path(name))
