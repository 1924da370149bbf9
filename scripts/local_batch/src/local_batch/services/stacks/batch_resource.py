"""One object of Batch that a stack made, and what moto's stacks ask of it."""

from __future__ import annotations

import abc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from local_batch.arns import ACCOUNT
from local_batch.json_object import Json
from local_batch.services.stacks.errors import StackResourceError
from local_batch.services.stacks.properties import translated

if TYPE_CHECKING:
    from collections.abc import Callable

SETTLED_SECONDS = 30.0
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class OwnBatch:
    """The local AWS Batch, and what a stack has of its own for it."""

    call: Callable[[str, str, Json], Json]
    """Calls an operation in a region with members as botocore names them. Raises Refusal."""
    shape: Callable[[str], Any]
    """Returns the shape of an operation's request, as botocore has it."""
    stack_tags: Callable[[str, str], dict[str, str]]
    """Returns the tags of a stack, by region and the stack's id."""


class BatchResource(abc.ABC):
    """One object of Batch that a stack made. Subclasses say by which operations."""

    TYPE: ClassVar[str]
    NAME: ClassVar[str]
    """The property with the object's name."""
    CREATE: ClassVar[str]
    ARN: ClassVar[str]
    """The member of the creation's answer that has the ARN."""
    ATTRIBUTE: ClassVar[str]
    """What Fn::GetAtt calls the ARN."""
    OURS: ClassVar[frozenset[str]] = frozenset()
    """Properties that are CloudFormation's own."""

    batch: ClassVar[OwnBatch]

    def __init__(self, region: str, name: str, arn: str, properties: Json, stack: str) -> None:
        self.region = region
        self.name = name
        self.arn = arn
        self.properties = properties
        self.stack = stack
        self.replaces: BatchResource | None = None
        """What an update put this in the place of: deleted when all that refer to it are changed."""

    # -- what moto's stacks ask for -----------------------------------------------------------------------------

    @property
    def physical_resource_id(self) -> str:
        """What Ref returns: the ARN, for each of Batch's types."""
        return self.arn

    @classmethod
    def cloudformation_type(cls) -> str:
        """Return the type, as templates name it."""
        return cls.TYPE

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Return the property with the name."""
        return cls.NAME

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether Fn::GetAtt has an attribute."""
        return attr == cls.ATTRIBUTE

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return what Fn::GetAtt returns."""
        if not self.has_cfn_attr(attribute_name):
            from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

            raise UnformattedGetAttTemplateException
        return self.arn

    def is_created(self) -> bool:
        """Whether it is there: creation waits until it is."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Json, account_id: str, region_name: str, **given: Any
    ) -> BatchResource:
        """Make the object of a resource. Raises StackResourceError or Refusal."""
        del account_id
        return cls.create(region_name, resource_name, cloudformation_json["Properties"], str(given.get("StackId", "")))

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: BatchResource, new_resource_name: str, cloudformation_json: Json, account_id: str,
        region_name: str,
    ) -> BatchResource:  # fmt: skip
        """Change the object of a resource, or make another one in its place. Raises StackResourceError or Refusal."""
        del account_id, region_name
        properties = cloudformation_json["Properties"]
        old = original_resource
        if not old.changed(properties):
            return old
        if not old.is_replaced(properties):
            old.update(properties)
            old.properties = properties
            return old
        if cls.NAME in properties and properties[cls.NAME] == old.name:
            message = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {old.name} and update the stack again."
            )
            raise StackResourceError(message)
        made = cls.create(old.region, new_resource_name, properties, old.stack)
        made.replaces = old
        return made

    # -- how ----------------------------------------------------------------------------------------------------

    @classmethod
    def asked(cls, operation: str, properties: Json) -> Json:
        """Return an operation's members of a resource's properties."""
        given = {name: value for name, value in properties.items() if name not in cls.OURS}
        found: Json = translated(cls.batch.shape(operation), given, "#")
        return found

    @classmethod
    def create(cls, region: str, name: str, properties: Json, stack: str) -> BatchResource:
        """Make the object. Raises StackResourceError or Refusal."""
        asked = cls.asked(cls.CREATE, {**properties, cls.NAME: properties.get(cls.NAME) or name})
        # A stack's own tags are those of its resources too (CloudFormation guide, "Resource tags").
        if tags := {**cls.batch.stack_tags(region, stack), **(asked.get("tags") or {})}:
            asked["tags"] = tags
        answer = cls.batch.call(region, cls.CREATE, asked)
        made = cls(region, properties.get(cls.NAME) or name, answer[cls.ARN], properties, stack)
        try:
            made.wait()
        except StackResourceError:
            made.delete(ACCOUNT, region)
            raise
        return made

    def changed(self, properties: Json) -> set[str]:
        """Return the names of the properties that are not as they were."""
        names = {*self.properties, *properties}
        return {name for name in names if self.properties.get(name) != properties.get(name)}

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another object: for a name, a type or tags."""
        return bool(self.changed(properties) & {self.NAME, "Type", "Tags"})

    @abc.abstractmethod
    def update(self, properties: Json) -> None:
        """Change the object. Raises StackResourceError or Refusal."""

    @abc.abstractmethod
    def delete(self, account: str, region: str) -> None:
        """Delete the object. Raises Refusal."""

    def wait(self) -> None:  # noqa: B027 - most objects are there at once
        """Wait until the object is as it was asked for. Raises StackResourceError where it does not become so."""

    def described(self) -> Json | None:
        """Return the object as Batch describes it, None where it is not there, or has no status."""
        return None

    def settle(self) -> None:
        """Wait until an object with a status is VALID. Raises StackResourceError."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while (found := self.described()) is not None and found["status"] != "VALID":
            if found["status"] == "INVALID":
                raise StackResourceError(
                    f"Operation failed, {self.TYPE} {self.name} became INVALID: {found['statusReason']}"
                )
            if time.monotonic() > deadline:
                raise StackResourceError(f"Exceeded attempts to wait: {self.name} is still {found['status']}")
            time.sleep(_LOOK_SECONDS)

    def remove(self, update: str, delete: str, member: str) -> None:
        """Turn an object off, delete it and wait until it is gone: AWS deletes nothing that is ENABLED."""
        if self.described() is None:
            return
        self.batch.call(self.region, update, {member: self.arn, "state": "DISABLED"})
        deadline = time.monotonic() + SETTLED_SECONDS
        while (found := self.described()) is not None and time.monotonic() < deadline:
            if found["status"] not in {"UPDATING", "DELETING"}:
                self.batch.call(self.region, delete, {member: self.arn})
            time.sleep(_LOOK_SECONDS)
        if found is not None:
            raise StackResourceError(f"Exceeded attempts to wait: {self.name} is still {found['status']}")
