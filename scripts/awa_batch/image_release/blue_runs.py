"""How long what runs took for the same job, to compare a candidate with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.listing import first_in_state
from awa_batch.batch.revisions import name_of
from awa_batch.contract.candidate import ENDING

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

FEWEST_RUNS = 3
"""Runs of blue below which nothing can be said."""

_LAST = 50


def blue_seconds(clients: Clients, logical: str, job: str) -> list[float]:
    """Return the seconds that blue's last runs of ``job`` took, of the definition whose candidate is ``logical``.

    Looked for among the first thousand jobs of each queue of the platform that have succeeded; arrays are passed over,
    since their children are not listed. Two calls a queue and one for each hundred jobs. Raises CallError.
    """
    contract = clients.contract
    blue = contract.job_definitions.get(logical.removesuffix(ENDING))
    if blue is None:
        return []
    found = []
    for queue in contract.queues.values():
        if queue.platform != blue.platform:
            continue
        jobs, _ = first_in_state(clients.batch, queue.arn, "SUCCEEDED")
        found += [one for one in jobs if name_of(one.get("jobDefinition", "")) == blue.name]
    found.sort(key=lambda one: one.get("createdAt", 0), reverse=True)
    details = describe_jobs(clients.batch, [one["jobId"] for one in found[:_LAST]]).values()
    return [
        (detail["stoppedAt"] - detail["startedAt"]) / 1000
        for detail in details
        if detail.get("startedAt")
        and detail.get("stoppedAt")
        and (detail.get("container") or {}).get("command", [])[-2:] == ["run_batch.py", job]
    ]
