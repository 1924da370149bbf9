"""An account whose jobs a report can be made of: single jobs, arrays, retries, failures, hostile names."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

ARN = "arn:aws:batch:ap-northeast-1:123456789012"

START = 1_700_000_000_000
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e\"'&"
IMAGE = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch@sha256:" + "ab" * 32


JOBS = "/aws/batch/awa-batch-local"
USED = "awa_batch_usage"
POOL = {
    "computeEnvironmentName": "awa-batch-local-ec2",
    "computeEnvironmentArn": f"{ARN}:compute-environment/awa-batch-local-ec2",
    "ecsClusterArn": "arn:aws:ecs:ap-northeast-1:123456789012:cluster/ec2_Batch_1",
    "computeResources": {"type": "EC2", "instanceTypes": ["m6i", "m7i"]},
}
TASK = "arn:aws:ecs:ap-northeast-1:123456789012:task/ec2_Batch_1/t"


class Account:
    """AWS Batch and CloudWatch Logs with these jobs, children of arrays too."""

    def __init__(self, jobs: list[dict[str, Any]]) -> None:
        self.jobs = {job["jobId"]: job for job in jobs}
        self.batch = self
        self.logs = self
        self.lines: dict[str, list[str]] = {}
        self.events: list[dict[str, Any]] = []
        self.contract = SimpleNamespace(
            log_groups={"jobs": JOBS, "events": "/aws/events/awa-batch-local"},
            environment="local",
            region="ap-northeast-1",
            queues={},
        )
        self.calls = 0

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        assert len(jobs) <= 100
        self.calls += 1
        return {"jobs": [self.jobs[job_id] for job_id in jobs if job_id in self.jobs]}

    def get_log_events(self, logStreamName: str, nextToken: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803
        if nextToken:
            return {"events": [], "nextBackwardToken": nextToken, "nextForwardToken": "f"}
        if logStreamName not in self.lines:
            answer: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}
            raise ClientError(answer, "GetLogEvents")
        events = [{"timestamp": START, "message": line} for line in self.lines[logStreamName]]
        return {"events": events, "nextBackwardToken": "b", "nextForwardToken": "f"}

    def get_paginator(self, name: str) -> Any:
        if name == "filter_log_events":
            return SimpleNamespace(paginate=self._events)
        if name == "describe_compute_environments":
            return SimpleNamespace(paginate=lambda: [{"computeEnvironments": [POOL]}])
        assert name == "list_jobs"
        return self

    def filter_log_events(self, logStreamNames: list[str], **_: Any) -> dict[str, Any]:  # noqa: N803
        said = [(name, line) for name in logStreamNames for line in self.lines.get(name, ()) if USED in line]
        return {"events": [{"logStreamName": name, "message": line, "timestamp": START} for name, line in said]}

    def make(self, service: str) -> Any:
        assert service == "ecs"
        return SimpleNamespace(describe_container_instances=lambda **_: {"containerInstances": []})

    def _events(self, logGroupName: str, **_: Any) -> Any:  # noqa: N803
        assert logGroupName == "/aws/events/awa-batch-local"
        yield {"events": [{"timestamp": one["at"], "message": json.dumps(one)} for one in self.events]}

    def paginate(self, arrayJobId: str = "", jobQueue: str = "", jobStatus: str = "", **asked: Any) -> Any:  # noqa: N803
        self.calls += 1
        since = next((int(one["values"][0]) for one in asked.get("filters", ())), 0)
        found = []
        for job_id, job in self.jobs.items():
            of_it = job_id.startswith(f"{arrayJobId}:") if arrayJobId else ":" not in job_id
            if (
                of_it
                and jobQueue in ("", job["jobQueue"])
                and jobStatus in ("", job["status"])
                and job["createdAt"] > since
            ):
                times = ("createdAt", "startedAt", "stoppedAt", "statusReason")
                shown = {key: job[key] for key in ("jobId", "jobName", "status", *times) if key in job}
                shown["container"] = {
                    key: job["container"][key] for key in ("exitCode", "reason") if key in job["container"]
                }
                array = {
                    key: value for key, value in job.get("arrayProperties", {}).items() if key in ("index", "size")
                }
                found.append({**shown, "arrayProperties": array} if array else shown)
        yield {"jobSummaryList": found}

    def describe_job_queues(self, jobQueues: list[str]) -> dict[str, Any]:  # noqa: N803
        self.calls += 1
        shown = [{"jobQueueArn": arn, "jobQueueName": arn.rpartition("/")[2], "state": "ENABLED"} for arn in jobQueues]
        return {"jobQueues": shown}

    def terminate_job(self, jobId: str, reason: str) -> dict[str, Any]:  # noqa: N803
        self.jobs[jobId] |= {"status": "FAILED", "statusReason": reason, "stoppedAt": self.jobs[jobId]["createdAt"]}
        return {}

    def describe_job_definitions(self, **_: Any) -> dict[str, Any]:
        return {"jobDefinitions": []}


def ran(job_id: str, status: str, *runs: tuple[int, int, int], created: int = 0, **more: Any) -> dict[str, Any]:
    """Return a job with attempts (start, stop, exit code) in seconds after `START`."""
    of_container = more.pop("container", {})
    attempts: list[dict[str, Any]] = [
        {
            "container": {"exitCode": code, "logStreamName": f"{job_id}/{number}", "taskArn": TASK, **of_container},
            "startedAt": START + begin * 1000,
            "stoppedAt": START + stop * 1000,
            "statusReason": "Essential container in task exited",
        }
        for number, (begin, stop, code) in enumerate(runs)
    ]
    last = attempts[-1] if attempts else {}
    times = {key: last[key] for key in ("startedAt", "stoppedAt") if key in last}
    code = {"exitCode": runs[-1][2]} if runs else {}
    container = {"image": IMAGE, "command": ["python", "run_batch.py", "etl", "--token", "hunter2"],
                 "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}],
                 "resourceRequirements": [{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "4096"}],
                 "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": JOBS}},
                 **code, **of_container}  # fmt: skip
    queue, definition = (
        f"{ARN}:job-queue/awa-batch-local-ec2-high-priority",
        f"{ARN}:job-definition/awa-batch-local-ec2-sample:3",
    )
    return {"jobId": job_id, "jobName": f"job-{job_id}", "jobQueue": queue, "jobDefinition": definition,
            "status": status, "createdAt": START + created * 1000, "attempts": attempts, **times,
            "container": container, **more}  # fmt: skip


def small() -> Account:
    """Return an account with one of each kind."""
    failed = {"statusReason": "Essential container in task exited"}
    memory = "OutOfMemoryError: Container killed due to memory usage"
    jobs = [
        ran("first", "SUCCEEDED", (10, 70, 0)),
        ran("after", "SUCCEEDED", (80, 100, 0), created=1, dependsOn=[{"jobId": "first"}]),
        ran("retried", "SUCCEEDED", (5, 20, 1), (40, 90, 0), created=2),
        ran("bad", "FAILED", (9, 30, 1), (35, 60, 1), created=2, jobName=HOSTILE, **failed),
        ran("memory", "FAILED", (9, 50, 137), created=3, container={"reason": memory}, **failed),
        ran("gone", "SUCCEEDED", (60, 65, 0), created=3, dependsOn=[{"jobId": "forgotten"}]),
        ran("waits", "RUNNABLE", created=50),
        ran("runs", "RUNNING", created=50, startedAt=START + 60_000),
        ran("later", "PENDING", created=51, dependsOn=[{"jobId": "runs"}]),
        ran("array", "FAILED", created=4, arrayProperties={"size": 3, "statusSummary": {"SUCCEEDED": 2, "FAILED": 1}}),
        *(
            ran(f"array:{n}", "FAILED" if n == 1 else "SUCCEEDED", (20 + n, 40 + n, 3 if n == 1 else 0), created=4,
                arrayProperties={"index": n}, jobName="array")
            for n in range(3)
        ),
    ]  # fmt: skip
    account = Account(jobs)
    account.lines["bad/1"] = ["reading </script><script>alert(3)</script>", "no such file"]
    return account


def many(count: int, *, array: int = 0) -> Account:
    """Return an account with so many jobs, of which ``array`` are children of arrays of 1,000."""
    chance = random.Random(7)

    def number() -> str:
        text = f"{chance.getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def job(job_id: str, place: int, **more: Any) -> dict[str, Any]:
        created = place // 4
        begin = created + int(chance.expovariate(1 / 200))
        stop = begin + int(chance.lognormvariate(5, 1)) + 1
        bad = chance.random() < 0.06
        runs = [(begin, stop, 1), (stop + 20, stop + 400, 0)] if chance.random() < 0.05 else [(begin, stop, 0)]
        if bad:
            runs[-1] = (*runs[-1][:2], chance.choice([1, 1, 2, 137, 143]))
        made = ran(job_id, "FAILED" if bad else "SUCCEEDED", *runs, created=created, **more)
        made["createdAt"] += chance.randrange(1000)
        for one in made["attempts"]:
            one["startedAt"] += chance.randrange(1000)
            one["stoppedAt"] += chance.randrange(1000)
        made["startedAt"], made["stoppedAt"] = made["attempts"][-1]["startedAt"], made["attempts"][-1]["stoppedAt"]
        if bad:
            made["statusReason"] = "Essential container in task exited"
        return made

    jobs = [
        job(number(), place, jobName=f"nightly-{place:06}-{chance.getrandbits(32):08x}",
            jobQueue=f"{ARN}:job-queue/awa-batch-local-{chance.choice(['ec2', 'fargate'])}-high-priority",
            container={"command": ["python", "run_batch.py", "etl", f"--part={place}"]})
        for place in range(count - array)
    ]  # fmt: skip
    for start in range(0, array, 1000):
        parent, size = number(), min(1000, array - start)
        children = [job(f"{parent}:{n}", start + n, arrayProperties={"index": n}) for n in range(size)]
        failed = sum(one["status"] == "FAILED" for one in children)
        summary = {"FAILED": failed, "SUCCEEDED": size - failed}
        jobs.append(ran(parent, "FAILED", created=start // 4, arrayProperties={"size": size, "statusSummary": summary}))
        jobs += children
    return Account(jobs)


def heads(account: Account) -> list[str]:
    """Return the ids that ListJobs would show: no children."""
    return [job_id for job_id in account.jobs if ":" not in job_id]
