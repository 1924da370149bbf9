"""From a job's attempt to the task that a runner starts: command, environment, secrets, log stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.operations.container_properties import memory_of, vcpus_of
from local_batch.runners.base import Task
from local_batch.runners.several import Member, Several, close
from local_batch.scheduler.job import containers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local_batch.scheduler.job import Attempt, Job
    from local_batch.services.log_streams import LogStreams
    from local_batch.task_metadata import TaskMetadata

_REFERENCE = re.compile(r"Ref::([A-Za-z0-9_-]+)")


def substitute(command: list[str], parameters: Mapping[str, str]) -> list[str]:
    """Replace ``Ref::name`` in a command's words; a name that has no value stays as it is written, as on AWS."""
    return [_REFERENCE.sub(lambda found: parameters.get(found[1], found[0]), word) for word in command]


def environment_of(job: Job, attempt: Attempt, container: Json, connection: Mapping[str, str]) -> dict[str, str]:
    """Return a container's environment: how to reach the local AWS, what it names itself, and what ECS and Batch set.

    ``connection`` are the variables with the local AWS's address, credentials and the address of its metadata.
    """
    submission = job.submission
    region = submission.queue.region
    found = {
        **connection,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE" if attempt.environment.fargate else "AWS_ECS_EC2",
    }
    found.update({pair["name"]: pair.get("value", "") for pair in container.get("environment") or ()})
    found |= {
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt.number),
        "AWS_BATCH_JQ_NAME": submission.queue.name,
        "AWS_BATCH_CE_NAME": attempt.environment.name,
    }
    if job.index is not None:
        found["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.index)
        found["AWS_BATCH_JOB_ARRAY_SIZE"] = str(submission.array_size)
    if job.node is not None:
        found |= _of_node(job, attempt)
    return found


def _of_node(job: Job, attempt: Attempt) -> dict[str, str]:
    """Return what a node of a multi-node job is told (Batch guide, "Environment variables" of those)."""
    nodes = job.submission.nodes
    found = {
        "AWS_BATCH_JOB_NODE_INDEX": str(job.node),
        "AWS_BATCH_JOB_NUM_NODES": str(len(nodes)),
        "AWS_BATCH_JOB_MAIN_NODE_INDEX": str(next(index for index, node in enumerate(nodes) if node.is_main)),
    }
    if not job.is_main and attempt.main_address:
        found["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"] = attempt.main_address
    return found


class TaskBuilder:
    """Builds tasks.

    ``connection`` returns the variables by which the container of a metadata record's id reaches the local AWS,
    ``secret`` resolves an ARN or name to its value, ``record`` writes to the history, ``stop_seconds`` lie between
    SIGTERM and SIGKILL of a container that does not say it itself.
    """

    def __init__(
        self,
        streams: LogStreams,
        metadata: TaskMetadata,
        connection: Callable[[str], dict[str, str]],
        secret: Callable[[str, str], str],
        record: Callable[[Json], None],
        stop_seconds: float,
    ) -> None:
        self._streams = streams
        self._metadata = metadata
        self._connection = connection
        self._secret = secret
        self._record = record
        self._stop_seconds = stop_seconds

    def build(self, job: Job, attempt: Attempt) -> Task | Several:
        """Return the task of an attempt. Raises TaskStartError as AWS would fail it."""
        submission = job.submission
        if submission.task is None:
            task, attempt.log_stream = self._container(job, attempt, job.container)
            return task
        attempt.log_streams = {}
        members: list[Member] = []
        try:
            for number, container in enumerate(containers_of(submission)):
                name = str(container["name"])
                task, attempt.log_streams[name] = self._container(job, attempt, container, number)
                members.append(self._member(name, task, container))
        except Exception:
            close(Several(tuple(members)))
            raise
        several = Several(tuple(members))
        attempt.stop_seconds = several.stop_seconds
        return several

    def _member(self, name: str, task: Task, container: Json) -> Member:
        return Member(
            name=name,
            task=task,
            essential=bool(container.get("essential", True)),
            depends_on={one["containerName"]: one["condition"] for one in container.get("dependsOn") or ()},
            start_timeout=container.get("startTimeout"),
            stop_timeout=float(container.get("stopTimeout") or self._stop_seconds),
        )

    def _container(
        self, job: Job, attempt: Attempt, container: Json, number: int | None = None
    ) -> tuple[Task, str | None]:
        """Return what runs one container, the ``number``-th of several, and its log stream."""
        submission = job.submission
        region = submission.queue.region
        secrets = {one["name"]: self._secret(region, one["valueFrom"]) for one in container.get("secrets") or ()}
        name = "default" if number is None else str(container["name"])
        log_stream, write = self._streams.open(
            region,
            str(submission.definition.detail["jobDefinitionName"]),
            attempt.task_id,
            container.get("logConfiguration"),
            container=name,
        )
        try:
            known = self._metadata.open(job, attempt, name, log_stream)
        except Exception:
            write.close()
            raise

        def closed() -> None:
            self._metadata.close(known)
            write.close()

        environment = environment_of(job, attempt, container, self._connection(known.id)) | secrets
        command = container.get("command")
        task = Task(
            id=attempt.task_id if number is None else f"{attempt.task_id}.{number}",
            job_id=job.id,
            image=str(container["image"]),
            command=substitute(command, submission.parameters) if command else None,
            environment=environment,
            container=container,
            vcpus=job.need[0] if number is None else vcpus_of(container),
            memory=job.need[1] if number is None else memory_of(container),
            fargate=attempt.environment.fargate,
            write=write,
            close=closed,
            started=known.started,
            record=lambda details: self._record({"job": job.id, "attempt": attempt.number, **details}),
            labels=dict(submission.task_tags) if submission.propagate_tags else {},
        )
        return task, log_stream
