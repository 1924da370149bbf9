"""The objects that jobs run on: compute environments, queues, job definitions, consumable resources, by region."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_batch.json_object import Json
from local_batch.scheduler.instances import Instance, Instances, are_counted
from local_batch.services.instance_sizes import best_type, can_hold

if TYPE_CHECKING:
    from local_batch.scheduler.dispatch_order import DispatchOrder
    from local_batch.scheduler.job import Job


@dataclass(slots=True, eq=False)
class Environment:
    """A compute environment: ``detail`` is what DescribeComputeEnvironments shows, ``used`` the vCPUs in use."""

    detail: Json
    used: float = 0.0
    starved: bool = False
    """Told to have no instances to give, so that a lack of capacity can be tried."""
    running: set[Job] = field(default_factory=set)
    instances: Instances = field(default_factory=Instances)
    is_looked_up: bool = True
    """Whether what it names of the account has to be there; not of those that the server makes itself."""

    @property
    def arn(self) -> str:
        """The environment's ARN."""
        return str(self.detail["computeEnvironmentArn"])

    @property
    def name(self) -> str:
        """The environment's name."""
        return str(self.detail["computeEnvironmentName"])

    @property
    def resource_type(self) -> str:
        """EC2, SPOT, FARGATE or FARGATE_SPOT (empty for an unmanaged environment)."""
        return str((self.detail.get("computeResources") or {}).get("type", ""))

    @property
    def fargate(self) -> bool:
        """Whether jobs run on Fargate."""
        return self.resource_type.startswith("FARGATE")

    @property
    def max_vcpus(self) -> float:
        """How many vCPUs the environment may grow to.

        An unmanaged one has the instances that its owner gave it, which nobody tells Batch of: none bound it here.
        """
        resources = self.detail.get("computeResources")
        return float(resources["maxvCpus"]) if resources else math.inf

    @property
    def shared_vcpus(self) -> float:
        """The vCPUs of which a fair-share policy reserves a part.

        Of an unmanaged environment those it was given; where none, "no vCPU capacity is reserved" (model:
        CreateComputeEnvironmentRequest.unmanagedvCpus).
        """
        unmanaged = self.detail.get("computeResources") is None
        return float(self.detail.get("unmanagedvCpus") or math.inf) if unmanaged else self.max_vcpus

    @property
    def may_exceed(self) -> bool:
        """Whether its last instance may go beyond maxvCpus.

        Under every allocation strategy but BEST_FIT on demand (API reference, ComputeResource: maxvCpus).
        """
        resources = self.detail.get("computeResources") or {}
        return not (resources.get("type") == "EC2" and resources.get("allocationStrategy") == "BEST_FIT")

    def can_hold(self, vcpus: float, memory: int, gpus: int) -> bool:
        """Whether one of its instance types has so many vCPUs, so much memory (MiB) and so many GPUs.

        Fargate's sizes were looked at when the job was submitted; an unmanaged environment's instances are not known.
        """
        types = (self.detail.get("computeResources") or {}).get("instanceTypes")
        if self.fargate or not types:
            return True
        names = tuple(types)
        if not self.may_exceed and are_counted(names):
            return best_type(names, self.max_vcpus, vcpus, memory, gpus, may_exceed=False) is not None
        return can_hold(names, vcpus, memory, gpus)

    def can_hold_nodes(self, needs: list[tuple[float, int, int]]) -> bool:
        """Whether the nodes of a job would find instances where nothing else runs: each has one to itself."""
        idle = Environment(self.detail)
        return idle.take_places(needs, alone=True) is not None

    def take_places(self, needs: list[tuple[float, int, int]], *, alone: bool = False) -> list[Instance] | None:
        """Run a job, or the nodes of one, on instances; return them, None where one of its needs has to wait.

        Each need is vCPUs, MiB and GPUs. Where instances are not counted they are none. ``alone``: each has one to
        itself.
        """
        types = tuple((self.detail.get("computeResources") or {}).get("instanceTypes") or ())
        if self.fargate or not are_counted(types):
            return []
        taken: list[Instance] = []
        for need in needs:
            instance = self.instances.find(types, self.max_vcpus, *need, alone=alone, may_exceed=self.may_exceed)
            if instance is None:
                self.give_back_places(taken, needs)
                return None
            self.instances.take(instance, *need)
            taken.append(instance)
        return taken

    def give_back_places(self, places: list[Instance], needs: list[tuple[float, int, int]]) -> None:
        """Take note that what ran on these instances has ended."""
        for instance, need in zip(places, needs, strict=False):
            self.instances.give_back(instance, *need)

    def has_places(self, needs: list[tuple[float, int, int]], *, alone: bool = False) -> bool:
        """Say whether a job would find instances now."""
        places = self.take_places(needs, alone=alone)
        if places:
            self.give_back_places(places, needs)
        return places is not None

    @property
    def instance_types(self) -> tuple[str, ...]:
        """The types that it may take; of Fargate, which has none, its own name."""
        resources = self.detail.get("computeResources") or {}
        return tuple(resources.get("instanceTypes") or filter(None, (self.resource_type,)))

    @property
    def open(self) -> bool:
        """Whether jobs are placed here: ENABLED and VALID."""
        return self.detail["state"] == "ENABLED" and self.detail["status"] in {"VALID", "UPDATING"}


@dataclass(slots=True, eq=False)
class Consumable:
    """A consumable resource: ``total`` of it there is, ``in_use`` of that are held by jobs."""

    detail: Json
    total: int
    in_use: int = 0
    tokens: set[str] = field(default_factory=set)

    @property
    def arn(self) -> str:
        """The resource's ARN."""
        return str(self.detail["consumableResourceArn"])

    @property
    def name(self) -> str:
        """The resource's name."""
        return str(self.detail["consumableResourceName"])

    @property
    def free(self) -> int:
        """How much a job may take now. Below 0 where the total was lowered under what is in use."""
        return self.total - self.in_use

    def give_back(self, quantity: int) -> None:
        """Take note that a job which held some of it has ended."""
        self.in_use -= quantity
        if self.detail["resourceType"] == "NON_REPLENISHABLE":
            self.total -= quantity


@dataclass(frozen=True, slots=True)
class Blocked:
    """The job at a queue's head that cannot be placed until somebody changes something, and why."""

    job: Job
    reason: str
    since: float
    """`time.monotonic`'s."""


@dataclass(slots=True, eq=False)
class Queue:
    """A job queue: ``detail`` is what DescribeJobQueues shows, ``ready`` its RUNNABLE jobs in dispatch order."""

    detail: Json
    region: str
    ready: DispatchOrder
    jobs: dict[str, Job] = field(default_factory=dict)
    blocked: Blocked | None = None

    @property
    def arn(self) -> str:
        """The queue's ARN."""
        return str(self.detail["jobQueueArn"])

    @property
    def name(self) -> str:
        """The queue's name."""
        return str(self.detail["jobQueueName"])

    @property
    def fair_share(self) -> bool:
        """Whether the queue has a scheduling policy."""
        return bool(self.detail.get("schedulingPolicyArn"))


@dataclass(slots=True, eq=False)
class Definition:
    """One revision of a job definition: ``detail`` is what DescribeJobDefinitions shows."""

    detail: Json

    @property
    def arn(self) -> str:
        """The revision's ARN."""
        return str(self.detail["jobDefinitionArn"])

    @property
    def fargate(self) -> bool:
        """Whether the definition is for Fargate."""
        return "FARGATE" in (self.detail.get("platformCapabilities") or ())


@dataclass(slots=True, eq=False)
class Region:
    """All Batch objects of one region."""

    name: str
    environments: dict[str, Environment] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    consumables: dict[str, Consumable] = field(default_factory=dict)
