"""Nobody deletes a compute environment with jobs on it: looked at before a plan that would is applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from awa_batch.batch.clusters import tasks_on
from awa_batch.errors import UsageError
from awa_batch.terraform.compute_changes import ComputeChange
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients


def jobs_left(clients: Clients, changes: Iterable[ComputeChange]) -> dict[str, int]:
    """Return environment (``ec2/on_demand/a``) → tasks of jobs on it, for those that changes disturb. Raises CallError.

    Those without tasks are left out.
    """
    clusters = {one.cluster: one.key for one in changes if one.disturbs_jobs and one.cluster}
    if not clusters:
        return {}
    counts = tasks_on(clients.make("ecs"), clusters)
    return {clusters[cluster]: count for cluster, count in counts.items() if count}


def check_no_jobs_end(clients: Clients, changes: Iterable[ComputeChange]) -> None:
    """Refuse changes that delete or replace an environment with jobs on it. Raises UsageError, CallError.

    AWS itself takes the instances away from under jobs on EC2, and leaves an INVALID environment on Fargate (API
    reference, DeleteComputeEnvironment). An infrastructure update is not refused: its policy says what jobs get.
    """
    left = jobs_left(clients, [one for one in changes if one.ends_environment])
    if left:
        jobs = ", ".join(f"{count} on {name}" for name, count in left.items())
        raise UsageError(
            f"Jobs run on compute environments that this would delete ({jobs}): nothing was changed.",
            fix=(
                "Have a new generation take over and the old one drain (",
                Command("compute", "roll"),
                "), or end them with it: ",
                Field("end_jobs"),
                ".",
            ),
        )
