"""The resource types of AWS Batch in CloudFormation's templates, made by the local AWS Batch itself.

Properties, names, returned values and what an update replaces: CloudFormation template reference, "AWS Batch resource
types".
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from local_batch.json_object import Json
from local_batch.refusals import Refusal
from local_batch.rules import objects as rules

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


class StackResourceError(Exception):
    """A resource could not be made, changed or deleted; the text is the reason of its stack's event."""


def translated(shape: Any, value: Any, path: str) -> Any:
    """Return a property as the operation takes it: Pascal case to the model's, text to numbers and back.

    CloudFormation reads "2" where a schema has a number, and 2 where it has a string. Raises StackResourceError for a
    property that there is not.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        names = {name[:1].upper() + name[1:]: name for name in shape.members}
        if strange := [name for name in value if name not in names]:
            message = (
                f"Properties validation failed with message: {path}: extraneous key [{strange[0]}] is not permitted"
            )
            raise StackResourceError(message)
        return {
            names[name]: translated(shape.members[names[name]], inner, f"{path}/{name}")
            for name, inner in value.items()
            if inner is not None
        }
    if kind == "list" and isinstance(value, list):
        return [translated(shape.member, one, f"{path}/{n}") for n, one in enumerate(value) if one is not None]
    if kind == "map" and isinstance(value, dict):
        return {str(name): translated(shape.value, inner, f"{path}/{name}") for name, inner in value.items()}
    if kind in {"integer", "long"} and isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if kind in {"float", "double"} and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value  # refused by the operation
    if kind == "boolean" and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    if kind == "string" and isinstance(value, (int, float)):
        return str(value)
    return value


class BatchResource:
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
        made.wait()
        return made

    def changed(self, properties: Json) -> set[str]:
        """Return the names of the properties that are not as they were."""
        names = {*self.properties, *properties}
        return {name for name in names if self.properties.get(name) != properties.get(name)}

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another object: for a name, a type or tags."""
        return bool(self.changed(properties) & {self.NAME, "Type", "Tags"})

    def update(self, properties: Json) -> None:
        """Change the object. Raises StackResourceError or Refusal."""
        raise NotImplementedError

    def delete(self, account: str, region: str) -> None:
        """Delete the object. Raises Refusal."""
        raise NotImplementedError

    def wait(self) -> None:
        """Wait until the object is as it was asked for. Raises StackResourceError where it does not become so."""

    def _described(self) -> Json | None:
        return None

    def _settle(self) -> None:
        """Wait until an object with a status is VALID. Raises StackResourceError."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while (found := self._described()) is not None and found["status"] != "VALID":
            if found["status"] == "INVALID":
                raise StackResourceError(
                    f"Operation failed, {self.TYPE} {self.name} became INVALID: {found['statusReason']}"
                )
            if time.monotonic() > deadline:
                raise StackResourceError(f"Exceeded attempts to wait: {self.name} is still {found['status']}")
            time.sleep(_LOOK_SECONDS)

    def _remove(self, update: str, delete: str, member: str) -> None:
        """Turn an object off, delete it and wait until it is gone: AWS deletes nothing that is ENABLED."""
        if self._described() is None:
            return
        self.batch.call(self.region, update, {member: self.arn, "state": "DISABLED"})
        deadline = time.monotonic() + SETTLED_SECONDS
        while (found := self._described()) is not None and time.monotonic() < deadline:
            if found["status"] not in {"UPDATING", "DELETING"}:
                self.batch.call(self.region, delete, {member: self.arn})
            time.sleep(_LOOK_SECONDS)
        if found is not None:
            raise StackResourceError(f"Exceeded attempts to wait: {self.name} is still {found['status']}")


class ComputeEnvironment(BatchResource):
    """A compute environment of a stack."""

    TYPE, NAME = "AWS::Batch::ComputeEnvironment", "ComputeEnvironmentName"
    CREATE, ARN, ATTRIBUTE = "CreateComputeEnvironment", "computeEnvironmentArn", "ComputeEnvironmentArn"
    OURS = frozenset({"ReplaceComputeEnvironment", "UpdatePolicy"})
    IN_PLACE = frozenset({"State", "ServiceRole", "ComputeResources", "UpdatePolicy", "UnmanagedvCpus", "Context"})

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another environment.

        Where ReplaceComputeEnvironment is true, as it is by itself, so does every change that replaces instances.
        """
        changed = self.changed(properties) - {"ReplaceComputeEnvironment"}
        if changed - self.IN_PLACE:
            return True
        if "ComputeResources" not in changed or _is_false(properties.get("ReplaceComputeEnvironment")):
            return False
        return bool(self._changed_resources(properties) - self._scaling())

    def _scaling(self) -> set[str]:
        """Return what is changed without another instance; on Fargate subnets and security groups too."""
        names = {name[:1].upper() + name[1:] for name in rules.SCALING_MEMBERS}
        kind = (self.properties.get("ComputeResources") or {}).get("Type")
        return names | ({"Subnets", "SecurityGroupIds"} if kind in rules.FARGATE else set())

    def _changed_resources(self, properties: Json) -> set[str]:
        old, new = self.properties.get("ComputeResources") or {}, properties.get("ComputeResources") or {}
        return {name for name in {*old, *new} if old.get(name) != new.get(name)}

    def update(self, properties: Json) -> None:
        """Change what is not as it was."""
        changed = self.changed(properties) - {"ReplaceComputeEnvironment"}
        given = {name: properties[name] for name in changed if name in properties}
        if "ComputeResources" in changed:
            wanted = properties.get("ComputeResources") or {}
            given["ComputeResources"] = {
                name: wanted[name] for name in self._changed_resources(properties) if name in wanted
            }
        asked = translated(self.batch.shape("UpdateComputeEnvironment"), given, "#")
        if asked:
            self._settle()
            self.batch.call(self.region, "UpdateComputeEnvironment", {"computeEnvironment": self.arn, **asked})
            self._settle()

    def wait(self) -> None:
        """Wait until it is VALID."""
        self._settle()
        if policy := self.properties.get("UpdatePolicy"):  # CreateComputeEnvironment has none
            given = translated(self.batch.shape("UpdateComputeEnvironment"), {"UpdatePolicy": policy}, "#")
            self.batch.call(self.region, "UpdateComputeEnvironment", {"computeEnvironment": self.arn, **given})
            self._settle()

    def delete(self, account: str, region: str) -> None:
        """Delete the object, or deregister the revision."""
        del account, region
        self._remove("UpdateComputeEnvironment", "DeleteComputeEnvironment", "computeEnvironment")

    def _described(self) -> Json | None:
        found = self.batch.call(self.region, "DescribeComputeEnvironments", {"computeEnvironments": [self.arn]})
        return next(iter(found["computeEnvironments"]), None)


class JobQueue(BatchResource):
    """A job queue of a stack."""

    TYPE, NAME = "AWS::Batch::JobQueue", "JobQueueName"
    CREATE, ARN, ATTRIBUTE = "CreateJobQueue", "jobQueueArn", "JobQueueArn"

    def update(self, properties: Json) -> None:
        """Change what is not as it was."""
        asked = self.asked("UpdateJobQueue", {name: value for name, value in properties.items() if name != self.NAME})
        if "JobStateTimeLimitActions" in self.properties:
            asked.setdefault("jobStateTimeLimitActions", [])
        self._settle()
        self.batch.call(self.region, "UpdateJobQueue", {"jobQueue": self.arn, **asked})
        self._settle()

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another object."""
        return bool(self.changed(properties) & {self.NAME, "Tags", "JobQueueType"})

    @classmethod
    def asked(cls, operation: str, properties: Json) -> Json:
        """Return an operation's members: UpdateJobQueue has no tags."""
        left_out = {"Tags"} if operation == "UpdateJobQueue" else set()
        return super().asked(operation, {name: value for name, value in properties.items() if name not in left_out})

    def wait(self) -> None:
        """Wait until it is VALID."""
        self._settle()

    def delete(self, account: str, region: str) -> None:
        """Delete the object, or deregister the revision."""
        del account, region
        self._remove("UpdateJobQueue", "DeleteJobQueue", "jobQueue")

    def _described(self) -> Json | None:
        found = self.batch.call(self.region, "DescribeJobQueues", {"jobQueues": [self.arn]})
        return next(iter(found["jobQueues"]), None)


class JobDefinition(BatchResource):
    """A job definition of a stack."""

    TYPE, NAME = "AWS::Batch::JobDefinition", "JobDefinitionName"
    CREATE, ARN, ATTRIBUTE = "RegisterJobDefinition", "jobDefinitionArn", "JobDefinitionArn"
    OURS = frozenset({"ResourceRetentionPolicy"})

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another object."""
        return bool(self.changed(properties) & {self.NAME, "Tags"})

    def update(self, properties: Json) -> None:
        """Register a revision, and deregister the one before, unless ResourceRetentionPolicy keeps it."""
        before = self.arn
        self.arn = self.create(self.region, self.name, properties, self.stack).arn
        if not _is_true((properties.get("ResourceRetentionPolicy") or {}).get("SkipDeregisterOnUpdate")):
            self.batch.call(self.region, "DeregisterJobDefinition", {"jobDefinition": before})

    def delete(self, account: str, region: str) -> None:
        """Delete the object, or deregister the revision."""
        del account, region
        self.batch.call(self.region, "DeregisterJobDefinition", {"jobDefinition": self.arn})


class SchedulingPolicy(BatchResource):
    """A scheduling policy of a stack."""

    TYPE, NAME = "AWS::Batch::SchedulingPolicy", "Name"
    CREATE, ARN, ATTRIBUTE = "CreateSchedulingPolicy", "arn", "Arn"

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another object."""
        return bool(self.changed(properties) & {self.NAME, "Tags"})

    def update(self, properties: Json) -> None:
        """Change what is not as it was."""
        policy = {name: properties[name] for name in ("FairsharePolicy",) if name in properties}
        asked = translated(self.batch.shape("UpdateSchedulingPolicy"), policy, "#")
        self.batch.call(self.region, "UpdateSchedulingPolicy", {"arn": self.arn, **asked})

    def delete(self, account: str, region: str) -> None:
        """Delete the object, or deregister the revision."""
        del account, region
        self.batch.call(self.region, "DeleteSchedulingPolicy", {"arn": self.arn})


class ConsumableResource(BatchResource):
    """A consumable resource of a stack."""

    TYPE, NAME = "AWS::Batch::ConsumableResource", "ConsumableResourceName"
    CREATE, ARN, ATTRIBUTE = "CreateConsumableResource", "consumableResourceArn", "ConsumableResourceArn"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether Fn::GetAtt has an attribute."""
        return attr in {cls.ATTRIBUTE, "TotalQuantity", "AvailableQuantity", "InUseQuantity", "CreatedAt"}

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        """Return what Fn::GetAtt returns."""
        if attribute_name == self.ATTRIBUTE or not self.has_cfn_attr(attribute_name):
            return super().get_cfn_attribute(attribute_name)
        found = self.batch.call(self.region, "DescribeConsumableResource", {"consumableResource": self.arn})
        return found[attribute_name[:1].lower() + attribute_name[1:]]

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another object."""
        return bool(self.changed(properties) & {self.NAME, "Tags", "ResourceType"})

    def update(self, properties: Json) -> None:
        """Change what is not as it was."""
        quantity = translated(self.batch.shape(self.CREATE).members["totalQuantity"], properties["TotalQuantity"], "#")
        asked = {"consumableResource": self.arn, "operation": "SET", "quantity": quantity}
        self.batch.call(self.region, "UpdateConsumableResource", asked)

    def delete(self, account: str, region: str) -> None:
        """Delete the object, or deregister the revision."""
        del account, region
        self.batch.call(self.region, "DeleteConsumableResource", {"consumableResource": self.arn})


RESOURCES: tuple[type[BatchResource], ...] = (
    ComputeEnvironment,
    JobQueue,
    JobDefinition,
    SchedulingPolicy,
    ConsumableResource,
)


def reason_of(error: Exception) -> str:
    """Return the reason of a failed resource's event, in the words of CloudFormation's handlers."""
    if isinstance(error, Refusal):
        return f'Resource handler returned message: "{error.message} (Service: Batch, Status Code: {error.status})"'
    return str(error) or type(error).__name__


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _is_false(value: object) -> bool:
    return str(value).lower() == "false"
