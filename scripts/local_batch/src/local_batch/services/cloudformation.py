"""CloudFormation: moto's stacks, whose objects of Batch are those of the local AWS Batch, and which fail as on AWS.

What moto does otherwise (5.2.5): it makes Batch's objects in a Batch of its own; a resource that cannot be made ends
the request, and leaves the stack and what it made before; types that it does not have are left out without a word; an
update deletes first and makes later; outputs of a stack that is gone make its resources again when they are asked for.
"""

from __future__ import annotations

import copy
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local_batch.arns import ACCOUNT
from local_batch.refusals import Refusal
from local_batch.services import stack_resources
from local_batch.services.stack_resources import BatchResource, OwnBatch, StackResourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_batch.json_object import Json

log = logging.getLogger(__name__)

_NOT_MADE = ("AWS::CloudFormation::", "AWS::CDK::Metadata", "Custom::")
"""Types, or their beginnings, that are no resources of a service, or that moto knows by their beginning."""


class _FailedError(Exception):
    """A resource failed: its logical id, its type and why."""

    def __init__(self, name: str, kind: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.kind = kind
        self.reason = reason


def install(call: Callable[[str, str, Json], Json], shape: Callable[[str], Any]) -> None:
    """Have moto's stacks make Batch's objects by ``call``; ``shape`` returns an operation's request."""
    from moto.cloudformation import parsing
    from moto.cloudformation.models import cloudformation_backends

    def stack_tags(region: str, stack: str) -> dict[str, str]:
        found = cloudformation_backends[ACCOUNT][region].stacks.get(stack)
        return dict(found.tags) if found is not None else {}

    BatchResource.batch = OwnBatch(call, shape, stack_tags)
    models: Any = {one.TYPE: one for one in stack_resources.RESOURCES}
    parsing.get_model_map().update(models)
    parsing.get_name_type_map().update({name: one.NAME for name, one in models.items()})
    _name_what_failed(parsing)
    _update_in_order(parsing.ResourceMap)
    _fail_as_on_aws()


def _name_what_failed(parsing: Any) -> None:
    """Have a failure carry the resource that it is of."""

    def named(original: Any) -> Any:
        def make(logical_id: str, resource_json: Json, *rest: Any, **more: Any) -> Any:
            try:
                return original(logical_id, resource_json, *rest, **more)
            except _FailedError:
                raise  # of what this one refers to
            except Exception as error:
                if not isinstance(error, (Refusal, StackResourceError)):
                    log.info("%s of a stack failed", logical_id, exc_info=True)
                reason = stack_resources.reason_of(error)
                raise _FailedError(logical_id, resource_json["Type"], reason) from error

        return make

    parsing.parse_and_create_resource = named(parsing.parse_and_create_resource)
    parsing.parse_and_update_resource = named(parsing.parse_and_update_resource)


def _update_in_order(resource_map: Any) -> None:
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
            raise
        retired = [resource for _, resource in gone]
        for resource in parsed.values():
            if isinstance(resource, BatchResource) and resource.replaces is not None:
                retired.append(resource.replaces)
                resource.replaces = None
        _delete(retired)

    resource_map.update = update


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
    """Delete objects that may refer to each other. Raises the refusal of one that nothing stands in the way of."""
    while resources:
        left, refused = [], None
        for resource in resources:
            try:
                resource.delete(ACCOUNT, resource.region)
            except (Refusal, StackResourceError) as error:
                left.append(resource)
                refused = error
        if refused is not None and len(left) == len(resources):
            raise refused
        resources = left


def _fail_as_on_aws() -> None:
    """Keep a stack whose resources fail, with the status and the events that AWS gives it."""
    from moto.cloudformation.models import CloudFormationBackend

    backend: Any = CloudFormationBackend
    create, execute, change, delete = (
        backend.create_stack, backend.execute_change_set, backend.update_stack, backend.delete_stack,
    )  # fmt: skip
    propose = backend.create_change_set

    def create_stack(self: Any, name: str, template: str, *rest: Any, **more: Any) -> Any:
        _check_types(template)
        known = set(self.stacks)
        try:
            return create(self, name, template, *rest, **more)
        except _FailedError as failed:
            stack = next(stack for key, stack in self.stacks.items() if key not in known)
            _roll_back_creation(stack, failed)
            return stack

    def create_change_set(
        self: Any, stack_name: str, change_set_name: str, template: str, *rest: Any, **more: Any
    ) -> Any:
        _check_types(template)
        return propose(self, stack_name, change_set_name, template, *rest, **more)

    def execute_change_set(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        found = self.describe_change_set(change_set_name)
        stack = self.stacks[found.stack_id]
        if found.change_set_type == "CREATE":
            try:
                execute(self, change_set_name, stack_name)
            except _FailedError as failed:
                found.execution_status = "EXECUTE_FAILED"
                _roll_back_creation(stack, failed)
            return
        with _rolling_back(stack):
            execute(self, change_set_name, stack_name)

    def update_stack(self: Any, name: str, template: str, *rest: Any, **more: Any) -> Any:
        _check_types(template)
        stack = self.get_stack(name)
        with _rolling_back(stack):
            change(self, name, template, *rest, **more)
        return stack

    def delete_stack(self: Any, name_or_stack_id: str) -> None:
        stack = self.stacks.get(name_or_stack_id)
        if stack is None:
            delete(self, name_or_stack_id)  # finds those of the name, and comes here for each
            return
        outputs = list(stack.output_map.values()) if stack.resource_map._parsed_resources else []
        try:
            delete(self, name_or_stack_id)
        except Exception as error:
            self.stacks[stack.stack_id] = stack
            stack.status = "DELETE_FAILED"
            stack._add_stack_event("DELETE_FAILED", resource_status_reason=stack_resources.reason_of(error))
            return
        _empty(stack, {one.key: one for one in outputs if one})

    backend.create_stack = create_stack
    backend.create_change_set = create_change_set
    backend.execute_change_set = execute_change_set
    backend.update_stack = update_stack
    backend.delete_stack = delete_stack


def _check_types(template: str) -> None:
    """Refuse a template with types that nothing here makes: moto leaves them out. Raises moto's ValidationError."""
    from moto.cloudformation.exceptions import ValidationError
    from moto.cloudformation.models import Stack
    from moto.cloudformation.parsing import get_model_map

    found = Stack.parse_template(template) if isinstance(template, str) else template
    kinds = {str(one.get("Type")) for one in (found.get("Resources") or {}).values() if isinstance(one, dict)}
    known = get_model_map()
    if strange := sorted(kind for kind in kinds if kind not in known and not kind.startswith(_NOT_MADE)):
        message = (
            f"Template format error: Unrecognized resource types: [{', '.join(strange)}] (moto, which stands in for "
            "CloudFormation on the local AWS, does not make these)"
        )
        raise ValidationError(message=message)


def _roll_back_creation(stack: Any, failed: _FailedError) -> None:
    """Delete what was made for a stack that failed: ROLLBACK_COMPLETE, or ROLLBACK_FAILED."""
    _tell(stack, failed, "CREATE_FAILED")
    _status(
        stack,
        "ROLLBACK_IN_PROGRESS",
        f"The following resource(s) failed to create: [{failed.name}]. Rollback requested by user.",
    )
    made = stack.resource_map
    # moto deletes what the map has made; a resource that was not made has no place there.
    made._resource_json_map = {
        name: given for name, given in made._resource_json_map.items() if name in made._parsed_resources
    }
    try:
        made.delete()
    except Exception as error:
        _status(stack, "ROLLBACK_FAILED", stack_resources.reason_of(error))
        return
    _empty(stack, {})
    _status(stack, "ROLLBACK_COMPLETE")


@contextmanager
def _rolling_back(stack: Any) -> Iterator[None]:
    """Change a stack, and change it back where that fails."""
    template, parameters, text = stack.template_dict, dict(stack.parameters), stack.template
    try:
        yield
    except _FailedError as failed:
        _tell(stack, failed, "UPDATE_FAILED")
        reason = f"The following resource(s) failed to update: [{failed.name}]."
        _status(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        stack.template, stack.template_dict, stack.parameters = text, template, parameters
        try:
            stack.resource_map.update(template, parameters)
        except Exception as error:
            _status(stack, "UPDATE_ROLLBACK_FAILED", stack_resources.reason_of(error))
            return
        _status(stack, "UPDATE_ROLLBACK_COMPLETE")


def _status(stack: Any, status: str, reason: str | None = None) -> None:
    stack.status = status
    stack._add_stack_event(status, resource_status_reason=reason)


def _tell(stack: Any, failed: _FailedError, status: str) -> None:
    """Add the event of a resource that failed."""
    from moto.cloudformation.models import Event

    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=failed.name,
            physical_resource_id="",
            resource_type=failed.kind,
            resource_status=status,
            resource_status_reason=failed.reason,
            resource_properties=None,
        )
    )


def _empty(stack: Any, outputs: dict[str, Any]) -> None:
    """Leave a stack that is gone its outputs as they were: moto would make its resources again to tell of them."""
    stack.resource_map._resource_json_map = {}
    stack.output_map = outputs = _Outputs(outputs)


class _Outputs(dict[str, Any]):
    """The outputs of a stack that is gone, none of which is exported."""

    exports: tuple[()] = ()
