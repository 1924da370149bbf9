"""From a job's attempt to the task that a runner starts: command, environment, secrets, log stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.runners.base import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local_batch.scheduler.job import Attempt, Job
    from local_batch.services.log_streams import LogStreams

_REFERENCE = re.compile(r"Ref::([A-Za-z0-9_-]+)")


def substitute(command: list[str], parameters: Mapping[str, str]) -> list[str]:
    """Replace ``Ref::name`` in a command's words; a name that has no value stays as it is written, as on AWS."""
    return [_REFERENCE.sub(lambda found: parameters.get(found[1], found[0]), word) for word in command]


def environment_of(job: Job, attempt: Attempt, connection: Mapping[str, str]) -> dict[str, str]:
    """Return a job's environment: how to reach the local AWS, what its container names, and what Batch sets.

    ``connection`` are the variables with the local AWS's address and keys.
    """
    submission = job.submission
    region = submission.queue.region
    found = {
        **connection,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
    found.update({pair["name"]: pair.get("value", "") for pair in submission.container.get("environment") or ()})
    found |= {
        "AWS_BATCH_JOB_ID": job.id,
        "AWS_BATCH_JOB_ATTEMPT": str(attempt.number),
        "AWS_BATCH_JQ_NAME": submission.queue.name,
        "AWS_BATCH_CE_NAME": attempt.environment.name,
    }
    if job.index is not None:
        found["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.index)
        found["AWS_BATCH_JOB_ARRAY_SIZE"] = str(submission.array_size)
    return found


class TaskBuilder:
    """Builds tasks.

    ``connection`` returns the variables with the local AWS's address and keys, ``secret`` resolves an ARN or name to
    its value, ``record`` writes to the history.
    """

    def __init__(
        self,
        streams: LogStreams,
        connection: Callable[[], dict[str, str]],
        secret: Callable[[str, str], str],
        record: Callable[[Json], None],
    ) -> None:
        self._streams = streams
        self._connection = connection
        self._secret = secret
        self._record = record

    def build(self, job: Job, attempt: Attempt) -> Task:
        """Return the task of an attempt. Raises TaskStartError as AWS would fail it."""
        submission = job.submission
        container = submission.container
        region = submission.queue.region
        definition = str(submission.definition.detail["jobDefinitionName"])
        environment = environment_of(job, attempt, self._connection())
        for secret in container.get("secrets") or ():
            environment[secret["name"]] = self._secret(region, secret["valueFrom"])
        log_stream, write = self._streams.open(region, definition, attempt.task_id, container.get("logConfiguration"))
        attempt.log_stream = log_stream
        command = container.get("command")
        return Task(
            id=attempt.task_id,
            job_id=job.id,
            image=str(container["image"]),
            command=substitute(command, submission.parameters) if command else None,
            environment=environment,
            container=container,
            vcpus=submission.vcpus,
            memory=submission.memory,
            fargate=attempt.environment.fargate,
            write=write,
            close=write.close,
            record=lambda details: self._record({"job": job.id, "attempt": attempt.number, **details}),
            labels=dict(submission.task_tags) if submission.propagate_tags else {},
        )
