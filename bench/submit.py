"""Thousands of submissions: beside AWS's command and plain boto3 on one server, then with faults and kills.

``python -m bench submit`` takes about three minutes; ``python -m bench submit --seeds 50`` plays the last part with
fifty seeds, which takes the better part of an hour.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.peers import ROOT, aws_command

sys.path.insert(0, str(ROOT / "tests" / "faults"))  # its server is that of the tests
from random_batch import running, seen

LIMIT = 50.0
LATENCY = 0.05
LOSE_EVERY = 47
"""Of every 47th accepted job the answer is lost: what a dropped connection or a 5xx does. (Not of the last job: looking
that one up is a second at the end, whatever the number of jobs, and would be measured as a slower rate.)"""

JOBS = 1_000
BY_COMMAND = 20
FAULTY_JOBS = 10_000
KILLS = 10
FAULTS = {
    "throttle": 0.01,
    "storm": 0.001,
    "drop": 0.01,
    "error": 0.01,
    "gateway": 0.005,
    "lose": 0.02,
    "error_after": 0.01,
    "gateway_after": 0.01,
    "cut": 0.01,
    "hang": 0.0002,
    "lag": 0.15,
    "list_error": 0.02,
}
QUEUE = "awa-batch-local-ec2-high-priority"
DEFINITION = "awa-batch-local-ec2-sample:1"


def run(seeds: int = 1) -> Iterator[str]:
    """Measure both; ``seeds`` are of the second part."""
    yield from _side_by_side()
    yield from _faulty(seeds)


def _side_by_side() -> Iterator[str]:
    yield f"{JOBS:,} jobs, {LIMIT:.0f} a second, {LATENCY * 1000:.0f} ms, every {LOSE_EVERY}th answer lost:"
    yield f"{'':28}{'seconds':>9}{'a second':>10}{'throttles':>11}{'lost':>6}{'doubled':>9}"
    loop, counted = _by_command()
    per_job = loop / BY_COMMAND
    yield _row("aws batch submit-job", per_job * JOBS, JOBS, counted, BY_COMMAND) + (
        f"   (time of {BY_COMMAND} jobs, {loop:.1f} s, times {JOBS // BY_COMMAND})"
    )
    for mode in ("standard", "legacy"):
        took, counted = _by_boto3(mode)
        yield _row(f"boto3, 32 threads, {mode}", took, JOBS, counted, JOBS)
    took, counted = _by_us()
    yield _row("awa-batch submit --from", took, JOBS, counted, JOBS)
    part = counted["executions"] / took / LIMIT
    yield f"ours: {part:.1%} of the limit's rate (aim: at least 95 %, none lost, none doubled)"
    yield f"      {per_job * JOBS / took:.0f} times as fast as the command loop (aim: at least 15 times)"


def _row(name: str, seconds: float, jobs: int, counted: dict[str, Any], asked: int) -> str:
    doubled = counted["executions"] - counted["jobs"]
    throttles = counted["faults"].get("rate", 0)
    done = counted["jobs"] / asked * jobs
    return f"{name:28}{seconds:9.1f}{done / seconds:10.1f}{throttles:11}{asked - counted['jobs']:6}{doubled:9}"


def _server() -> Any:
    return running(rate=LIMIT, burst=10, latency=LATENCY, lose_every=LOSE_EVERY)


def _settings(url: str) -> dict[str, str]:
    from awa_batch.target import LocalTarget

    return LocalTarget().variables(url)


def _by_command() -> tuple[float, dict[str, Any]]:
    program = str(aws_command())
    with _server() as url:
        env = {**os.environ, **_settings(url)}
        rest = [f"--job-queue={QUEUE}", f"--job-definition={DEFINITION}"]
        began = time.monotonic()
        for number in range(BY_COMMAND):
            subprocess.run(
                [program, "batch", "submit-job", *rest, f"--job-name=job-{number}"],
                env=env,
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        return time.monotonic() - began, seen(url)


def _by_boto3(mode: Any) -> tuple[float, dict[str, Any]]:
    """As it is written everywhere: a pool of threads, and the SDK's own retries as they are by default."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    with _server() as url:
        client = boto3.client(
            "batch",
            endpoint_url=url,
            region_name="ap-northeast-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - any will do
            config=Config(retries={"mode": mode}, max_pool_connections=32),
        )

        def submit(number: int) -> None:
            with contextlib.suppress(BotoCoreError, ClientError):  # what is lost is counted at the server
                client.submit_job(jobName=f"job-{number}", jobQueue=QUEUE, jobDefinition=DEFINITION)

        began = time.monotonic()
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(submit, range(JOBS)))
        return time.monotonic() - began, seen(url)


def _by_us() -> tuple[float, dict[str, Any]]:
    """Do the whole of it: reading the file, planning, the ledger, the sending, the looking up."""
    from awa_batch.batch.clients import Clients
    from awa_batch.contract import Contract
    from awa_batch.submission.bulk import submit_run
    from awa_batch.submission.run import open_run

    contract = Contract.checked(json.loads((ROOT / "tests" / "data" / "contract.json").read_text()))
    with tempfile.TemporaryDirectory() as folder, _server() as url:
        file = _file(Path(folder), JOBS)
        os.environ["AWA_BATCH_STATE_DIR"] = folder
        clients = Clients(contract, endpoint_url=url)
        _ = clients.batch, clients.batch_submit  # made before the clock starts, as boto3's is
        began = time.monotonic()
        ledger, prefix, _ = open_run(clients, file, "bench", queue=None, definition="ec2-sample")
        with ledger:
            submit_run(clients, ledger, prefix, stop=threading.Event())
        took = time.monotonic() - began
        del os.environ["AWA_BATCH_STATE_DIR"]
        return took, seen(url)


def _file(folder: Path, jobs: int) -> Path:
    file = folder / "jobs.jsonl"
    file.write_text("".join(json.dumps({"command": ["echo", str(number)]}) + "\n" for number in range(jobs)))
    return file


def _faulty(seeds: int) -> Iterator[str]:
    yield f"{FAULTY_JOBS:,} jobs, no rate limit, about one call in ten fails, killed {KILLS} times (kill -9):"
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder, running(seed=seed, **FAULTS) as url:
            program = ROOT / "tests" / "faults" / "killed_run.py"
            file = _file(Path(folder), FAULTY_JOBS)
            ran = subprocess.run(
                [sys.executable, program, file, f"--url={url}", f"--seed={seed}", f"--kills={KILLS}"],
                env={**os.environ, "AWA_BATCH_STATE_DIR": folder},
                capture_output=True,
                text=True,
                check=False,
            )
            counted = seen(url)
        if ran.returncode:
            yield f"seed {seed}: NOT FINISHED: {ran.stderr[-500:]}"
            continue
        told = json.loads(ran.stdout)
        exact = counted["executions"] == counted["jobs"] == FAULTY_JOBS
        yield (
            f"seed {seed:2}: {counted['executions']:,} executions of {counted['jobs']:,} jobs"
            f"{'' if exact else ' WRONG'}, {sum(counted['faults'].values()):,} faults, {told['kills']} kills, "
            f"{told['seconds']:.0f} s"
        )
