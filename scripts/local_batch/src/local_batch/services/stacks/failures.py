"""Stacks that fail, with AWS's status and events: moto ends the request, and leaves what it has made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local_batch.services.stacks.errors import FailedError, reason_of
from local_batch.services.stacks.templates import check_name, check_template
from local_batch.services.stacks.updates import is_kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_batch.json_object import Json


def fail_as_on_aws() -> None:
    """Keep a stack whose resources fail, with the status and the events that AWS gives it."""
    from moto.cloudformation.models import CloudFormationBackend
    from moto.cloudformation.responses import CloudFormationResponse

    backend: Any = CloudFormationBackend
    create, execute, change, delete = (
        backend.create_stack, backend.execute_change_set, backend.update_stack, backend.delete_stack,
    )  # fmt: skip
    propose = backend.create_change_set

    def create_stack(self: Any, name: str, template: str, *rest: Any, **more: Any) -> Any:
        check_name(name)
        check_template(template)
        known = set(self.stacks)
        try:
            return create(self, name, template, *rest, **more)
        except FailedError as failed:
            stack = next(stack for key, stack in self.stacks.items() if key not in known)
            _roll_back_creation(stack, failed)
            return stack
        except Exception:
            for key in set(self.stacks) - known:  # there is no stack of what was refused
                del self.stacks[key]
            raise

    def create_change_set(
        self: Any, stack_name: str, change_set_name: str, template: str, *rest: Any, **more: Any
    ) -> Any:
        check_name(stack_name)
        check_template(template)
        return propose(self, stack_name, change_set_name, template, *rest, **more)

    def execute_change_set(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        found = self.describe_change_set(change_set_name)
        if found.execution_status != "AVAILABLE":
            raise _invalid_status(found)
        stack = self.stacks[found.stack_id]
        if found.change_set_type == "CREATE":
            try:
                execute(self, change_set_name, stack_name)
            except FailedError as failed:
                found.execution_status = "EXECUTE_FAILED"
                stack.template = found.template  # moto gives it to a stack that was made, and needs it of any
                _roll_back_creation(stack, failed)
                return
        else:
            with _rolling_back(stack):
                execute(self, change_set_name, stack_name)
            if stack.status != "UPDATE_COMPLETE":
                found.execution_status = "EXECUTE_FAILED"
                _renew_outputs(self, stack)
                return
        # moto leaves the stack with what was said of the template before.
        stack.template_dict, stack.parameters = found.template_dict, found.parameters
        stack.description = found.template_dict.get("Description")
        _renew_outputs(self, stack)

    def update_stack(self: Any, name: str, template: str, *rest: Any, **more: Any) -> Any:
        stack = self.get_stack(name)
        _check_difference(self, stack, check_template(template), rest, more)
        with _rolling_back(stack):
            change(self, name, template, *rest, **more)
        _renew_outputs(self, stack)
        return stack

    def delete_stack(self: Any, name_or_stack_id: str) -> None:
        stack = self.stacks.get(name_or_stack_id)
        if stack is None:
            delete(self, name_or_stack_id)  # finds those of the name, and comes here for each
            return
        for given in stack.resource_map._resource_json_map.values():
            if is_kept(given):
                given["DeletionPolicy"] = "Retain"  # moto knows no RetainExceptOnCreate
        outputs = list(stack.output_map.values()) if stack.resource_map._parsed_resources else []
        try:
            delete(self, name_or_stack_id)
        except Exception as error:
            self.stacks[stack.stack_id] = stack
            stack.status = "DELETE_FAILED"
            stack._add_stack_event("DELETE_FAILED", resource_status_reason=reason_of(error))
            return
        _empty(stack, {one.key: one for one in outputs if one})

    backend.create_stack = create_stack
    backend.create_change_set = create_change_set
    backend.execute_change_set = execute_change_set
    backend.update_stack = update_stack
    backend.delete_stack = delete_stack
    # It compares the texts of templates, and knows no tags.
    responses: Any = CloudFormationResponse
    responses._validate_different_update = lambda *_: None


def _invalid_status(change_set: Any) -> Exception:
    """Return the refusal of a change set that was executed, or failed (API reference, ExecuteChangeSet)."""
    from moto.cloudformation.exceptions import ValidationError

    error = ValidationError(
        message=f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current status of "
        f"[{change_set.execution_status}]"
    )
    error.code = "InvalidChangeSetStatus"
    return error


def _check_difference(backend: Any, stack: Any, template: Json, rest: tuple[Any, ...], more: Json) -> None:
    """Refuse an update that changes neither template nor parameters nor tags. Raises moto's ValidationError."""
    from moto.cloudformation.exceptions import ValidationError

    incoming = more.get("parameters", rest[1] if len(rest) > 1 else []) or []
    tags = more.get("tags", rest[2] if len(rest) > 2 else None)
    parameters = backend._resolve_update_parameters(instance=stack, incoming_params=incoming)
    known = {name: str(value) for name, value in stack.parameters.items()}
    same = {name: str(value) for name, value in parameters.items()}
    defaults = {name: str(one.get("Default")) for name, one in (template.get("Parameters") or {}).items()}
    # Of the text: moto writes into what it has read.
    before = stack.parse_template(stack.template) if isinstance(stack.template, str) else stack.template
    if template == before and {**defaults, **same} == {**defaults, **known} and tags in (None, stack.tags):
        raise ValidationError(message="No updates are to be performed.")


def _renew_outputs(backend: Any, stack: Any) -> None:
    """Tell of a stack's outputs and exports as they are now: what they refer to may be another object."""
    for name in [name for name, export in backend.exports.items() if export.exporting_stack_id == stack.stack_id]:
        del backend.exports[name]
    stack.output_map = stack._create_output_map()
    backend.exports.update({export.name: export for export in stack.exports})


def _roll_back_creation(stack: Any, failed: FailedError) -> None:
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
        _status(stack, "ROLLBACK_FAILED", reason_of(error))
        return
    _empty(stack, {})
    _status(stack, "ROLLBACK_COMPLETE")


@contextmanager
def _rolling_back(stack: Any) -> Iterator[None]:
    """Change a stack, and change it back where that fails."""
    template, parameters, text = stack.template_dict, dict(stack.parameters), stack.template
    try:
        yield
    except FailedError as failed:
        _tell(stack, failed, "UPDATE_FAILED")
        reason = f"The following resource(s) failed to update: [{failed.name}]."
        _status(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        stack.template, stack.template_dict, stack.parameters = text, template, parameters
        try:
            stack.resource_map.update(template, parameters)
        except Exception as error:
            _status(stack, "UPDATE_ROLLBACK_FAILED", reason_of(error))
            return
        _status(stack, "UPDATE_ROLLBACK_COMPLETE")


def _status(stack: Any, status: str, reason: str | None = None) -> None:
    stack.status = status
    stack._add_stack_event(status, resource_status_reason=reason)


def _tell(stack: Any, failed: FailedError, status: str) -> None:
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
