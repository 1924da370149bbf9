"""The instances behind a compute environment on EC2: jobs share them as their vCPUs, memory and GPUs allow.

On AWS instances come and go with the jobs, as large as the allocation strategy chooses; here they are only counted, so
that memory and GPUs hold jobs back as they do there.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_batch.services.instance_sizes import best_type, is_known

if TYPE_CHECKING:
    from local_batch.services.instance_sizes import Size

_ROUNDING = 1e-9


@dataclass(slots=True, eq=False)
class Instance:
    """One instance, and what jobs have of it."""

    kind: str
    """Its type, m5.large."""
    size: Size
    alone: bool = False
    """Whether it is a node's of a multi-node job, which has it to itself (Batch guide, "Multi-node parallel jobs")."""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    jobs: int = 0
    vcpus: float = 0.0
    memory: int = 0
    gpus: int = 0

    def has_room(self, vcpus: float, memory: int, gpus: int) -> bool:
        """Say whether one more job fits. Not all memory is for jobs, so that the last MiB is never given away."""
        return (
            not self.alone
            and self.vcpus + vcpus <= self.size.vcpus + _ROUNDING
            and self.memory + memory < self.size.memory
            and self.gpus + gpus <= self.size.gpus
        )


class Instances:
    """The instances of one environment that run jobs."""

    def __init__(self) -> None:
        self._running: list[Instance] = []

    def find(
        self,
        types: tuple[str, ...],
        max_vcpus: float,
        vcpus: float,
        memory: int,
        gpus: int,
        *,
        alone: bool = False,
        may_exceed: bool = True,
    ) -> Instance | None:
        """Return the instance that a job would run on, one that runs or a new one; None where it has to wait.

        A new one is there while the vCPUs of those that run are below ``max_vcpus``, which the last ``may_exceed`` (API
        reference, ComputeResource: maxvCpus).
        """
        for instance in () if alone else self._running:
            if instance.has_room(vcpus, memory, gpus):
                return instance
        room = max_vcpus - self.vcpus
        found = (
            best_type(types, room, vcpus, memory, gpus, alone=alone, may_exceed=may_exceed)
            if room > _ROUNDING
            else None
        )
        return None if found is None else Instance(found.name, found.size, alone)

    @property
    def vcpus(self) -> float:
        """The vCPUs of all that run."""
        return sum(instance.size.vcpus for instance in self._running)

    def take(self, instance: Instance, vcpus: float, memory: int, gpus: int) -> None:
        """Run a job on an instance that `find` has returned."""
        if instance.jobs == 0:
            self._running.append(instance)
        instance.jobs += 1
        instance.vcpus += vcpus
        instance.memory += memory
        instance.gpus += gpus

    def give_back(self, instance: Instance, vcpus: float, memory: int, gpus: int) -> None:
        """Take note that a job has ended. An instance without jobs ends."""
        instance.jobs -= 1
        instance.vcpus -= vcpus
        instance.memory -= memory
        instance.gpus -= gpus
        if instance.jobs == 0:
            self._running.remove(instance)


def are_counted(types: tuple[str, ...]) -> bool:
    """Say whether what instances of these types hold is known: all of them are in the table."""
    return bool(types) and all(is_known(name) for name in types)
