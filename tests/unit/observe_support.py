"""Answers as AWS Batch and CloudWatch Logs give them, and clients that play them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

ARN = "arn:aws:batch:ap-northeast-1:123456789012"


def detail(job_id: str = "1", status: str = "RUNNING", **more: Any) -> dict[str, Any]:
    """Return an entry of DescribeJobs' ``jobs``."""
    value: dict[str, Any] = {
        "jobId": job_id,
        "jobName": f"job-{job_id}",
        "jobArn": f"{ARN}:job/{job_id}",
        "jobQueue": f"{ARN}:job-queue/awa-batch-local-ec2-high-priority",
        "jobDefinition": f"{ARN}:job-definition/awa-batch-local-ec2-sample:3",
        "status": status,
        "createdAt": 1_700_000_000_000,
        "attempts": [],
        "container": {
            "image": "repository@sha256:0",
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/aws/batch/awa-batch-local"}},
        },
    }
    container = more.pop("container", {})
    value.update(more)
    value["container"].update(container)
    return value


def attempt(stream: str, exit_code: int | None = None, reason: str | None = None) -> dict[str, Any]:
    """Return an entry of a job's ``attempts``."""
    container: dict[str, Any] = {"taskArn": "arn:aws:ecs:task/1", "logStreamName": stream, "networkInterfaces": []}
    if exit_code is not None:
        container["exitCode"] = exit_code
    if reason is not None:
        container["reason"] = reason
    return {
        "container": container,
        "startedAt": 1_700_000_001_000,
        "stoppedAt": 1_700_000_002_000,
        "statusReason": "Essential container in task exited",
    }


class Clock:
    """Time that passes only by sleeping; ``at_sleep`` is called at each sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.at_sleep: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        if len(self.slept) > 10_000:
            raise AssertionError("waits for ever")
        self.slept.append(seconds)
        self.now += seconds
        self.at_sleep()


class FakeBatch:
    """Plays one list of jobs per DescribeJobs call; the last one stays."""

    def __init__(self, *answers: Sequence[dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.asked: list[list[str]] = []

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        assert 1 <= len(jobs) <= 100
        self.asked.append(jobs)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        asked = set(jobs)
        return {"jobs": copy.deepcopy([job for job in answer if job["jobId"] in asked])}


def refusal(code: str) -> ClientError:
    """Return what the SDK raises for one of CloudWatch's error codes."""
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "GetLogEvents")


class FakeLogs:
    """CloudWatch Logs: forward tokens, pages of ``page`` events, an empty page before each page where ``gaps``."""

    def __init__(self, *, page: int = 2, gaps: bool = False) -> None:
        self.page = page
        self.gaps = gaps
        self.streams: dict[str, list[dict[str, Any]]] = {}
        self.groups: set[str] = set()
        self.calls = 0
        self.expired = False
        """Whether the next call finds its token expired."""

    def write(self, stream: str, *messages: str, at: int = 1) -> None:
        self.streams.setdefault(stream, []).extend({"timestamp": at, "message": message} for message in messages)

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        """As CloudWatch: a stream that is not there fails the call for all, and a page may be empty."""
        self.calls += 1
        assert self.calls < 10_000, "reads for ever"
        names = request["logStreamNames"]
        assert 1 <= len(names) <= 100
        if missing := [name for name in names if name not in self.streams]:
            raise refusal(f"ResourceNotFoundException {missing[0]}".split()[0])
        word = request["filterPattern"].strip('"')
        found = [
            {**event, "logStreamName": name}
            for name in names
            for event in self.streams[name]
            if word in event["message"] and event["timestamp"] >= request.get("startTime", 0)
        ]
        start = int(request.get("nextToken", "-1"))
        if self.gaps and start < 0 and found:
            return {"events": [], "nextToken": "0"}
        start = max(0, start)
        end = start + self.page
        return {"events": found[start:end], **({"nextToken": str(end)} if end < len(found) else {})}

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        assert self.calls < 10_000, "reads for ever"
        self.groups.add(request["logGroupName"])
        if request["logStreamName"] not in self.streams:
            raise refusal("ResourceNotFoundException")
        events = [
            event
            for event in self.streams[request["logStreamName"]]
            if event["timestamp"] >= request.get("startTime", 0)
        ]
        if not request["startFromHead"]:
            end = int(request.get("nextToken", f"b/{len(events)}").removeprefix("b/"))
            start = max(0, end - min(self.page, request.get("limit", 10_000)))
            return {
                "events": copy.deepcopy(events[start:end]),
                "nextBackwardToken": f"b/{start}",
                "nextForwardToken": f"f/{len(events)}",
            }
        token_ = request.get("nextToken", "f/0")
        if self.expired and "nextToken" in request:
            self.expired = False
            raise refusal("InvalidParameterException")
        start, _, gap = token_.removeprefix("f/").partition("+")
        position = int(start)
        if self.gaps and not gap and position < len(events):
            return {"events": [], "nextForwardToken": f"f/{position}+gap"}
        shown = events[position : position + self.page]
        token = f"f/{position + len(shown)}" if shown else token_
        return {"events": copy.deepcopy(shown), "nextForwardToken": token, "nextBackwardToken": "b/0"}
