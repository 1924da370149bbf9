"""Which of AWS's ways each change of a compute environment takes, and what running jobs feel of it, from a plan.

AWS Batch changes an environment in one of three ways (user guide, "Updating compute environments"): a scaling update
and an infrastructure update are made in place, anything else needs another environment. Which it will be is in
``terraform show -json`` of a plan: the provider plans a replacement where it, or AWS, cannot update.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Way = Literal["settings", "scaling", "infrastructure update", "replacement", "new", "deleted", "order"]

SCALING = frozenset({"min_vcpus", "max_vcpus", "desired_vcpus"})
"""What any environment takes without touching instances (user guide, "Performing scaling updates")."""
SCALING_ON_FARGATE = SCALING | {"subnets", "security_group_ids"}
"""On Fargate these too: there are no instances to replace (same page)."""
SETTINGS = ("state", "tags", "update_policy")
"""Members of an environment beside its compute resources, whose change has no effect on instances."""

FELT: dict[Way, str] = {
    "settings": "nothing",
    "scaling": "nothing: they go on; a lower ceiling only lets fewer start",
    "new": "nothing",
}
"""What running jobs feel where that depends on nothing else."""


@dataclass(frozen=True)
class ComputeChange:
    """A planned change of one compute environment, or of a queue's order of them.

    ``generation`` is Terraform's key (``on_demand/a``; on Fargate ``on_demand``), ``fields`` what changes, ``felt``
    what running jobs feel, in words. ``arn`` and ``cluster`` (ARN of its ECS cluster) are those that are there today,
    "" of a new one; ``platform`` is EC2 or FARGATE.
    """

    generation: str
    platform: str
    name: str
    way: Way
    fields: tuple[str, ...]
    felt: str
    arn: str = ""
    cluster: str = ""

    @property
    def key(self) -> str:
        """What people call it: ``ec2/on_demand/a``, or the queue's name."""
        return f"{self.platform.lower()}/{self.generation}" if self.platform else self.name

    @property
    def ends_environment(self) -> bool:
        """Whether the environment that is there today is deleted."""
        return self.way in ("deleted", "replacement")

    @property
    def disturbs_jobs(self) -> bool:
        """Whether jobs that run on it may be ended."""
        return self.ends_environment or self.way == "infrastructure update"


def compute_changes(plan: dict[str, Any]) -> list[ComputeChange]:
    """Return the changes of compute environments and queues' orders in ``terraform show -json`` of a plan."""
    changes = plan.get("resource_changes") or ()
    environments = [one for one in changes if one.get("type") == "aws_batch_compute_environment"]
    names = dict(_names(environments))
    found = [change for one in environments if (change := _environment(one)) is not None]
    for one in changes:
        if one.get("type") == "aws_batch_job_queue" and (change := _order(one, names)) is not None:
            found.append(change)
    return found


def _names(environments: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in environments:
        before = one["change"].get("before") or {}
        if "arn" in before:
            platform = "fargate" if _is_fargate(_resources(before)) else "ec2"
            yield before["arn"], f"{platform}/{one['index']}" if "index" in one else before["compute_environment_name"]


def _environment(entry: dict[str, Any]) -> ComputeChange | None:
    change = entry["change"]
    actions, before, after = set(change["actions"]), change.get("before") or {}, change.get("after") or {}
    if not actions & {"create", "update", "delete"}:
        return None
    resources = _resources(before or after)
    way, fields, felt = _way(change, actions, before, after, resources)
    return ComputeChange(
        generation=str(entry.get("index", entry["address"])),
        platform="FARGATE" if _is_fargate(resources) else "EC2",
        name=str(before.get("compute_environment_name") or after.get("compute_environment_name_prefix") or "?"),
        way=way,
        fields=fields,
        felt=felt,
        arn=str(before.get("arn", "")),
        cluster=str(before.get("ecs_cluster_arn", "")),
    )


def _way(
    change: dict[str, Any],
    actions: set[str],
    before: dict[str, Any],
    after: dict[str, Any],
    resources: dict[str, Any],
) -> tuple[Way, tuple[str, ...], str]:
    fargate = _is_fargate(resources)
    ended = (
        "AWS refuses to delete the old one while they run, and it becomes INVALID"
        if fargate
        else "those on the old one are ended; their retry rules may start them again"
    )
    if actions == {"create"}:
        return "new", (), FELT["new"]
    if actions == {"delete"}:
        return "deleted", (), ended
    unknown = change.get("after_unknown") or {}
    fields = tuple(sorted({*_changed(before, after, unknown)}))
    if actions == {"create", "delete"}:
        paths = {_path(path) for path in change.get("replace_paths") or ()}
        return "replacement", tuple(sorted(paths)) or fields, ended
    within = {name.partition(".")[2] for name in fields if name.startswith("compute_resources.")}
    if within - (SCALING_ON_FARGATE if fargate else SCALING):
        return "infrastructure update", fields, _under_policy(after or before)
    if within:
        return "scaling", fields, FELT["scaling"]
    return "settings", fields, FELT["settings"]


def _under_policy(values: dict[str, Any]) -> str:
    """Return what an infrastructure update does to jobs (user guide, "Performing infrastructure updates").

    Without a policy they get 30 minutes (API reference, UpdatePolicy).
    """
    policy = (values.get("update_policy") or [{}])[0]
    if policy.get("terminate_jobs_on_update"):
        return "they are ended at once; their retry rules may start them again"
    minutes = policy.get("job_execution_timeout_minutes") or 30
    return f"they get {minutes} minutes to finish and are ended then; their retry rules may start them again"


def _is_fargate(resources: dict[str, Any]) -> bool:
    return str(resources.get("type", "")).startswith("FARGATE")


def _resources(values: dict[str, Any]) -> dict[str, Any]:
    return dict((values.get("compute_resources") or [{}])[0])


def _changed(before: dict[str, Any], after: dict[str, Any], unknown: dict[str, Any]) -> Iterator[str]:
    """Yield the names of what differs or is not known yet, those of compute resources with that before them."""
    old, new = _resources(before), _resources(after)
    blank = _resources(unknown)
    for name in {*old, *new, *blank}:
        if name != "desired_vcpus" and (_known(old.get(name)) != _known(new.get(name)) or _has_true(blank.get(name))):
            yield f"compute_resources.{name}"
    for name in SETTINGS:
        if before.get(name) != after.get(name):
            yield name


def _known(value: Any) -> Any:
    """Return a value for comparing: lists of plain values are sets to AWS."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(value)
    return value or None


def _has_true(value: Any) -> bool:
    """Whether anything in a part of ``after_unknown`` is not known yet."""
    if isinstance(value, dict):
        return any(_has_true(one) for one in value.values())
    if isinstance(value, list):
        return any(_has_true(one) for one in value)
    return value is True


def _path(path: list[Any]) -> str:
    return ".".join(str(part) for part in path if not isinstance(part, int))


def _order(entry: dict[str, Any], names: dict[str, str]) -> ComputeChange | None:
    """Return the change of a queue's order; None where it stays."""
    change = entry["change"]
    before, after = change.get("before"), change.get("after")
    if not before or not after:
        return None
    old, new = _environments(before), _environments(after)
    unknown = _has_true((change.get("after_unknown") or {}).get("compute_environment_order"))
    if old == new and not unknown:
        return None
    off = [names.get(arn, arn.rpartition("/")[2]) for arn in old if arn not in new and not unknown]
    felt = "those that run go on"
    if off:
        felt += f"; none starts on {', '.join(off)} any more"
    shown = [names.get(arn, arn.rpartition("/")[2]) if arn else "(new)" for arn in new]
    return ComputeChange(
        generation="",
        platform="",
        name=str(before.get("name", "?")),
        way="order",
        fields=(", ".join(shown) if shown else "compute_environment_order",),
        felt=felt,
        arn=str(before.get("arn", "")),
    )


def _environments(queue: dict[str, Any]) -> list[str]:
    order = sorted(queue.get("compute_environment_order") or (), key=lambda one: int(one.get("order") or 0))
    return [str(one.get("compute_environment") or "") for one in order]
