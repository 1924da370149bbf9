"""Multi-node parallel jobs: what AWS refuses of their ``nodeProperties``, and what each node of a submission runs.

Sources: model, NodeProperties, NodeRangeProperty, NodeOverrides, NodePropertyOverride; Batch guide, "Multi-node
parallel jobs" and the pages under it.
"""

from __future__ import annotations

from local_batch.json_object import Json
from local_batch.operations import container_properties
from local_batch.operations.checks import check_variables
from local_batch.refusals import refuse
from local_batch.rules import nodes as rules

_NOT_THERE = ("ecsProperties", "eksProperties", "consumableResourceProperties")


def check(properties: Json) -> None:
    """Refuse a definition's node properties that AWS refuses. Raises Refusal."""
    number, main = properties["numNodes"], properties["mainNode"]
    if number < 1:
        raise refuse("numNodes must be at least 1")
    if not 0 <= main < number:
        raise refuse("mainNode must be an index of a node, less than numNodes")
    ranges = properties.get("nodeRangeProperties") or []
    if not 0 < len(ranges) <= rules.MOST_GROUPS:
        raise refuse(f"nodeRangeProperties must have between 1 and {rules.MOST_GROUPS} elements")
    for one in ranges:
        if one.get("container"):
            container_properties.check(one["container"], on_fargate=False)
        elif not any(one.get(kind) for kind in ("ecsProperties", "eksProperties")):
            raise refuse(f"The node range {one['targetNodes']} must have a container")
        if len(one.get("instanceTypes") or ()) > 1:
            raise refuse("instanceTypes of a node range can have one element")
    _group_of_each(ranges, number)


def _bounds(target: str, number: int) -> tuple[int, int]:
    """Return the first and the last node that a range means."""
    found = rules.RANGE.fullmatch(target)
    if not found or not (found["first"] or found["colon"]):
        raise refuse(f"targetNodes {target} is not a range of nodes")
    first = int(found["first"] or 0)
    last = first if not found["colon"] else int(found["last"] or number - 1)
    if not first <= last < number:
        raise refuse(f"The node range {target} must lie within the {number} nodes of the job")
    return first, last


def _group_of_each(ranges: list[Json], number: int) -> list[int]:
    """Return which range each node belongs to: the narrowest of those that hold it, as ranges may be nested."""
    found = [_bounds(one["targetNodes"], number) for one in ranges]
    groups = []
    for node in range(number):
        holding = [place for place, (first, last) in enumerate(found) if first <= node <= last]
        if not holding:
            raise refuse(f"Node {node} is in no node range: the ranges must account for all nodes")
        groups.append(min(holding, key=lambda place: found[place][1] - found[place][0]))
    return groups


def overridden(properties: Json, overrides: Json) -> tuple[Json, list[Json]]:
    """Return a submission's node properties and the container of each of its nodes. Raises Refusal."""
    number = overrides.get("numNodes") or properties["numNodes"]
    ranges = [dict(one) for one in properties["nodeRangeProperties"]]
    if number != properties["numNodes"]:
        _check_number(properties, number)
        ranges = [one for one in ranges if int(one["targetNodes"].partition(":")[0] or 0) < number]
    if number > rules.MOST_NODES:
        raise refuse(f"The local AWS Batch runs multi-node jobs of up to {rules.MOST_NODES} nodes")
    for one in ranges:
        if kind := next((kind for kind in _NOT_THERE if one.get(kind)), None):
            raise refuse(f"{kind} of a node range is not there in the local AWS Batch; a container is")
    groups = _group_of_each(ranges, number)
    containers = [dict(ranges[group]["container"]) for group in groups]
    for change in overrides.get("nodePropertyOverrides") or ():
        first, last = _bounds(change["targetNodes"], number)
        asked = dict(change.get("containerOverrides") or {})
        check_variables(asked.get("environment") or ())
        types = change.get("instanceTypes") or [asked.pop("instanceType", None)]
        asked.pop("instanceType", None)
        for node in range(first, last + 1):
            containers[node] = container_properties.overridden(containers[node], asked)
            if types[0]:
                containers[node]["instanceType"] = types[0]
    for container in containers:
        container_properties.check(container, on_fargate=False)
    # A range is shown with what its first node has; of two nodes of one range with different overrides, one is shown.
    shown = [
        {**one, "container": containers[groups.index(place)] if place in groups else one["container"]}
        for place, one in enumerate(ranges)
    ]
    return {**properties, "numNodes": number, "nodeRangeProperties": shown}, containers


def _check_number(properties: Json, number: int) -> None:
    """Refuse another number of nodes than the definition's where the model does (NodeOverrides.numNodes)."""
    targets = [str(one["targetNodes"]) for one in properties["nodeRangeProperties"]]
    opened = [target for target in targets if target.endswith(":")]
    if not opened:
        raise refuse("numNodes can be overridden only where a node range has an open upper boundary, such as n:")
    if number < 1 or not any(int(target[:-1] or 0) < number for target in opened):
        raise refuse("The lower boundary of the open node range must be fewer than the overridden numNodes")
    if properties["mainNode"] >= number:
        raise refuse("mainNode must be fewer than the overridden numNodes")
