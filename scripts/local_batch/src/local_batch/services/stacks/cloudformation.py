"""CloudFormation: moto's stacks, whose objects of Batch are those of the local AWS Batch, and which fail as on AWS.

What moto does otherwise (5.2.5): it makes Batch's objects in a Batch of its own; a resource that cannot be made ends
the request, and leaves the stack and what it made before; types that it does not have are left out without a word; an
update deletes first and makes later; outputs of a stack that is gone make its resources again when they are asked for.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from local_batch.arns import ACCOUNT
from local_batch.refusals import Refusal
from local_batch.services.stacks import rules
from local_batch.services.stacks.batch_resource import BatchResource, OwnBatch
from local_batch.services.stacks.errors import FailedError, StackResourceError, reason_of
from local_batch.services.stacks.failures import fail_as_on_aws
from local_batch.services.stacks.resource_types import RESOURCES
from local_batch.services.stacks.updates import update_in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.json_object import Json

log = logging.getLogger(__name__)


def install(
    call: Callable[[str, str, Json], Json], shape: Callable[[str], Any], check_rule: Callable[[Json], None]
) -> None:
    """Have moto's stacks make Batch's objects by ``call``; ``shape`` returns an operation's request.

    ``check_rule`` raises Refusal for a rule of EventBridge that is refused.
    """
    from moto.cloudformation import parsing
    from moto.cloudformation.models import cloudformation_backends

    def stack_tags(region: str, stack: str) -> dict[str, str]:
        found = cloudformation_backends[ACCOUNT][region].stacks.get(stack)
        return dict(found.tags) if found is not None else {}

    BatchResource.batch = OwnBatch(call, shape, stack_tags)
    models: Any = {one.TYPE: one for one in RESOURCES}
    parsing.get_model_map().update(models)
    parsing.get_name_type_map().update({name: one.NAME for name, one in models.items()})
    _name_what_failed(parsing)
    update_in_order(parsing.ResourceMap)
    rules.install(check_rule)
    fail_as_on_aws()
    _tell_of_what_is_there()


def _tell_of_what_is_there() -> None:
    """Leave a resource whose condition does not hold out of a stack's resources: moto tells of it as of nothing."""
    from moto.cloudformation.models import Stack

    stack: Any = Stack
    resources = stack.stack_resources
    stack.stack_resources = property(lambda self: [one for one in resources.fget(self) if one is not None])


def _name_what_failed(parsing: Any) -> None:
    """Have a failure carry the resource that it is of."""

    def named(original: Any) -> Any:
        def make(logical_id: str, resource_json: Json, *rest: Any, **more: Any) -> Any:
            try:
                return original(logical_id, resource_json, *rest, **more)
            except FailedError:
                raise  # of what this one refers to
            except Exception as error:
                if not isinstance(error, (Refusal, StackResourceError)):
                    log.info("%s of a stack failed", logical_id, exc_info=True)
                reason = reason_of(error)
                raise FailedError(logical_id, resource_json["Type"], reason) from error

        return make

    parsing.parse_and_create_resource = named(parsing.parse_and_create_resource)
    parsing.parse_and_update_resource = named(parsing.parse_and_update_resource)
