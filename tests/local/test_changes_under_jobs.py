"""Images are released, and compute environments replaced, while jobs run: none is lost and none runs twice."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from environment_support import AWA, Project, opened_project

WAITS = """
import boto3, sys, time
s3 = boto3.client("s3")
while not s3.list_objects_v2(Bucket=sys.argv[1], Prefix="data/go-on")["KeyCount"]:
    time.sleep(0.5)
"""
"""A job that runs until it is told that it may end."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """ENV=local, up. What runs jobs makes no difference here."""
    with opened_project(tmp_path_factory.mktemp("process"), "process") as made:
        made.run("up")
        yield made


def until(test: Callable[[], object], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def started(project: Project, *args: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start a command; give it, and the file of all that commands said. It is killed where the test is over before."""
    file = project.root / f"{args[0]}.log"
    with file.open("a") as out:
        command = subprocess.Popen(
            [str(AWA), *args], env=project.env, cwd=project.root, stderr=out, stdout=out, text=True
        )
    try:
        yield command, file
    finally:
        if command.poll() is None:
            command.kill()
            command.wait()


def killed_at_each_step(project: Project, image: str) -> list[str]:
    """Start a release over and over, kill it at each of its steps, and return where."""
    batch, s3 = project.client("batch"), project.client("s3")
    bucket = json.loads(project.run("contract", "-o", "json").stdout)["data_bucket"]["name"]

    def pending() -> str:
        found = s3.list_objects_v2(Bucket=bucket, Prefix="contract/release.json")["KeyCount"]
        if not found:
            return ""
        note = json.loads(s3.get_object(Bucket=bucket, Key="contract/release.json")["Body"].read())
        return str((note["images"]["latest"]["pending"] or {}).get("step", ""))

    def images(name: str) -> set[str]:
        found = batch.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"]
        return {one["containerProperties"]["image"] for one in found}

    def canaries() -> list[dict[str, Any]]:
        queues = [one["jobQueueArn"] for one in batch.describe_job_queues()["jobQueues"]]
        named = [{"name": "JOB_NAME", "values": ["canary-*"]}]
        return [one for queue in queues for one in batch.list_jobs(jobQueue=queue, filters=named)["jobSummaryList"]]

    steps: dict[str, Callable[[], object]] = {
        "start is noted": lambda: pending() == "start",
        "the first definition of green is there": lambda: images("awa-batch-local-ec2-sample-green"),
        "the first job of the canary is there": canaries,
        "promote is noted": lambda: pending() == "promote",
        "the first definition of blue is new": lambda: images("awa-batch-local-ec2-sample") - {image},
    }
    killed = []
    for step, reached in steps.items():
        with started(project, "release", "run") as (command, lines):
            until(lambda reached=reached, command=command: reached() or command.poll() is not None)
            assert command.poll() is None, f"{step}: {lines.read_text()}"
            command.kill()
            killed.append(step)
    return killed


def test_a_release_that_is_killed_at_each_step_and_one_that_fails_lose_no_job_of_two_hundred(project: Project) -> None:
    batch, s3 = project.client("batch"), project.client("s3")
    contract = json.loads(project.run("contract", "-o", "json").stdout)
    before = contract["job_definitions"]["ec2-sample"]["image"]
    code = project.root / "jobs/version_test/run_batch.py"
    text = code.read_text()
    sent: list[tuple[str, str]] = []
    done = threading.Event()

    def flow() -> None:
        while len(sent) < 200 or not done.is_set():
            for kind in ("ec2", "fargate"):
                script = f"sed -n 's/^# release //p' jobs/version_test/run_batch.py; sleep 0.{len(sent) % 9}"
                job = batch.submit_job(
                    jobName=f"flow-{len(sent)}",
                    jobQueue=contract["queues"][f"{kind}-high-priority"]["name"],
                    jobDefinition=contract["job_definitions"][f"{kind}-sample"]["name"],
                    containerOverrides={"command": ["sh", "-c", script]},
                    **({"shareIdentifier": "default"} if kind == "fargate" else {}),
                )
                sent.append((kind, job["jobId"]))
            done.wait(0.3)

    with ThreadPoolExecutor(1) as pool:
        flowing = pool.submit(flow)
        try:
            code.write_text(f"{text}\n# release two\n")
            another = {
                "id": "0",
                "what": "release run",
                "who": "ann@other",
                "since": "now",
                "place": "other:/",
                "renewed": 0,
            }
            lock = {"Bucket": contract["data_bucket"]["name"], "Key": "contract/lock.json"}
            s3.put_object(**lock, Body=json.dumps(another).encode())
            refused = project.run("release", "run", code=2)
            s3.delete_object(**lock)
            assert "release run by ann@other" in refused.stderr
            assert len(killed_at_each_step(project, before)) == 5
            shown = project.run("release", "run")
            code.write_text("raise SystemExit(3)\n# release three\n")
            failed = project.run("release", "run", code=1)
        finally:
            done.set()
            code.write_text(text)
        flowing.result()
    image = shown.stdout.splitlines()[-1]
    assert "ok  version_test on FARGATE" in (project.root / "release.log").read_text()
    assert "BAD  version_test on EC2" in failed.stdout
    assert "was taken away; blue runs on as it was" in failed.stderr
    ended = {}
    for number in range(0, len(sent), 100):
        ids = [job_id for _, job_id in sent[number : number + 100]]
        deadline = time.monotonic() + 120
        while not all(job["status"] in ("SUCCEEDED", "FAILED") for job in batch.describe_jobs(jobs=ids)["jobs"]):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        ended |= {job["jobId"]: job for job in batch.describe_jobs(jobs=ids)["jobs"]}
    assert {job["status"] for job in ended.values()} == {"SUCCEEDED"}
    assert {len(job["attempts"]) for job in ended.values()} == {1}
    definitions = {
        one["jobDefinitionArn"]: one for one in batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
    }
    logs = project.client("logs")
    for kind in ("ec2", "fargate"):
        jobs = [ended[job_id] for one, job_id in sent if one == kind]
        revisions = [int(job["jobDefinition"].rpartition(":")[2]) for job in jobs]
        assert revisions == sorted(revisions)
        images = [definitions[job["jobDefinition"]]["containerProperties"]["image"] for job in jobs]
        assert set(images) == {before, image}
        assert [job["container"]["image"] for job in jobs] == images
        for ran, job in ((images[0], jobs[0]), (images[-1], jobs[-1])):
            group, stream = "/aws/batch/awa-batch-local", job["container"]["logStreamName"]
            group = job["container"]["logConfiguration"]["options"].get("awslogs-group", group)
            lines = [
                event["message"] for event in logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]
            ]
            assert lines == (["two"] if ran == image else [])
    # The candidate that failed left nothing, and what runs is the second release.
    assert not [name for name in definitions if "-green:" in name]
    now = json.loads(project.run("contract", "-o", "json").stdout)["job_definitions"]
    assert {one["image"] for one in now.values()} == {image}
    assert image.rpartition("@")[2][:19] in project.run("release", "history").stdout
    assert "green" not in project.run("release", "status").stdout


def test_a_roll_of_compute_that_is_killed_at_each_step_loses_no_job(project: Project) -> None:
    batch = project.client("batch")
    contract = json.loads(project.run("contract", "-o", "json").stdout)
    bucket = contract["data_bucket"]["name"]
    jobs: list[str] = []

    def submit(platform: str, *command: str) -> None:
        queue = contract["queues"][f"{platform}-high-priority"]
        more = {"shareIdentifier": queue["default_share_identifier"]} if queue["default_share_identifier"] else {}
        size = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}] if platform == "fargate" else []
        answer = batch.submit_job(
            jobName="flows",
            jobQueue=queue["arn"],
            jobDefinition=contract["job_definitions"][f"{platform}-sample"]["arn"],
            containerOverrides={"command": list(command), **({"resourceRequirements": size} if size else {})},
            **more,
        )
        jobs.append(answer["jobId"])

    def detail(job_id: str) -> dict[str, Any]:
        return dict(batch.describe_jobs(jobs=[job_id])["jobs"][0])

    roll = ("compute", "roll", "--pool", "on_demand", "--yes")

    submit("ec2", "python", "-c", WAITS, bucket)
    until(lambda: detail(jobs[0])["status"] == "RUNNING")
    log = project.state / "server.log"
    before = len(log.read_text())
    ends = threading.Event()

    def flow() -> None:
        while not ends.wait(1):
            submit("ec2", "sleep", "0.5")
            submit("fargate", "sleep", "1.5")

    def said(word: str) -> Callable[[], bool]:
        file = project.root / "compute.log"
        return lambda: file.exists() and word in file.read_text()

    def called(word: str) -> Callable[[], bool]:
        return lambda: f": {word}" in log.read_text()[before:]

    def killed(reached: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        with started(project, *roll) as (command, lines):
            until(lambda: reached() or command.poll() is not None)
            assert command.poll() is None, lines.read_text()
            meanwhile()

    def somebody_else() -> None:
        refused = project.run("compute", "roll", "--pool", "spot", "--yes", code=2)
        assert "is being changed" in refused.stderr

    with ThreadPoolExecutor(1) as pool:
        flowing = pool.submit(flow)
        try:
            killed(called("CreateComputeEnvironment"))  # the terraform that it leaves ends by itself
            killed(said("a job is tried there"), somebody_else)
            killed(called("UpdateJobQueue awa-batch-local-ec2-high"))
            killed(said("draining: 1 on ec2/on_demand/a"))
            ends.set()
            flowing.result()
            project.client("s3").put_object(Bucket=bucket, Key="data/go-on", Body=b"")
            killed(called("DeleteComputeEnvironment"))
            last = project.run(*roll)  # its terraform has ended what was left, or this does
        finally:
            ends.set()
    for job_id in jobs:
        until(lambda job_id=job_id: detail(job_id)["status"] in ("SUCCEEDED", "FAILED"))
    found = [detail(job_id) for job_id in jobs]
    assert {(one["status"], len(one["attempts"])) for one in found} == {("SUCCEEDED", 1)}
    assert len(found) > 20
    # New ones went to the new generation while the first was still on the old one.
    clusters = [one["container"]["taskArn"].split("/")[1] for one in found]
    assert "-ec2-on-demand-a-" in clusters[0]
    assert "-ec2-on-demand-b-" in clusters[-2]
    assert "-fargate-on-demand-b-" in clusters[-1]
    calls = re.findall(
        r": (\w+(?:ComputeEnvironment|JobQueue)) (\S*awa-batch-local\S*)$", log.read_text()[before:], re.MULTILINE
    )
    for platform in ("ec2", "fargate"):
        mine = [call for call, name in calls if f"{platform}-on-demand" in name or f"{platform}-high" in name]
        seen = [call for call in mine if "Queue" not in call or call == "UpdateJobQueue"]
        assert seen[0] == "CreateComputeEnvironment"
        assert seen[-2:] == ["UpdateComputeEnvironment", "DeleteComputeEnvironment"]  # DISABLED first
        queue = contract["queues"][f"{platform}-high-priority"]["arn"]
        changes = [call for call, name in calls if call == "UpdateJobQueue" and name in (queue, queue.split("/")[1])]
        assert changes == ["UpdateJobQueue"] * 2  # the new one in front, the old one off
    assert "is alone; the old one is gone" in last.stderr or "has come to its end since" in last.stderr
    assert not [one for one in batch.describe_job_queues()["jobQueues"] if "-probe-" in one["jobQueueName"]]
    shown = json.loads(project.run("compute", "ami", "-o", "json").stdout)
    assert {one["key"] for one in shown} == {"ec2/on_demand/b", "ec2/spot/a", "fargate/on_demand/b", "fargate/spot"}
    file = project.root / "terraform/environments/local/generations.auto.tfvars.json"
    assert json.loads(file.read_text()) == {
        "generations": {
            "ec2": {"on_demand": {"b": {"state": "active"}}},
            "fargate": {"on_demand": {"b": {"state": "active"}}},
        }
    }
    refused = project.run("compute", "roll", "--back", "--yes", code=2)
    assert "under way" in refused.stderr
