"""What the local Batch's README promises is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from batch_support import LocalBatch  # noqa: TC002 - as in the other tests

from bench.peers import aws_command
from local_batch.options import OPTIONS
from local_batch.testing import BatchForTests

README = (Path(__file__).resolve().parents[2] / "scripts/local_batch/README.md").read_text()


def test_the_example_of_the_readme_runs(docker_aws: LocalBatch) -> None:
    (code,) = re.findall(r"<!-- A test runs this block as it is. -->\n```python\n(.*?)```", README, re.DOTALL)
    env = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": docker_aws.server.endpoint_url,
        **docker_aws.keys.variables(),
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }
    more = "\nprint(job)"
    done = subprocess.run(
        [sys.executable, "-c", code + more], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    state, job_id = done.stdout.split()
    assert state in {"SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"}
    batch, logs = docker_aws.client("batch", "us-east-1"), docker_aws.client("logs", "us-east-1")
    docker_aws.until(lambda: batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"] == "SUCCEEDED")
    stream = batch.describe_jobs(jobs=[job_id])["jobs"][0]["container"]["logStreamName"]
    events = logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream, startFromHead=True)["events"]
    assert [event["message"] for event in events] == ["hello"]


def test_the_first_job_of_the_readme_runs(aws_batch: BatchForTests) -> None:
    section = README.partition("## A first job in ten seconds")[2]
    (block,) = re.findall(r"```\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    up, env, commands = block.split("\n", 2)
    assert up.startswith("aws-batch-local up --queues default"), "which is how the fixture's server was started"
    assert env == 'eval "$(aws-batch-local env)"'
    if aws_batch.server.runner == "process":
        commands = commands.replace("python:3.13-slim-trixie", aws_batch.image)
    path = f"{aws_command().parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-euc", commands],
        env=os.environ | {"PATH": path, "AWS_PAGER": ""},  # the fixture has set those of an AWS client
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (job,) = re.findall(r'"jobId": "(.*?)"', done.stdout)
    assert aws_batch.wait(job)["status"] == "SUCCEEDED"
    assert aws_batch.lines(job) == ["hello"]


def test_the_readme_names_every_option_and_nothing_else() -> None:
    table = README.partition("## Options of the server")[2].partition("## ")[0]
    rows = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"--[a-z-]+", rows)) == {option.flag for option in OPTIONS}
