"""Count what an environment pays for by the hour even when no job runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cost:
    """One kind of thing that is billed by the hour: how many, what they are, and what changes it."""

    what: str
    count: int
    detail: str
    lever: str


def hourly_costs(plan: dict[str, Any]) -> list[Cost]:
    """Return what the planned environment pays for by the hour, from ``terraform show -json`` of its plan.

    Counts only: prices differ by region and change. An interface endpoint is billed for each zone it stands in.
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
    idle = {
        _name(entry["values"]): minimum
        for entry in resources
        if entry["type"] == "aws_batch_compute_environment"
        for block in entry["values"].get("compute_resources") or ()
        if (minimum := block.get("min_vcpus") or 0)
    }
    return [
        Cost(
            "NAT gateways", len(gateways), "each also has a public IPv4 address", "network.nat = none | single | per_az"
        ),
        Cost(
            "interface endpoints, by zone",
            stands,
            " ".join(sorted(str(entry["values"].get("service_name", "?")).split(".", 3)[-1] for entry in endpoints)),
            "network.interface_endpoints, or a NAT gateway instead",
        ),
        Cost(
            "vCPUs kept running",
            sum(idle.values()),
            " ".join(f"{name}={count}" for name, count in sorted(idle.items())),
            "min_vcpus of the compute environments (0: none while no job waits)",
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
