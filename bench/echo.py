"""What the local AWS Batch adds to running ``echo``: submit to SUCCEEDED, against the bare container or process."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

from awa_batch.applied import load_contract
from awa_batch.batch.clients import Clients
from awa_batch.environment import LocalEnvironment
from awa_batch.errors import NotAppliedError
from awa_batch.images.make_process_image import is_process_image
from bench.timing import in_turns


def run() -> Iterator[str]:
    """Bring ENV=local up if need be, then run ``echo`` both ways in turns."""
    local = LocalEnvironment()
    try:
        local.open(_print)
    except NotAppliedError:
        local.up(_print)
    contract = load_contract(local.target.name)
    clients = Clients(contract)
    definition = contract.job_definitions["ec2-sample"]
    containers = not is_process_image(definition.image)
    aim = 1.5 if containers else 0.5
    bare = ["docker", "run", "--rm", definition.image, "echo", "hello"] if containers else ["echo", "hello"]

    def bare_run() -> None:
        subprocess.run(bare, check=True, capture_output=True)

    samples = in_turns(
        {"ours": _job(clients.batch, contract.queues["ec2-high-priority"].arn, definition.arn), "peer": bare_run},
        rounds=7,
    )
    a, b = samples["ours"].median, samples["peer"].median
    yield f"submit to SUCCEEDED   {a * 1000:6.0f} ms"
    yield f"{' '.join(bare[:2]):<20}  {b * 1000:6.0f} ms"
    yield f"added                 {(a - b) * 1000:6.0f} ms  (aim: at most {aim:g} s)"


def _print(line: object) -> None:
    print(line, flush=True)


def _job(batch: Any, queue: str, definition: str) -> Callable[[], None]:
    def call() -> None:
        job_id = batch.submit_job(
            jobName="bench-echo",
            jobQueue=queue,
            jobDefinition=definition,
            containerOverrides={"command": ["echo", "hello"]},
        )["jobId"]
        while (state := batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"]) not in ("SUCCEEDED", "FAILED"):
            time.sleep(0.01)
        if state != "SUCCEEDED":
            raise RuntimeError(f"the echo job {job_id} ended as {state}")

    return call
