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
    original = resource_map.update

    def update(self: Any, template: Json, parameters: Json | None = None) -> None:
        parsed, before = self._parsed_resources, dict(self._resource_json_map)
        gone = [
            (name, parsed[name])
            for name, given in before.items()
            if name not in template["Resources"]
            and parsed.get(name) is not None
            and (isinstance(parsed[name], BatchResource) or is_kept(given))
        ]
        known = {name: _resolved(self, name) for name in before if parsed.get(name) is not None}
        for name, _ in gone:
            del self._resource_json_map[name], parsed[name]
        try:
            original(self, template, parameters)
            # A change may go on: a queue refers to an environment, a rule to the queue.
            for _ in template["Resources"]:
                if not _follow(self, known, before):
                    break
        except BaseException:
            for name, resource in gone:  # for the roll-back to find
                self._resource_json_map[name], parsed[name] = before[name], resource
            self.abandoned = _taken_back(parsed)
            raise
        retired = self.__dict__.pop("abandoned", [])
        retired += [one for name, one in gone if isinstance(one, BatchResource) and not is_kept(before[name])]
        for name, resource in parsed.items():
            if isinstance(resource, BatchResource) and resource.replaces is not None:
                if not is_kept(self._resource_json_map.get(name) or {}, "UpdateReplacePolicy"):
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


def is_kept(resource: Json, policy: str = "DeletionPolicy") -> bool:
    """Whether a resource stays when its stack has no place for it any more."""
    return resource.get(policy) in {"Retain", "RetainExceptOnCreate"}


def _resolved(resources: Any, name: str) -> Any:
    """Return the properties of a resource with what they refer to filled in."""
    from moto.cloudformation.parsing import clean_json

    return clean_json(copy.deepcopy(resources._resource_json_map[name]), resources).get("Properties", {})


def _follow(resources: Any, known: Json, before: Json) -> bool:
    """Change what refers to something that is another one now; say whether there was one.

    ``known`` are the properties that moto's own resources were made of, ``before`` what the template said.
    """
    from moto.cloudformation import parsing

    changed = False
    for name, given in resources._resource_json_map.items():
        resource = resources._parsed_resources.get(name)
        if resource is None:
            continue
        properties = _resolved(resources, name)
        own = resource.properties if isinstance(resource, BatchResource) else known.get(name, properties)
        known[name] = properties
        # What the template itself says otherwise, moto has changed already.
        if properties == own or (not isinstance(resource, BatchResource) and before.get(name) != given):
            continue
        made: Any = parsing.parse_and_update_resource(
            name, copy.deepcopy(given), resources, account_id=ACCOUNT, region_name=resources._region_name
        )
        if made is not None:
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
