"""The resource types of AWS Batch in CloudFormation's templates, made by the local AWS Batch itself.

Properties, names, returned values and what an update replaces: CloudFormation template reference, "AWS Batch resource
types".
"""

from __future__ import annotations

from typing import Any

from local_batch.json_object import Json
from local_batch.rules import objects as rules
from local_batch.services.stacks.batch_resource import BatchResource
from local_batch.services.stacks.properties import is_false, is_true, translated


class ComputeEnvironment(BatchResource):
    """A compute environment of a stack."""

    TYPE, NAME = "AWS::Batch::ComputeEnvironment", "ComputeEnvironmentName"
    CREATE, ARN, ATTRIBUTE = "CreateComputeEnvironment", "computeEnvironmentArn", "ComputeEnvironmentArn"
    OURS = frozenset({"ReplaceComputeEnvironment", "UpdatePolicy"})
    IN_PLACE = frozenset({"State", "ServiceRole", "ComputeResources", "UpdatePolicy", "UnmanagedvCpus", "Context"})

    @classmethod
    def asked(cls, operation: str, properties: Json) -> Json:
        """Return an operation's members. The AWS CDK writes the type in small letters, which AWS takes."""
        # CreateComputeEnvironment has no such member: a new environment takes the newest image.
        resources = {
            name: value
            for name, value in (properties.get("ComputeResources") or {}).items()
            if name != "UpdateToLatestImageVersion"
        }
        given = {**properties, "Type": str(properties.get("Type", "")).upper()}
        return super().asked(operation, {**given, **({"ComputeResources": resources} if resources else {})})

    def is_replaced(self, properties: Json) -> bool:
        """Whether an update makes another environment.

        Where ReplaceComputeEnvironment is true, as it is by itself, so does every change that replaces instances.
        """
        changed = self.changed(properties) - {"ReplaceComputeEnvironment"}
        if changed - self.IN_PLACE:
            return True
        if "ComputeResources" not in changed or is_false(properties.get("ReplaceComputeEnvironment")):
            return False
        return bool(self._changed_resources(properties) - self._scaling())

    def _scaling(self) -> set[str]:
        """Return what is changed without another instance; on Fargate subnets and security groups too."""
        names = {name[:1].upper() + name[1:] for name in rules.SCALING_MEMBERS}
        kind = (self.properties.get("ComputeResources") or {}).get("Type")
        names.add("UpdateToLatestImageVersion")
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
            self.settle()
            self.batch.call(self.region, "UpdateComputeEnvironment", {"computeEnvironment": self.arn, **asked})
            self.settle()

    def wait(self) -> None:
        """Wait until it is VALID."""
        self.settle()
        if policy := self.properties.get("UpdatePolicy"):  # CreateComputeEnvironment has none
            given = translated(self.batch.shape("UpdateComputeEnvironment"), {"UpdatePolicy": policy}, "#")
            self.batch.call(self.region, "UpdateComputeEnvironment", {"computeEnvironment": self.arn, **given})
            self.settle()

    def delete(self, account: str, region: str) -> None:
        """Delete the object, or deregister the revision."""
        del account, region
        self.remove("UpdateComputeEnvironment", "DeleteComputeEnvironment", "computeEnvironment")

    def described(self) -> Json | None:
        """Return the object as Batch describes it, None where it is not there."""
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
        self.settle()
        self.batch.call(self.region, "UpdateJobQueue", {"jobQueue": self.arn, **asked})
        self.settle()

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
        self.settle()

    def delete(self, account: str, region: str) -> None:
        """Delete the object, or deregister the revision."""
        del account, region
        self.remove("UpdateJobQueue", "DeleteJobQueue", "jobQueue")

    def described(self) -> Json | None:
        """Return the object as Batch describes it, None where it is not there."""
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
        if not is_true((properties.get("ResourceRetentionPolicy") or {}).get("SkipDeregisterOnUpdate")):
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
