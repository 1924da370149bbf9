"""A queue of its own for one compute environment, so that a job can be tried there before any other may go there.

It is made by the toolkit, not by Terraform: it lives for minutes, a plan of somebody else does not see it, and the
provider would wait 30 s for its creation and 60 s for its end. Who deploys may submit to such queues and to no others
(terraform/modules/deployer).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from awa_batch.batch.failures import calling
from awa_batch.errors import TimedOutError

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_batch.type_defs import JobQueueDetailTypeDef

SETTLED = 300.0
"""Seconds within which a queue is made, changed or gone: AWS takes some seconds."""


def make_probe_queue(batch: BatchClient, name: str, environment: str, tags: Mapping[str, str], tick: float) -> str:
    """Make the queue on an environment (ARN), wait until it is VALID and return its ARN. Raises CallError.

    One that a killed command left is removed first.
    """
    remove_probe_queue(batch, name, tick)
    with calling(f"making the queue {name}"):
        arn = batch.create_job_queue(
            jobQueueName=name,
            priority=1000,  # where something bounds all queues together, as the local AWS does, it waits for none
            state="ENABLED",
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
            tags=dict(tags),
        )["jobQueueArn"]
    _until(f"the queue {name} is VALID", lambda: _status(_found(batch, name)) == "VALID", tick)
    return arn


def remove_probe_queue(batch: BatchClient, name: str, tick: float) -> None:
    """Remove the queue, where it is there, with the jobs in it, and wait until it is gone. Raises CallError.

    It has to be DISABLED before (API reference, DeleteJobQueue). An environment that a queue names cannot be deleted.
    """
    found = _found(batch, name)
    if found is None:
        return
    if found.get("status") != "DELETING":
        # One that a killed command left may be CREATING or UPDATING still, and is not changed meanwhile.
        _until(f"the queue {name} is settled", lambda: _status(_found(batch, name)) in ("VALID", "INVALID", ""), tick)
        if found.get("state") != "DISABLED":
            with calling(f"disabling the queue {name}"):
                batch.update_job_queue(jobQueue=name, state="DISABLED")
        _until(f"the queue {name} is DISABLED", lambda: _status(_found(batch, name)) in ("VALID", "INVALID", ""), tick)
        with calling(f"deleting the queue {name}"):
            batch.delete_job_queue(jobQueue=name)
    _until(f"the queue {name} is gone", lambda: _found(batch, name) is None, tick)


def _found(batch: BatchClient, name: str) -> JobQueueDetailTypeDef | None:
    """Return the queue; one that is DELETED is shown for a while, and gone."""
    with calling(f"describing the queue {name}"):
        queues = batch.describe_job_queues(jobQueues=[name])["jobQueues"]
    return next((one for one in queues if one.get("status") != "DELETED"), None)


def _status(queue: JobQueueDetailTypeDef | None) -> str:
    return str(queue.get("status", "VALID")) if queue else ""


def _until(what: str, test: Callable[[], bool], tick: float) -> None:
    ends = time.monotonic() + SETTLED
    while not test():
        if time.monotonic() > ends:
            raise TimedOutError(f"AWS has not come so far in {SETTLED:g} s that {what}.", fix="Run the command again.")
        time.sleep(tick)
