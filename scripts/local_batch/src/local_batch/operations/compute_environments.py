"""Compute environments."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from local_batch.arns import ACCOUNT, arn
from local_batch.json_object import Json
from local_batch.operations import find
from local_batch.operations.checks import check_name, check_tags
from local_batch.operations.paging import page
from local_batch.operations.settling import CHANGING, SECONDS, settle
from local_batch.refusals import refuse
from local_batch.rules import calls
from local_batch.rules import objects as rules
from local_batch.scheduler.objects import Environment
from local_batch.services.instance_sizes import architectures, is_mistaken, names

if TYPE_CHECKING:
    from local_batch.scheduler.objects import Region
    from local_batch.scheduler.scheduler import Scheduler

_SERVICE_LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"


def create(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """CreateComputeEnvironment: make one that is VALID in a moment. Raises Refusal."""
    name = asked["computeEnvironmentName"]
    check_name(name, "computeEnvironmentName")
    if name in region.environments:
        raise refuse("Object already exists")
    check_tags(asked.get("tags"))
    if asked.get("state", "ENABLED") != "ENABLED":  # API reference, CreateComputeEnvironment: state
        raise refuse("Compute Environment must be created in ENABLED state")
    resources = asked.get("computeResources")
    managed = asked["type"] == "MANAGED"
    if managed and resources is None:
        raise refuse("computeResources must be provided for a MANAGED compute environment")
    if not managed and resources is not None:
        raise refuse("computeResources must not be provided for an UNMANAGED compute environment")
    if managed and "unmanagedvCpus" in asked:
        raise refuse("unmanagedvCpus can only be specified for an UNMANAGED compute environment")
    if resources is not None:
        resources = _complete(_checked(resources))
    identity = str(uuid.uuid4())
    detail: Json = {
        "computeEnvironmentName": name,
        "computeEnvironmentArn": arn(region.name, "compute-environment", name),
        "unmanagedvCpus": asked.get("unmanagedvCpus"),
        "ecsClusterArn": f"arn:aws:ecs:{region.name}:{ACCOUNT}:cluster/AWSBatch-{name}-{identity}",
        "tags": asked.get("tags", {}),
        "type": asked["type"],
        "state": asked.get("state", "ENABLED"),
        "status": "CREATING",
        "statusReason": "",
        "computeResources": resources,
        "serviceRole": asked.get("serviceRole") or _SERVICE_LINKED,
        "eksConfiguration": asked.get("eksConfiguration"),
        "containerOrchestrationType": "EKS" if asked.get("eksConfiguration") else "ECS",
        "uuid": identity,
        "context": asked.get("context"),
        "ecsSettings": asked.get("ecsSettings"),
    }
    environment = Environment(detail)
    region.environments[name] = environment
    _settle(scheduler, region, environment)
    return _named(environment)


def describe(_scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DescribeComputeEnvironments: those named, or all, page by page; a name that is not known is left out."""
    if named := asked.get("computeEnvironments"):
        if len(named) > calls.DESCRIBED_OBJECTS:
            raise refuse(f"Maximum number of compute environments supported is {calls.DESCRIBED_OBJECTS}")
        found = [find.environment(region, text) for text in named]
        return {"computeEnvironments": [_shown(one) for one in found if one is not None]}
    shown, token = page(list(region.environments.values()), asked)
    return {"computeEnvironments": [_shown(one) for one in shown], "nextToken": token}


def _shown(environment: Environment) -> Json:
    """Return an environment as it is described: its desiredvCpus are those of the instances that it has now.

    "AWS Batch modifies this value between the minimum and maximum values based on job queue demand" (model:
    ComputeResource.desiredvCpus). It does not go below what it was set to by hand.
    """
    resources = environment.detail.get("computeResources")
    if not resources or "desiredvCpus" not in resources:
        return environment.detail
    desired = max(resources["desiredvCpus"], int(environment.instances.vcpus))
    return environment.detail | {"computeResources": resources | {"desiredvCpus": desired}}


def update(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """UpdateComputeEnvironment: change the members given, and no others. Raises Refusal."""
    environment = find.environment(region, asked["computeEnvironment"])
    if environment is None:
        raise refuse(f"{asked['computeEnvironment']} does not exist")
    detail = environment.detail
    if detail["status"] in CHANGING:
        raise refuse("Cannot update, resource is being modified.")
    if "unmanagedvCpus" in asked and detail["type"] == "MANAGED":  # model: UpdateComputeEnvironmentRequest
        raise refuse("unmanagedvCpus can only be specified for an UNMANAGED compute environment")
    infrastructure = False
    if changes := asked.get("computeResources"):
        infrastructure = _update_resources(detail, changes, asked.get("serviceRole"))
    for member in ("state", "serviceRole", "unmanagedvCpus", "context", "ecsSettings"):
        if member in asked:
            detail[member] = asked[member]
    if policy := asked.get("updatePolicy"):
        detail["updatePolicy"] = {**rules.DEFAULT_UPDATE_POLICY, **policy}
    if infrastructure:
        rule = detail.get("updatePolicy") or rules.DEFAULT_UPDATE_POLICY
        minutes = 0 if rule["terminateJobsOnUpdate"] else rule["jobExecutionTimeoutMinutes"]
        scheduler.replace_hosts(environment, minutes * 60)
    detail["status"] = "UPDATING"
    _settle(scheduler, region, environment)
    scheduler.wake()
    return _named(environment)


def delete(scheduler: Scheduler, region: Region, asked: Json) -> Json:
    """DeleteComputeEnvironment. One that does not exist is deleted already."""
    environment = find.environment(region, asked["computeEnvironment"])
    if environment is None or environment.detail["status"] == "DELETING":
        return {}
    detail = environment.detail
    if detail["status"] in CHANGING:
        raise refuse("Cannot delete, resource is being modified.")
    if detail["state"] != "DISABLED":
        raise refuse("Cannot delete, compute environment state must be DISABLED")
    for queue in region.queues.values():
        if any(
            entry["computeEnvironment"] in {environment.name, environment.arn}
            for entry in queue.detail["computeEnvironmentOrder"]
        ):
            raise refuse("Cannot delete, found existing JobQueue relationship")
    if environment.fargate and environment.running:
        detail["status"] = "INVALID"
        detail["statusReason"] = (
            "CLIENT_ERROR - Compute environment has active jobs; terminate them before deleting it."
        )
        return {}
    detail["status"] = "DELETING"
    scheduler.replace_hosts(environment, 0)  # its instances go, with what runs on them
    scheduler.after(SECONDS, lambda: _forget(region, environment))
    return {}


def _settle(scheduler: Scheduler, region: Region, environment: Environment) -> None:
    """Have an environment become VALID, or INVALID where it names what is not there."""
    objects, detail = scheduler.account_objects, environment.detail
    look = objects is not None and environment.is_looked_up and detail["type"] == "MANAGED"
    why_not = (lambda: objects.why_invalid(region.name, detail)) if objects is not None and look else None
    settle(scheduler, detail, "ComputeEnvironment Healthy", why_not)


def check_launch_template(scheduler: Scheduler, region: str, operation: str, asked: Json) -> None:
    """Refuse security groups beside a launch template that has network interfaces, as AWS does.

    Called without the lock, before the operation (github.com/aws/aws-cdk/issues/21577). Raises Refusal.
    """
    if scheduler.account_objects is None or operation not in {"CreateComputeEnvironment", "UpdateComputeEnvironment"}:
        return
    resources = asked.get("computeResources") or {}
    if operation == "UpdateComputeEnvironment":
        with scheduler.lock:
            environment = find.environment(scheduler.memory.region(region), asked["computeEnvironment"])
            if environment is not None:
                resources = (environment.detail.get("computeResources") or {}) | resources
    template = resources.get("launchTemplate")
    if not template or not resources.get("securityGroupIds"):
        return
    if scheduler.account_objects.has_network_interfaces(region, template):
        raise refuse(
            "Either compute environment Security Groups or Network Interfaces in Launch template are exclusively "
            "allowed"
        )


def _forget(region: Region, environment: Environment) -> None:
    if region.environments.get(environment.name) is environment:
        del region.environments[environment.name]


def _named(environment: Environment) -> Json:
    return {"computeEnvironmentName": environment.name, "computeEnvironmentArn": environment.arn}


def _checked(resources: Json) -> Json:
    """Refuse compute resources that AWS refuses."""
    kind, strategy = resources["type"], resources.get("allocationStrategy")
    if resources["maxvCpus"] < 1:
        raise refuse("computeResources.maxvCpus must be at least 1")
    if not resources.get("subnets") and kind != "ECS_MANAGED_INSTANCES":
        raise refuse("computeResources.subnets must be provided")
    if kind in rules.FARGATE:
        for member in rules.NOT_ON_FARGATE:
            if resources.get(member):
                raise refuse(f"{member} is not applicable for Fargate compute environments")
        if not resources.get("securityGroupIds"):
            raise refuse("securityGroupIds must be provided for Fargate compute environments")
        for member, most in (("subnets", rules.FARGATE_SUBNETS), ("securityGroupIds", rules.FARGATE_SECURITY_GROUPS)):
            if len(resources[member]) > most:
                raise refuse(f"{member} of a Fargate compute environment can have at most {most} elements")
        return resources
    # Model: ComputeResource.managedInstancesProvider.
    if (kind == "ECS_MANAGED_INSTANCES") != bool(resources.get("managedInstancesProvider")):
        raise refuse("managedInstancesProvider is for type ECS_MANAGED_INSTANCES, which needs it, alone")
    if kind == "ECS_MANAGED_INSTANCES":
        return resources
    if not resources.get("instanceTypes"):
        raise refuse("computeResources.instanceTypes must be provided for EC2 compute environments")
    if any(is_mistaken(name) for name in resources["instanceTypes"]):  # aws/amazon-genomics-cli#209
        raise refuse(f"Instance type can only be one of [{', '.join(names())}]")
    if len(architectures(resources["instanceTypes"])) > 1:  # aws/aws-cdk#31148
        raise refuse("arm-based instance type cannot be used with other instance types.")
    if not resources.get("instanceRole"):
        raise refuse("computeResources.instanceRole must be provided for EC2 compute environments")
    if ":role/" in resources["instanceRole"]:  # github.com/hashicorp/terraform-provider-aws/pull/16230
        raise refuse("The ECS Instance Role should be an ECS Instance Profile ARN.")
    if strategy in rules.SPOT_ONLY_STRATEGIES and kind != "SPOT":
        raise refuse(f"Allocation strategy {strategy} is only applicable for SPOT compute environments")
    if kind == "SPOT" and strategy in {None, "BEST_FIT"} and not resources.get("spotIamFleetRole"):
        raise refuse(
            "spotIamFleetRole must be provided for SPOT compute environments with allocation strategy BEST_FIT"
        )
    _check_scale(resources)
    _check_launch(resources)
    bid = resources.get("bidPercentage")
    if bid is not None and not rules.BID_PERCENTAGE.hold(bid):
        raise refuse(f"bidPercentage must be {rules.BID_PERCENTAGE}")
    return resources


def _check_launch(resources: Json) -> None:
    """Refuse launch templates, images and security groups (model: ComputeResource and what it is made of)."""
    template = resources.get("launchTemplate") or {}
    for one in (template, *(template.get("overrides") or ())) if template else ():
        if bool(one.get("launchTemplateId")) == bool(one.get("launchTemplateName")):
            raise refuse("A launch template must have either launchTemplateId or launchTemplateName, not both")
    if len(template.get("overrides") or ()) > rules.TEMPLATE_OVERRIDES:
        raise refuse(f"A launch template can have at most {rules.TEMPLATE_OVERRIDES} overrides")
    if not template and not resources.get("securityGroupIds"):
        raise refuse("Security groups must be specified in securityGroupIds or in a launch template")
    images = resources.get("ec2Configuration")
    if images is not None and not rules.IMAGE_CHOICES.hold(len(images)):
        raise refuse("ec2Configuration must have one or two elements")
    delay = (resources.get("scalingPolicy") or {}).get("minScaleDownDelayMinutes")
    if delay and not rules.SCALE_DOWN_MINUTES.hold(delay):
        raise refuse(f"minScaleDownDelayMinutes must be 0 or {rules.SCALE_DOWN_MINUTES}")


def _check_scale(resources: Json) -> None:
    low, high = resources.get("minvCpus", 0), resources["maxvCpus"]
    desired = resources.get("desiredvCpus", low)
    if low < 0:
        raise refuse("minvCpus must be greater than or equal to 0")
    if low > high:
        raise refuse("minvCpus must be less than or equal to maxvCpus")
    if not low <= desired <= high:
        raise refuse("desiredvCpus must be between minvCpus and maxvCpus")


def _complete(resources: Json) -> Json:
    """Return compute resources with what AWS fills in."""
    if resources["type"] in rules.FARGATE or resources["type"] == "ECS_MANAGED_INSTANCES":
        return resources
    low = resources.get("minvCpus", 0)
    return {
        "allocationStrategy": "BEST_FIT",
        "minvCpus": low,
        "desiredvCpus": low,
        "ec2Configuration": [{"imageType": "ECS_AL2023"}],
        **resources,
    }


def _update_resources(detail: Json, changes: Json, new_role: str | None) -> bool:
    """Change compute resources; say whether that replaces instances (an infrastructure update)."""
    current = detail.get("computeResources")
    if current is None:
        raise refuse("computeResources can only be updated for a MANAGED compute environment")
    kind = changes.get("type", current["type"])
    if (kind in rules.FARGATE) != (current["type"] in rules.FARGATE):
        raise refuse("Cannot change between EC2 and Fargate compute environments")
    infrastructure: set[str] = set()
    if kind in rules.FARGATE:
        if (
            kind != current["type"]
        ):  # Batch guide, "Updating compute environments": it is not among what Fargate updates
            raise refuse("type cannot be updated for Fargate compute environments")
        for member in rules.NOT_ON_FARGATE:
            if changes.get(member):
                raise refuse(f"{member} is not applicable for Fargate compute environments")
    else:
        changed = {member for member, value in changes.items() if value != current.get(member)}
        infrastructure = changed - {*rules.SCALING_MEMBERS, "updateToLatestImageVersion", "scalingPolicy"}
        role = new_role or detail["serviceRole"]
        if infrastructure and "/aws-service-role/" not in role:
            raise refuse(
                f"Cannot update {', '.join(sorted(infrastructure))}: the compute environment must use the AWS Batch "
                "service-linked role"
            )
        if infrastructure and current.get("allocationStrategy") == "BEST_FIT":
            raise refuse(
                f"Cannot update {', '.join(sorted(infrastructure))}: the allocation strategy must be one of "
                f"{', '.join(rules.UPDATABLE_STRATEGIES)}"
            )
    if changes.get("desiredvCpus", current.get("desiredvCpus", 0)) < current.get("desiredvCpus", 0):
        raise refuse(  # Batch guide, "Error message when you update the desiredvCpus setting"
            "Manually scaling down compute environment is not supported. Disconnecting job queues from compute "
            "environment will cause it to scale-down to minvCpus."
        )
    merged = current | {member: value for member, value in changes.items() if member != "updateToLatestImageVersion"}
    if changes.get("launchTemplate") == {} or (changes.get("launchTemplate") or {}).get("launchTemplateId") == "":
        merged.pop("launchTemplate", None)
    if kind not in rules.FARGATE:
        if "desiredvCpus" in changes:
            _check_scale(merged)  # model: ComputeResourceUpdate.desiredvCpus
        merged["desiredvCpus"] = max(merged.get("minvCpus", 0), min(merged.get("desiredvCpus", 0), merged["maxvCpus"]))
    detail["computeResources"] = _checked(merged)
    return bool(infrastructure)
