"""What a job's containers are told of themselves at ``ECS_CONTAINER_METADATA_URI_V4``, and their credentials.

The forms are those of the ECS developer guide: "Amazon ECS task metadata endpoint version 4", its pages of responses,
and "Amazon ECS task IAM role". As on ECS no request is signed: its path has an id that only the container knows.
"""

from __future__ import annotations

import secrets
import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local_batch.arns import ACCOUNT
from local_batch.json_object import Json
from local_batch.runners.base import ContainerFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.keys import Keys
    from local_batch.runners.base import Container, Task
    from local_batch.scheduler.job import Attempt, Job
    from local_batch.services.role_keys import RoleKeyIssuer, RoleKeys

METADATA = "/v4/"
"""What the path of a container's metadata begins with: no bucket's, whose names have three characters at least."""
CREDENTIALS = "/v2/credentials/"
CREDENTIAL_HOURS = 6
"""How long credentials are good for; SDKs fetch them anew before that."""
START_SECONDS = 5.0
"""How long a request waits for the runner to say what it has started."""
_PARTS = ("", "/task", "/stats", "/task/stats")


class ContainerRecord:
    """One container of a task that is being started, or runs."""

    def __init__(self, job: Job, attempt: Attempt, name: str, log_stream: str | None) -> None:
        self.id = secrets.token_hex(16)
        self.job = job
        self.attempt = attempt
        self.name = name
        self.log_stream = log_stream
        self.arn = f"arn:aws:ecs:{job.region}:{ACCOUNT}:container/{uuid.uuid4()}"
        self.created_at = _now()
        self.started_at = ""
        self.finished_at = ""
        self._task: Task | None = None
        self.keys: RoleKeys | None = None
        """Of the job's role, where IAM here has it. A task's containers share one role, not their keys."""
        self._running: Container | None = None
        self._told = threading.Event()

    def started(self, task: Task, running: Container) -> None:
        """Take note of what a runner has started."""
        self._task, self._running, self.started_at = task, running, _now()
        self._told.set()

    def wait(self) -> ContainerRecord:
        """Wait until the runner has said what it started: whoever asks may be faster."""
        self._told.wait(START_SECONDS)
        return self

    def stats(self) -> Json | None:
        """Return what the container uses, as Docker shows it; None where it does not run."""
        return None if self._running is None or self.finished_at else self._running.stats()

    def facts(self) -> ContainerFacts:
        """Return what is known of what runs the container: nothing yet where it has not started."""
        return ContainerFacts() if self._running is None else self._running.facts()

    def described(self) -> Json:
        """Return the container as ``${ECS_CONTAINER_METADATA_URI_V4}`` shows it."""
        facts, task = self.facts(), self._task
        family, revision = _family(self.job)
        cluster = str(self.attempt.environment.detail["ecsClusterArn"])
        if task is None:  # it waits for another of its task
            return {"Name": self.name, "DesiredStatus": "RUNNING", "KnownStatus": "NONE", "ContainerARN": self.arn}
        found: Json = {
            "DockerId": facts.id,
            "Name": self.name,
            "DockerName": facts.name,
            "Image": task.image,
            "ImageID": facts.image_id,
            "Labels": {
                **task.labels,
                "com.amazonaws.ecs.cluster": cluster,
                "com.amazonaws.ecs.container-name": self.name,
                "com.amazonaws.ecs.task-arn": self.attempt.task_arn,
                "com.amazonaws.ecs.task-definition-family": family,
                "com.amazonaws.ecs.task-definition-version": revision,
            },
            "DesiredStatus": "RUNNING" if self.attempt.stop is None else "STOPPED",
            "KnownStatus": "STOPPED" if self.finished_at else "RUNNING",
            "Limits": {"CPU": int(task.vcpus * 1024), "Memory": task.memory},
            "CreatedAt": self.created_at,
            "StartedAt": self.started_at,
            "Type": "NORMAL",
            "ContainerARN": self.arn,
            "Networks": [{"NetworkMode": facts.network_mode, "IPv4Addresses": list(facts.addresses)}],
            **({"FinishedAt": self.finished_at} if self.finished_at else {}),
        }
        log = task.container.get("logConfiguration") or {"logDriver": "awslogs"}
        found["LogDriver"] = log["logDriver"]
        if self.log_stream is not None:
            options = log.get("options") or {}
            found["LogOptions"] = {
                "awslogs-group": options.get("awslogs-group", "/aws/batch/job"),
                "awslogs-region": options.get("awslogs-region", self.job.region),
                "awslogs-stream": self.log_stream,
            }
        return found


class TaskMetadata:
    """The containers of all running tasks, by the id in the paths that each has been told.

    ``keys`` are the server's own, which a job has whose role is not there. ``issuer`` issues those of roles.
    """

    def __init__(self, keys: Keys, issuer: RoleKeyIssuer | None = None) -> None:
        self._keys = keys
        self._issuer = issuer
        self._records: dict[str, ContainerRecord] = {}
        self._lock = threading.Lock()

    def open(self, job: Job, attempt: Attempt, name: str, log_stream: str | None) -> ContainerRecord:
        """Make a container known from now until `close`."""
        record = ContainerRecord(job, attempt, name, log_stream)
        if self._issuer is not None and (role := _role(job)):
            record.keys = self._issuer.issue(role, job.region, attempt.task_id)
        with self._lock:
            self._records[record.id] = record
        return record

    def containers(self, task_arn: str) -> dict[str, str]:
        """Return the names and the ARNs of a running task's containers."""
        with self._lock:
            return {one.name: one.arn for one in self._records.values() if one.attempt.task_arn == task_arn}

    def close(self, record: ContainerRecord) -> None:
        """Take note that a container has ended, and forget its task with its last one."""
        if record.finished_at:
            return
        record.finished_at = _now()
        if self._issuer is not None and record.keys is not None:
            self._issuer.ended(record.keys)
        with self._lock:
            task = [one for one in self._records.values() if one.attempt is record.attempt]
            if all(one.finished_at for one in task):
                for one in task:
                    del self._records[one.id]

    def find(self, method: str, path: str) -> Callable[[], Json | None] | None:
        """Return what answers a request of a container that runs here, None where it is no such request.

        The answer is None where there is none yet, as of statistics in a container's first moments.
        """
        start = next((start for start in (METADATA, CREDENTIALS) if path.startswith(start)), None)
        if method != "GET" or start is None:
            return None
        identity, slash, rest = path.removeprefix(start).partition("/")
        with self._lock:
            record = self._records.get(identity)
        part = (slash + rest).rstrip("/")
        if record is None or record.finished_at or part not in (_PARTS if start == METADATA else ("",)):
            return None
        if start == CREDENTIALS:
            return lambda: self._credentials(record)
        answers: dict[str, Callable[[], Json | None]] = {
            "": lambda: record.wait().described(),
            "/task": lambda: self._task(record.wait()),
            "/stats": lambda: record.wait().stats(),
            "/task/stats": lambda: self._task_stats(record.wait()),
        }
        return answers[part]

    def _credentials(self, record: ContainerRecord) -> Json:
        expires = datetime.now(UTC) + timedelta(hours=CREDENTIAL_HOURS)
        keys = record.keys or self._keys
        return {
            "RoleArn": _role(record.job),
            "AccessKeyId": keys.access_key_id,
            "SecretAccessKey": keys.secret_access_key,
            # SDKs want one; no service here looks at it.
            "Token": record.keys.session_token if record.keys else "of-the-local-aws",
            "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def variables(self, identity: str) -> dict[str, str]:
        """Return the keys of the container of an id as variables."""
        with self._lock:
            record = self._records.get(identity)
        keys = record.keys if record is not None and record.keys is not None else self._keys
        return keys.variables()

    def _of_task(self, record: ContainerRecord) -> list[ContainerRecord]:
        with self._lock:
            return [one for one in self._records.values() if one.attempt is record.attempt]

    def _task(self, record: ContainerRecord) -> Json:
        job, attempt = record.job, record.attempt
        family, revision = _family(job)
        limits = {"CPU": job.submission.vcpus, "Memory": job.submission.memory}
        return {
            "Cluster": str(attempt.environment.detail["ecsClusterArn"]),
            "TaskARN": attempt.task_arn,
            "Family": family,
            "Revision": revision,
            "DesiredStatus": "RUNNING" if attempt.stop is None else "STOPPED",
            "KnownStatus": "RUNNING",
            # Only Fargate has limits of the whole task (API reference of ECS, TaskDefinition: cpu and memory).
            **({"Limits": limits} if attempt.environment.fargate else {}),
            "PullStartedAt": record.created_at,
            "PullStoppedAt": record.started_at,
            "AvailabilityZone": f"{job.region}a",
            "LaunchType": "FARGATE" if attempt.environment.fargate else "EC2",
            "Containers": [one.described() for one in self._of_task(record)],
        }

    def _task_stats(self, record: ContainerRecord) -> Json:
        return {one.facts().id: one.stats() for one in self._of_task(record) if one.facts().id}


def _role(job: Job) -> str:
    """Return the role of a job's task, "" where it has none."""
    task = job.submission.task or job.container
    return str(task.get("taskRoleArn") or task.get("jobRoleArn") or "")


def _family(job: Job) -> tuple[str, str]:
    """Return the family and the revision of a job's task definition: its job definition's name and revision."""
    detail = job.submission.definition.detail
    return str(detail["jobDefinitionName"]), str(detail["revision"])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
