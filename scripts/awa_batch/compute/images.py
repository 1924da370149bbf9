"""Which machine images the generations run, and which are newer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awa_batch.batch.failures import CallError, calling
from awa_batch.batch.parts import in_parts
from awa_batch.batch.queues import named_environments

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.compute.site import Applied, PoolKey

PARAMETERS = {
    ("ECS_AL2023", False): "amazon-linux-2023",
    ("ECS_AL2023", True): "amazon-linux-2023/arm64",
    ("ECS_AL2023_NVIDIA", False): "amazon-linux-2023/gpu",
    ("ECS_AL2023_NVIDIA", True): "amazon-linux-2023/arm64/gpu",
}
"""Image type and whether on Arm → the part of the public parameter's name that differs (ECS guide, "Retrieving Amazon
ECS-optimized Linux AMI metadata"; the same that Terraform's ``ami_refresh`` reads)."""


@dataclass(frozen=True)
class Image:
    """A generation and its machine image.

    ``runs``: image ids of the instances that run now, or the one that it was made with by its id; () where AWS does not
    say. ``newest``: AWS's newest for its type, "" where it cannot be asked. ``has_newer``: None where nobody knows.
    """

    key: str
    environment: str
    state: str
    image_type: str
    runs: tuple[str, ...]
    newest: str
    has_newer: bool | None
    own: bool

    @property
    def verdict(self) -> str:
        """What that means, in words."""
        if not self.image_type:
            return "no machine image (Fargate)"
        if self.own:
            return "an image of its own, by id"
        return {True: "older than AWS Batch's newest", False: "the newest", None: "not told by AWS"}[self.has_newer]


def images(clients: Clients, outputs: dict[str, Any]) -> list[Image]:
    """Return every generation of Terraform's outputs with its image. Raises CallError."""
    listed = outputs.get("compute_environments") or {}
    details = named_environments(clients.batch, [one["name"] for one in listed.values()])
    newest: dict[str | None, str] = {None: ""}
    found = []
    for key, one in sorted(listed.items()):
        detail: dict[str, Any] = dict(details.get(one["name"]) or {})
        resources: dict[str, Any] = detail.get("computeResources") or {}
        configuration: dict[str, Any] = dict(next(iter(resources.get("ec2Configuration") or ()), {}))
        kind = str(configuration.get("imageType", "")) if key.startswith("ec2/") else ""
        override = configuration.get("imageIdOverride")
        parameter = PARAMETERS.get((kind, _on_arm(resources.get("instanceTypes") or ())))
        if parameter is not None and parameter not in newest:
            newest[parameter] = _newest(clients, parameter)
        newer = _has_newer(configuration.get("batchImageStatus"), override, newest[parameter])
        running = _running(clients, one["ecs_cluster_arn"]) if kind else ()
        found.append(
            Image(
                key=key,
                environment=one["name"],
                state=one.get("state", "active"),
                image_type=kind,
                runs=running or ((override,) if override else ()),
                newest=newest[parameter],
                has_newer=newer,
                own=bool(override) and override != newest[parameter],
            )
        )
    return found


def pools_with_newer_images(clients: Clients, applied: Iterable[Applied]) -> set[PoolKey]:
    """Return the pools of which an active generation runs an older image than AWS Batch has. Raises CallError."""
    active = {one.name: one.pool for one in applied if one.state == "active" and one.pool[0] == "ec2"}
    found = set()
    for name, detail in named_environments(clients.batch, active).items():
        resources: dict[str, Any] = dict(detail.get("computeResources") or {})
        if any(one.get("batchImageStatus") == "UPDATE_AVAILABLE" for one in resources.get("ec2Configuration") or ()):
            found.add(active[name])
    return found


def _has_newer(status: object, override: object, newest: str) -> bool | None:
    """Return what AWS says of an image that it chose (API reference, Ec2Configuration: batchImageStatus), else ids."""
    if override:
        return override != newest if newest else None
    return {"UPDATE_AVAILABLE": True, "LATEST": False}.get(str(status))


def _on_arm(types: Iterable[str]) -> bool:
    """Return whether instance types are of AWS's own processors: a ``g`` behind the generation's number."""
    return any("g" in one.partition(".")[0].lstrip("abcdefghijklmnopqrstuvwxyz") or "arm64" in one for one in types)


def _newest(clients: Clients, parameter: str) -> str:
    """Return AWS's newest image; "" for who may not ask."""
    name = f"/aws/service/ecs/optimized-ami/{parameter}/recommended/image_id"
    try:
        with calling("asking for the newest machine image"):
            return str(clients.make("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except CallError as error:
        if error.is_passing:
            raise
        return ""


def _running(clients: Clients, cluster: str) -> tuple[str, ...]:
    """Return the image ids of a cluster's instances (ECS guide, "Container instance attributes": ecs.ami-id)."""
    ecs = clients.make("ecs")
    found = set()
    try:
        with calling("looking at container instances"):
            arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
            for some in in_parts(arns):
                for one in ecs.describe_container_instances(cluster=cluster, containerInstances=some)[
                    "containerInstances"
                ]:
                    found |= {each["value"] for each in one["attributes"] if each["name"] == "ecs.ami-id"}
    except CallError as error:
        if error.is_passing:
            raise
    return tuple(sorted(found))
