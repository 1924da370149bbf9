"""What commands print, held as it was: AWS's answers are recorded, times are fixed.

AWA_TEST_GOLDEN=write writes the expected files anew: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from observe_support import ARN, FakeLogs, attempt, detail
from toolkit_support import DATA

from awa_batch.batch.clients import Clients
from awa_batch.cli.main import main
from awa_batch.doctor import Check
from awa_batch.history import Submission, record

GOLDEN = Path(__file__).parent / "golden"
SECOND = 1000
START = 1_700_000_000_000


def recorded() -> dict[str, dict[str, Any]]:
    """Return the jobs of this play by their id."""
    failed = {
        "attempts": [
            attempt("f/1", 1, None),
            attempt("f/2", 137, "OutOfMemoryError: Container killed due to memory usage"),
        ],
        "statusReason": "Essential container in task exited",
        "container": {
            "exitCode": 137,
            "reason": "OutOfMemoryError: Container killed due to memory usage",
            "logStreamName": "f/2",
        },
        "startedAt": START + 61 * SECOND,
        "stoppedAt": START + 95 * SECOND,
    }
    array = {"size": 3, "statusSummary": {"SUCCEEDED": 1, "FAILED": 2, "RUNNING": 0}}
    jobs = [
        detail("good", "SUCCEEDED", attempts=[attempt("g/1", 0)], container={"exitCode": 0, "logStreamName": "g/1"},
               startedAt=START + 2 * SECOND, stoppedAt=START + 7 * SECOND),
        detail("bad", "FAILED", **failed),
        detail("waiting", "RUNNABLE", container={"resourceRequirements": [{"type": "VCPU", "value": "1"}]}),
        detail("array", "FAILED", arrayProperties=array, statusReason="Array Child Job failed"),
        detail("array:0", "SUCCEEDED", attempts=[attempt("a/0", 0)], arrayProperties={"index": 0}),
        detail("array:1", "FAILED", attempts=[attempt("a/1", 3)], container={"exitCode": 3},
               arrayProperties={"index": 1}),
        detail("array:2", "FAILED", attempts=[attempt("a/2", 4)], container={"exitCode": 4},
               arrayProperties={"index": 2}),
    ]  # fmt: skip
    return {job["jobId"]: job for job in [*jobs, *measured()]}


def measured() -> list[dict[str, Any]]:
    """Return jobs whose logs say what they used: one that asked for much, and an array with two that stand out.

    Their queue is none of the environment's, so that no listing shows them.
    """
    elsewhere = f"{ARN}:job-queue/elsewhere"
    asked = {"resourceRequirements": [{"type": "VCPU", "value": "4"}, {"type": "MEMORY", "value": "8192"}]}
    little = {"resourceRequirements": [{"type": "VCPU", "value": "0.5"}, {"type": "MEMORY", "value": "4096"}]}
    times = {"startedAt": START, "stoppedAt": START + 120 * SECOND, "jobQueue": elsewhere}
    array = {"size": 24, "statusSummary": {"SUCCEEDED": 24}}
    return [
        detail("wasteful", "SUCCEEDED", attempts=[attempt("w/1", 0)], container={**asked, "logStreamName": "w/1"},
               **times),
        detail("silent", "SUCCEEDED", attempts=[attempt("a/0", 0)], container=asked, **times),
        detail("wide", "SUCCEEDED", arrayProperties=array, **times),
        *(
            detail(f"wide:{index}", "SUCCEEDED", attempts=[attempt(f"v/{index}", 0)], arrayProperties={"index": index},
                   container=little, platformCapabilities=["FARGATE"], **times)
            for index in range(24)
        ),
    ]  # fmt: skip


def used(memory: int, cores: float, seconds: float, **more: Any) -> str:
    """Return the line of an attempt that used so many MiB and cores for so many seconds."""
    values = {"memory_peak_bytes": memory << 20, "mean_cores": cores, "wall_seconds": seconds,
              "cpu_seconds": cores * seconds, "memory_source": "cgroup2", "exit_code": 0, **more}  # fmt: skip
    return json.dumps({"awa_batch_usage": values}, separators=(",", ":"))


class Recorded:
    """AWS Batch that has these jobs."""

    def __init__(self) -> None:
        self.jobs = recorded()

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [self.jobs[job_id] for job_id in jobs if job_id in self.jobs]}

    def terminate_jobs(self, jobs: list[str], reason: str) -> dict[str, Any]:
        assert "@" in reason
        return {"successful": jobs, "errors": []}

    def terminate_job(self, jobId: str, reason: str) -> dict[str, Any]:  # noqa: N803
        assert "@" in reason
        return {}

    def describe_job_definitions(self, jobDefinitions: list[str]) -> dict[str, Any]:  # noqa: N803
        resources = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}]
        definition = {
            "jobDefinitionArn": jobDefinitions[0],
            "jobDefinitionName": "awa-batch-local-ec2-sample",
            "revision": 3,
            "status": "ACTIVE",
            "platformCapabilities": ["EC2"],
        }
        return {
            "jobDefinitions": [
                {
                    **definition,
                    "containerProperties": {"image": "repository@sha256:0", "resourceRequirements": resources},
                }
            ]
        }

    def describe_job_queues(self, jobQueues: list[str]) -> dict[str, Any]:  # noqa: N803
        return {
            "jobQueues": [
                {
                    "jobQueueArn": arn, "jobQueueName": arn.rsplit("/", 1)[-1], "priority": 100, "status": "VALID",
                    "state": "DISABLED" if "low" in arn else "ENABLED",
                    "computeEnvironmentOrder": [
                        {"order": 1, "computeEnvironment": "ce-fargate" if "fargate" in arn else "ce-ec2"}
                    ],
                }
                for arn in jobQueues
            ]
        }  # fmt: skip

    def describe_compute_environments(self, computeEnvironments: list[str]) -> dict[str, Any]:  # noqa: N803
        return {
            "computeEnvironments": [
                {
                    "computeEnvironmentArn": name, "computeEnvironmentName": name, "state": "ENABLED",
                    "status": "VALID" if name == "ce-ec2" else "INVALID",
                    "statusReason": "" if name == "ce-ec2" else "the role is gone",
                    "computeResources": {
                        "type": "EC2" if name == "ce-ec2" else "FARGATE", "maxvCpus": 16, "desiredvCpus": 4,
                        **({"ec2Configuration": [{"imageType": "ECS_AL2023", "batchImageStatus": "UPDATE_AVAILABLE"}]}
                           if name == "ce-ec2" else {}),
                    },
                }
                for name in computeEnvironments
            ]
        }  # fmt: skip

    def list_jobs(self, jobQueue: str, jobStatus: str, maxResults: int) -> dict[str, Any]:  # noqa: N803
        assert maxResults == 1000
        return {"jobSummaryList": [job for job in self._of(jobQueue) if job["status"] == jobStatus]}

    def get_job_queue_snapshot(self, jobQueue: str) -> dict[str, Any]:  # noqa: N803
        ready = [{"jobArn": job["jobArn"]} for job in self._of(jobQueue) if job["status"] == "RUNNABLE"]
        usage = [{"capacityUnit": "VCPU", "quantity": 15.5}]
        return {"frontOfQueue": {"jobs": ready}, "queueUtilization": {"totalCapacityUsage": usage}}

    def _of(self, queue: str) -> list[dict[str, Any]]:
        return [job for key, job in self.jobs.items() if ":" not in key and job["jobQueue"] == queue]

    def get_paginator(self, name: str) -> Any:
        assert name in ("list_jobs", "describe_job_definitions")
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        if name := asked.get("jobDefinitionName"):
            yield self.describe_job_definitions([f"arn:aws:batch:ap-northeast-1:123456789012:job-definition/{name}:3"])
            return
        if parent := asked.get("arrayJobId"):
            found = [
                job
                for key, job in self.jobs.items()
                if key.startswith(f"{parent}:") and job["status"] == asked["jobStatus"]
            ]
        else:
            found = [
                job for job in self._of(asked["jobQueue"]) if asked.get("jobStatus", job["status"]) == job["status"]
            ]
        yield {"jobSummaryList": found}


class Clocked:
    """EventBridge Scheduler that has the contract's schedules, one of them paused against Terraform."""

    def get_schedule(self, GroupName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        assert GroupName == "awa-batch-local"
        created = datetime.fromtimestamp(START / 1000, UTC)
        nightly = {"ScheduleExpression": "cron(0 3 ? * MON-FRI *)", "ScheduleExpressionTimezone": "Asia/Tokyo"}
        request = {
            "JobName": f"awa-batch-local-{Name}-<aws.scheduler.execution-id>",
            "JobQueue": "awa-batch-local-ec2-high-priority",
            "JobDefinition": "awa-batch-local-ec2-sample",
            "Tags": {"Schedule": Name, "ScheduledTime": "<aws.scheduler.scheduled-time>"},
            "ContainerOverrides": {"Environment": [{"Name": "AWA_SCHEDULE", "Value": Name}], "Command": ["date"]},
        }
        return {
            "Arn": f"arn:aws:scheduler:ap-northeast-1:123456789012:schedule/awa-batch-local/{Name}",
            "Name": Name,
            "GroupName": GroupName,
            "State": "ENABLED",
            "CreationDate": created,
            "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:batch:submitJob", "Input": json.dumps(request)},
            **(nightly if Name == "nightly" else {"ScheduleExpression": "rate(90 minutes)"}),
        }


def written() -> FakeLogs:
    logs = FakeLogs()
    logs.write("g/1", "begin", "end", at=START + 3 * SECOND)
    logs.write("f/1", "first try", at=START + 3 * SECOND)
    logs.write("f/2", "second try", "reading 4 GB", at=START + 65 * SECOND)
    logs.write("a/0", "child of Tokyo", at=START + 10)
    logs.write("a/1", "child of Osaka", "no such file", at=START + 5)
    logs.write("a/2", "child of Nagoya", at=START + 15)
    line = used(1000, 0.9, 118.4, memory_cache_bytes=80 << 20, largest_process_bytes=900 << 20, read_bytes=5 << 20)
    logs.write("w/1", "done", line, at=START + 119 * SECOND)
    for index in range(23):  # the last child writes none
        logs.write(
            f"v/{index}", used(700 if index == 7 else 200 + index, 0.4, 500 if index == 9 else 60 + index), at=START
        )
    logs.write("v/23", "no line")
    return logs


CASES: dict[str, tuple[int, list[str]]] = {
    "status": (0, ["status", "--hours", "1000000"]),
    "status-failed": (0, ["status", "--failed"]),
    "status-array-failed": (0, ["status", "array", "--failed"]),
    "status-named": (0, ["status", "good", "@last"]),
    "status-json": (0, ["status", "bad", "-o", "json"]),
    "status-none": (2, ["status", "nothing"]),
    "status-watch": (1, ["status", "--watch", "good", "array"]),
    "logs": (0, ["logs", "bad", "-t"]),
    "logs-tail": (0, ["logs", "bad", "--tail", "1"]),
    "logs-attempt": (0, ["logs", "bad", "--attempt", "1"]),
    "logs-attempt-none": (2, ["logs", "bad", "--attempt", "3"]),
    "logs-array": (0, ["logs", "array"]),
    "logs-array-failed": (0, ["logs", "array", "--failed"]),
    "logs-child": (0, ["logs", "array:1"]),
    "logs-waiting": (0, ["logs", "waiting"]),
    "logs-follow": (137, ["logs", "bad", "--follow"]),
    "why": (0, ["why", "bad"]),
    "why-array": (0, ["why", "array"]),
    "why-waiting": (0, ["why", "waiting"]),
    "why-last-json": (0, ["why", "-o", "json", "-n", "1"]),
    "why-none": (2, ["why", "nothing"]),
    "why-wasteful": (0, ["why", "wasteful"]),
    "attach-wasteful": (0, ["attach", "wasteful"]),
    "usage": (0, ["usage", "wasteful"]),
    "usage-json": (0, ["usage", "wasteful", "-o", "json"]),
    "usage-array": (0, ["usage", "wide"]),
    "usage-of-no-line": (0, ["usage", "silent"]),
    "usage-killed": (0, ["usage"]),
    "usage-waiting": (0, ["usage", "waiting"]),
    "submit-like": (0, ["submit", "fargate-sample", "--like", "wasteful", "--dry-run"]),
    "submit-like-on-ec2": (0, ["submit", "ec2-sample", "--like", "wasteful", "--vcpu", "2", "--dry-run"]),
    "submit-like-silent": (2, ["submit", "ec2-sample", "--like", "silent", "--dry-run"]),
    "submit-like-killed": (2, ["submit", "ec2-sample", "--like", "@last", "--dry-run"]),
    "retry-array": (0, ["retry", "array", "--failed-only", "--dry-run"]),
    "retry-memory": (0, ["retry", "bad", "--memory", "x2", "--dry-run", "--as", "awscli"]),
    "retry-nothing": (0, ["retry", "good", "--failed-only"]),
    "retry-waiting": (2, ["retry", "waiting"]),
    "cancel": (3, ["cancel", "waiting", "good", "nothing"]),
    "cancel-queue": (2, ["cancel", "--queue", "ec2-high-priority"]),
    "cancel-dry-run": (0, ["cancel", "--queue", "ec2-high-priority", "--dry-run"]),
    "cancel-two-ways": (2, ["cancel", "good", "--queue", "ec2-high-priority"]),
    "queues": (0, ["queues"]),
    "queues-json": (0, ["queues", "ec2-high-priority", "-o", "json"]),
    "schedules": (0, ["schedules", "-n", "2"]),
    "schedules-json": (0, ["schedules", "list", "-o", "json"]),
    "schedules-run-dry-run": (0, ["schedules", "run", "hourly", "--dry-run"]),
    "schedules-unknown": (2, ["schedules", "pause", "nighly"]),
    "schedules-resume": (0, ["schedules", "resume", "nightly"]),
    "history": (0, ["history"]),
    "submit-dry-run": (
        0,
        [
            "submit",
            "ec2-sample",
            "--dry-run",
            "--array",
            "3",
            "--depends-on",
            "good",
            "--retry-on",
            "spot,exit:7",
            "--env",
            "A=b c",
            "--param",
            "K=v",
            "--tags",
            "team=a",
            "--timeout",
            "2h",
            "--memory",
            "4096",
            "--",
            "echo",
            "Ref::K",
        ],
    ),
    "submit-dry-run-json": (0, ["submit", "fargate-sample", "--dry-run", "-o", "json"]),
    "submit-dry-run-awscli": (0, ["submit", "fargate-sample", "--dry-run", "--as", "awscli", "--", "echo"]),
    "submit-refused": (2, ["submit", "fargate-sample", "--memory", "700"]),
    "submit-waits-for-a-failed-job": (2, ["submit", "ec2-sample", "--depends-on", "@last"]),
    "submit-closed-queue": (2, ["submit", "ec2-sample", "--queue", "ec2-low-priority"]),
    "submit-missing": (2, ["submit"]),
    "submit-from-dry-run": (0, ["submit", "ec2-sample", "--from", "jobs.jsonl", "--run", "nightly", "--dry-run"]),
    "submit-from-wrong": (2, ["submit", "ec2-sample", "--from", "wrong.jsonl", "--run", "nightly"]),
    "contract": (0, ["contract"]),
    "doctor": (1, ["doctor"]),
    "attach": (3, ["attach", "array"]),
    "attach-last": (137, ["attach", "--no-log"]),
}


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWA_BATCH_CONTRACT", str(DATA / "contract.json"))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    monkeypatch.setattr("awa_batch.request.build.secrets.choice", lambda _: "x")
    monkeypatch.setattr(time, "time", lambda: START / 1000 + 3600)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.jsonl").write_text('{"command": ["a"]}\n\n{"name": "b", "gpu": 1, "retry_on": ["oom"]}\n')
    (tmp_path / "wrong.jsonl").write_text('{"memory": 1}\n{"comand": ["a"]}\n{"timeout": "2h"}\n')
    checks = [
        Check("terraform", "ok", "1.11.4", ""),
        Check("docker", "note", "no engine answers", "Jobs run as processes."),
        Check("credentials", "BAD", "none", "Set AWS_PROFILE."),
    ]
    monkeypatch.setattr("awa_batch.doctor.examine", lambda _environment, profile: checks)
    made = {"batch": Recorded(), "logs": written(), "scheduler": Clocked()}
    monkeypatch.setattr(Clients, "make", lambda _self, service, _config=None: made[service])
    record(
        "local",
        Submission("bad", "job-bad", "awa-batch-local-ec2-high-priority", "awa-batch-local-ec2-sample:3", START),
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("play")
def test_output_is_as_it_was(case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, words = CASES[case]
    monkeypatch.setattr(sys, "argv", ["awa-batch", *words])
    with pytest.raises(SystemExit) as left:
        main()
    captured = capsys.readouterr()
    output = (
        f"$ awa-batch {' '.join(words)}\n{captured.out}--- stderr\n{captured.err}--- exit code {left.value.code or 0}\n"
    )
    assert (left.value.code or 0) == code, output
    file = GOLDEN / f"out-{case}.txt"
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        file.write_text(output)
    assert output == file.read_text()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("play")
def test_no_command_shows_what_sounds_like_a_secret(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a command shows of a job today or shows more of tomorrow: not the value of such a variable."""
    whole = Recorded.describe_jobs

    def with_secrets(self: Recorded, jobs: list[str]) -> dict[str, Any]:
        found = []
        for job in whole(self, jobs)["jobs"]:
            pairs = [
                {"name": "DB_PASSWORD", "value": "hunter2"},
                {"name": "CONFIG_JSON", "value": '{"api_key": "hunter2"}'},
            ]
            container = {**job.get("container", {}), "environment": pairs}
            found.append({**job, "container": container, "parameters": {"token": "hunter2"}})
        return {"jobs": found}

    monkeypatch.setattr(Recorded, "describe_jobs", with_secrets)
    monkeypatch.setattr(sys, "argv", ["awa-batch", *CASES[case][1]])
    with pytest.raises(SystemExit):
        main()
    captured = capsys.readouterr()
    assert "hunter2" not in captured.out + captured.err
