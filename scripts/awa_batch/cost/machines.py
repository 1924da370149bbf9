"""Where attempts of jobs ran: what kind of machine, and of which type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from awa_batch.batch.clusters import cluster_of, instance_types
from awa_batch.batch.queues import all_environments, compute_environment_names, describe_queues
from awa_batch.cost.rates import Kind, Unknown

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients


@dataclass(frozen=True)
class Machine:
    """A kind of machine, and the types that it may be of: one where that is known, those of the pool otherwise."""

    kind: Kind
    types: tuple[str, ...] = ()


class Machines:
    """What is known of the machines of an environment's jobs.

    A job's task is in the cluster of its compute environment, whose name its ARNs have. Two to three calls, and one for
    each 100 instances.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._types: dict[str, str] = {}
        self._asked: set[str] = set()

    def look_at(self, instances: Iterable[str]) -> None:
        """Ask for the types of container instances that were not asked for before. Raises CallError."""
        new = [arn for arn in instances if arn and arn not in self._asked]
        self._asked.update(new)
        if new:
            self._types |= instance_types(self._clients.make("ecs"), new)

    def of_attempt(self, queue: str, task: str, instance: str) -> Machine | Unknown:
        """Return where an attempt ran, by its queue (ARN) and the ARNs of its task and its container instance."""
        cluster = cluster_of(instance) or cluster_of(task)
        found = self._by_cluster.get(cluster)
        if found is None:
            return self.of_queue(queue)
        return Machine(found.kind, (self._types[instance],)) if instance in self._types else found

    def of_queue(self, queue: str) -> Machine | Unknown:
        """Return where the jobs of a queue run, where all its environments are of one kind."""
        found = self._by_queue.get(queue, [])
        kinds = {machine.kind for machine in found}
        if not found:
            return Unknown("its compute environment is not there any more")
        if len(kinds) > 1:
            return Unknown(f"its queue has {' and '.join(sorted(kinds))}")
        return Machine(found[0].kind, tuple(dict.fromkeys(one for machine in found for one in machine.types)))

    @cached_property
    def _environments(self) -> list[Mapping[str, Any]]:
        return [entry for entry in all_environments(self._clients.batch) if entry.get("computeResources")]

    @cached_property
    def _by_cluster(self) -> dict[str, Machine]:
        named = ((str(one.get("ecsClusterArn", "")).rpartition("/")[2], one) for one in self._environments)
        return {cluster: _machine(one) for cluster, one in named if cluster}

    @cached_property
    def _by_queue(self) -> dict[str, list[Machine]]:
        there = {
            key: one
            for one in self._environments
            for key in (one["computeEnvironmentArn"], one["computeEnvironmentName"])
        }
        queues = describe_queues(self._clients.batch, [one.arn for one in self._clients.contract.queues.values()])
        return {
            arn: [_machine(there[name]) for name in compute_environment_names(queue) if name in there]
            for arn, queue in queues.items()
        }


def _machine(environment: Mapping[str, Any]) -> Machine:
    resources = environment["computeResources"]
    return Machine(cast("Kind", str(resources.get("type", "EC2"))), tuple(resources.get("instanceTypes") or ()))
