"""Updates of stacks in CloudFormation's order: moto deletes first and makes later."""

from __future__ import annotations

import copy
import logging
from typing import Any

from local_batch.arns import ACCOUNT
from local_batch.json_object import Json
from local_batch.refusals import Refusal
from local_batch.services.stacks.batch_resource import BatchResource
from local_batch.services.stacks.errors import StackResourceError

log = logging.getLogger(__name__)


def update_in_order(resource_map: Any) -> None:
    """Make and change first, then what refers to what was replaced; delete what is no longer needed last.

    CloudFormation guide, "Update behaviors of stack resources", and its clean-up after UPDATE_COMPLETE.
    """
    from moto.cloudformation.parsing import clean_json, parse_and_update_resource

    original = resource_map.update

    def update(self: Any, template: Json, parameters: Json | None = None) -> None:
        parsed, before = self._parsed_resources, dict(self._resource_json_map)
        gone = [
            (name, parsed[name])
            for name in before
            if name not in template["Resources"] and isinstance(parsed.get(name), BatchResource)
        ]
        for name, _ in gone:
            del self._resource_json_map[name], parsed[name]
        try:
            original(self, template, parameters)
            # A change may go on: a queue refers to an environment, a rule to the queue.
            for _ in template["Resources"]:
                if not _follow(self, clean_json, parse_and_update_resource):
                    break
        except BaseException:
            for name, resource in gone:  # for the roll-back to find
                self._resource_json_map[name], parsed[name] = before[name], resource
            self.abandoned = _taken_back(parsed)
            raise
        retired = [resource for _, resource in gone] + self.__dict__.pop("abandoned", [])
        for resource in parsed.values():
            if isinstance(resource, BatchResource) and resource.replaces is not None:
                retired.append(resource.replaces)
                resource.replaces = None
        _delete(retired)

    resource_map.update = update


def _taken_back(parsed: dict[str, Any]) -> list[BatchResource]:
    """Put what was replaced back in its place; return what had replaced it, which other objects may refer to yet."""
    found = []
    for name, resource in parsed.items():
        if isinstance(resource, BatchResource) and resource.replaces is not None:
            parsed[name], resource.replaces = resource.replaces, None
            found.append(resource)
    return found


def _follow(resources: Any, clean_json: Any, update: Any) -> bool:
    """Change Batch's objects that refer to something that is another one now; say whether there was one."""
    changed = False
    for name, given in resources._resource_json_map.items():
        resource = resources._parsed_resources.get(name)
        if not isinstance(resource, BatchResource):
            continue
        properties = clean_json(copy.deepcopy(given), resources).get("Properties", {})
        if properties != resource.properties:
            made = update(name, copy.deepcopy(given), resources, account_id=ACCOUNT, region_name=resource.region)
            resources._parsed_resources[name] = made
            changed = True
    return changed


def _delete(resources: list[BatchResource]) -> None:
    """Delete objects that may refer to each other. One in use stays; the stack is changed all the same, as on AWS."""
    while resources:
        left, refused = [], None
        for resource in resources:
            try:
                resource.delete(ACCOUNT, resource.region)
            except (Refusal, StackResourceError) as error:
                left.append(resource)
                refused = error
        if refused is not None and len(left) == len(resources):
            log.warning("%s is left behind by its stack: %s", ", ".join(one.arn for one in left), refused)
            return
        resources = left
