"""What EC2's instance types have: a job which none of a queue's instances can hold is refused before it is sent.

``instance_types.json`` has vCPUs, MiB and GPUs by type, from DescribeInstanceTypes as moto ships it; a test holds the
two against each other and says how to write it anew. Who submits needs no permission of EC2 for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import NamedTuple

FAMILIES = {
    "optimal": ("c4", "m4", "r4", "c5", "m5", "r5", "c6i", "m6i", "r6i", "c7i", "m7i", "r7i"),
    "default_x86_64": ("c6i", "m6i", "r6i", "c7i"),
    "default_arm64": ("c6g", "m6g", "r6g", "c7g"),
}
"""The families from which AWS Batch chooses by itself (API reference, ComputeResource.instanceTypes): ``optimal`` may
take C4, M4 and R4, elsewhere their successors (Batch guide, "Compute environment parameters").
More rather than fewer, as only what certainly does not fit is refused."""


class Size(NamedTuple):
    """An instance's vCPUs, MiB and GPUs."""

    vcpus: float
    memory: int
    gpus: int

    def holds(self, wanted: Size) -> bool:
        """Whether a job of ``wanted`` can be placed here, alone.

        Not one that asks for all of the memory: the system and the ECS agent keep some of it (Batch guide, "Compute
        resource memory management").
        """
        return self.vcpus >= wanted.vcpus and self.memory > wanted.memory and self.gpus >= wanted.gpus


@cache
def _table() -> dict[str, Size]:
    text = (resources.files("awa_batch.batch") / "instance_types.json").read_text(encoding="utf-8")
    return {name: Size(*size) for name, size in json.loads(text).items()}


@cache
def _named(name: str) -> dict[str, Size]:
    families = FAMILIES.get(name, (name,))
    return {one: size for one, size in _table().items() if one == name or one.partition(".")[0] in families}


def types_of(instance_types: Iterable[str]) -> dict[str, Size]:
    """Return type → size of types, families and AWS's own choices; {} where one is not in the table."""
    found: dict[str, Size] = {}
    for name in instance_types:
        some = _named(name)
        if not some:
            return {}
        found |= some
    return found


def sizes_of(instance_types: Iterable[str]) -> list[Size] | None:
    """Return the sizes of types, families and AWS's own choices (`FAMILIES`); None where one is not in the table."""
    return list(types_of(instance_types).values()) or None
