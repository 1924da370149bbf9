"""What jobs of a kind took: time and memory, of a candidate's and of the last ones of what runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.listing import first_in_state
from awa_batch.batch.revisions import name_of
from awa_batch.contract.candidate import ENDING
from awa_batch.usage.measured import measured_of

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients

_LAST = 50


@dataclass(frozen=True)
class Took:
    """Seconds that a job ran, and MiB that it held at most; None where its log has no line that says so."""

    seconds: float
    memory: float | None


def took(clients: Clients, details: Iterable[dict[str, Any]]) -> list[Took]:
    """Return what jobs that have ended took, of their details. One call for each hundred logs. Raises CallError."""
    ended = [detail for detail in details if detail.get("startedAt") and detail.get("stoppedAt")]
    measured = measured_of(clients, cast("Sequence[JobDetailTypeDef]", ended))
    return [
        Took((detail["stoppedAt"] - detail["startedAt"]) / 1000, one.memory)
        for detail, one in zip(ended, measured, strict=True)
    ]


def blue_runs(clients: Clients, logical: str, job: str) -> list[Took]:
    """Return what blue's last runs of ``job`` took, of the definition whose candidate is ``logical``.

    Looked for among the first thousand jobs of each queue of the platform that have succeeded; arrays are passed over,
    since their children are not listed. Two calls a queue and two for each hundred jobs. Raises CallError.
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
    return took(
        clients,
        [
            dict(detail)
            for detail in details
            if (detail.get("container") or {}).get("command", [])[-2:] == ["run_batch.py", job]
        ],
    )
