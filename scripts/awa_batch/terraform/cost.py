"""Count what an environment pays for by the hour even when no job runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Cost:
    """One kind of thing that is billed by the hour: how many, what they are, and what changes it.

    ``items`` are what each of them is in a table of prices (count by name); ``instances`` the vCPUs that are kept
    running of each environment, with its kind and instance types.
    """

    what: str
    count: int
    detail: str
    lever: str
    items: dict[str, int] = field(default_factory=dict)
    instances: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


def hourly_costs(plan: dict[str, Any]) -> list[Cost]:
    """Return what the planned environment pays for by the hour, from ``terraform show -json`` of its plan.

    Counts: what they cost is a matter of the region's prices. An interface endpoint is billed for each zone it stands
    in, a NAT gateway has a public IPv4 address.
    """
    resources = list(_resources(plan["planned_values"]["root_module"]))
    gateways = [entry for entry in resources if entry["type"] == "aws_nat_gateway"]
    endpoints = [
        entry
        for entry in resources
        if entry["type"] == "aws_vpc_endpoint" and entry["values"].get("vpc_endpoint_type") == "Interface"
    ]
    zones = len([entry for entry in resources if entry["type"] == "aws_subnet" and entry["name"] == "private"])
    # Before the first apply the subnets' ids are not known yet: an endpoint stands in every private subnet.
    stands = sum(len(entry["values"].get("subnet_ids") or ()) or zones for entry in endpoints)
    kept = [
        (_name(entry["values"]), block)
        for entry in resources
        if entry["type"] == "aws_batch_compute_environment"
        for block in entry["values"].get("compute_resources") or ()
        if block.get("min_vcpus") or 0
    ]
    idle = {name: block["min_vcpus"] for name, block in kept}
    return [
        Cost(
            "NAT gateways",
            len(gateways),
            "each also has a public IPv4 address",
            "network.nat = none | single | per_az",
            {"nat_gateway": len(gateways), "public_ipv4": len(gateways)},
        ),
        Cost(
            "interface endpoints, by zone",
            stands,
            " ".join(sorted(str(entry["values"].get("service_name", "?")).split(".", 3)[-1] for entry in endpoints)),
            "network.interface_endpoints, or a NAT gateway instead",
            {"interface_endpoint": stands},
        ),
        Cost(
            "vCPUs kept running",
            sum(idle.values()),
            " ".join(f"{name}={count}" for name, count in sorted(idle.items())),
            "min_vcpus of the compute environments (0: none while no job waits)",
            instances=tuple(
                (block["min_vcpus"], str(block.get("type", "EC2")), tuple(sorted(block.get("instance_type") or ())))
                for _, block in kept
            ),
        ),
    ]


def _name(values: dict[str, Any]) -> str:
    return str(values.get("compute_environment_name") or values.get("compute_environment_name_prefix") or "?").rstrip(
        "-"
    )


def _resources(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (entry for entry in module.get("resources", ()) if entry.get("mode") == "managed")
    for child in module.get("child_modules", ()):
        yield from _resources(child)
