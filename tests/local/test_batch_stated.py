"""What AWS's model states in words of a request's members: each is held, or the table says why it is not.

botocore's model has few bounds and patterns as data (`test_every_constraint_of_the_model_is_held`); the rest stands in
the texts of its members. `test_every_statement_of_the_model_is_in_the_table` finds those texts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from batch_support import LocalBatch, refused
from botocore import xform_name

MODEL = botocore.session.get_session().get_service_model("batch")

STATES = re.compile(
    r"between|up to|maximum|minimum|at least|at most|fewer than|[Vv]alid values|only supported|[Vv]alid [Rr]ange|"
    r"cannot|limited to|limit of|must be|must not|(?<!you )[Dd]on't specify|isn't applicable"
)
"""Words that state what may be in a member."""

NOT_RUN_HERE = re.compile(
    r"CapacityLimit\.|Eks|Service|QuotaShare|ManagedInstances|InstanceLaunchTemplate|CapacityReservation|Infrastructure"
)
"""Shapes of what is not there: EKS, SageMaker training, ECS Managed Instances."""

ROLE = "arn:aws:iam::123456789012:role/r"
SIZE = {"resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]}
FARGATE_SIZE = {"resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]}
_numbers = itertools.count(1)


class Asking:
    """Requests that are good but for what a case changes."""

    def __init__(self, aws: LocalBatch) -> None:
        self.batch = aws.batch
        self.environment_name, self.fargate_name = aws.environment(), aws.environment(kind="FARGATE")
        self.queue_name = aws.queue(self.environment_name)
        self.definition_name = aws.definition("true")

    def environment(self, kind: str = "EC2", *, top: dict[str, Any] | None = None, **resources: Any) -> None:
        base: dict[str, Any] = {"type": kind, "maxvCpus": 16, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
        if not kind.startswith("FARGATE"):
            base |= {"minvCpus": 0, "instanceTypes": ["optimal"], "instanceRole": "ecsInstanceRole"}
        name = f"stated-{next(_numbers)}"
        asked = {"computeEnvironmentName": name, "type": "MANAGED", "computeResources": {**base, **resources}}
        self.batch.create_compute_environment(**{**asked, **(top or {})})

    def update(self, *, fargate: bool = False, top: dict[str, Any] | None = None, **resources: Any) -> None:
        changes = {"computeResources": resources} if resources else {}
        name = self.fargate_name if fargate else self.environment_name
        self.batch.update_compute_environment(computeEnvironment=name, **changes, **(top or {}))

    def queue(self, **more: Any) -> None:
        order = [{"order": 1, "computeEnvironment": self.environment_name}]
        asked = {"jobQueueName": f"stated-{next(_numbers)}", "priority": 1, "computeEnvironmentOrder": order, **more}
        self.batch.create_job_queue(**asked)

    def policy(self, *, name: str = "", **fair: Any) -> None:
        self.batch.create_scheduling_policy(name=name or f"stated-{next(_numbers)}", fairsharePolicy=fair)

    def define(self, *, fargate: bool = False, top: dict[str, Any] | None = None, **container: Any) -> None:
        base = {"image": "i", **(FARGATE_SIZE if fargate else SIZE), **({"executionRoleArn": ROLE} if fargate else {})}
        self._register(fargate, {"containerProperties": {**base, **container}, **(top or {})})

    def task(self, *, fargate: bool = False, container: dict[str, Any] | None = None, **task: Any) -> None:
        one = {"name": "a", "image": "i", **(FARGATE_SIZE if fargate else SIZE), **(container or {})}
        role = {"executionRoleArn": ROLE} if fargate else {}
        self._register(fargate, {"ecsProperties": {"taskProperties": [{"containers": [one], **role, **task}]}})

    def _register(self, fargate: bool, asked: dict[str, Any]) -> None:
        if fargate:
            asked["platformCapabilities"] = ["FARGATE"]
        asked = {"jobDefinitionName": f"stated-{next(_numbers)}", "type": "container", **asked}
        self.batch.register_job_definition(**asked)

    def call(self, operation: str, **asked: Any) -> None:
        getattr(self.batch, operation)(**asked)

    def submit(self, **more: Any) -> None:
        asked = {"jobName": "j", "jobQueue": self.queue_name, "jobDefinition": self.definition_name, **more}
        self.batch.submit_job(**asked)


def limit(**more: Any) -> list[dict[str, Any]]:
    one = {"reason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", "state": "RUNNABLE", "maxTimeSeconds": 600}
    return [{**one, "action": "CANCEL", **more}]


def efs(**more: Any) -> list[dict[str, Any]]:
    return [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-12345678", **more}}]


def rules(**rule: Any) -> dict[str, Any]:
    return {"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"action": "RETRY", **rule}]}}


WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
NAMES = [f"n{number}" for number in range(101)]

HELD: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "ComputeResource.subnets": [("environment", {"kind": "FARGATE", "subnets": NAMES[:17]})],
    "ComputeResource.securityGroupIds": [
        ("environment", {"kind": "FARGATE", "securityGroupIds": []}),
        ("environment", {"kind": "FARGATE", "securityGroupIds": NAMES[:6]}),
        ("environment", {"securityGroupIds": []}),
    ],
    "ComputeResource.minvCpus": [("environment", {"minvCpus": 17}), ("environment", {"minvCpus": -1})],
    "ComputeResource.maxvCpus": [("environment", {"maxvCpus": 0})],
    "ComputeResource.desiredvCpus": [("environment", {"desiredvCpus": 17})],
    "ComputeResource.allocationStrategy": [
        ("environment", {"kind": "SPOT", "allocationStrategy": "BEST_FIT"}),
        ("environment", {"kind": "FARGATE", "allocationStrategy": "BEST_FIT"}),
    ],
    "ComputeResource.bidPercentage": [("environment", {"kind": "SPOT", "bidPercentage": 101})],
    "ComputeResource.launchTemplate": [
        ("environment", {"launchTemplate": {"launchTemplateId": "lt-1", "launchTemplateName": "n"}}),
        ("environment", {"launchTemplate": {"version": "1"}}),
    ],
    "LaunchTemplateSpecification.overrides": [
        ("environment", {"launchTemplate": {"launchTemplateId": "lt-1", "overrides": [
            {"launchTemplateId": "lt-2", "targetInstanceTypes": ["m5.large"]}
        ] * 11}}),
    ],
    "ComputeResource.ec2Configuration": [("environment", {"ec2Configuration": [{"imageType": "ECS_AL2023"}] * 3})],
    "ComputeScalingPolicy.minScaleDownDelayMinutes": [
        ("environment", {"scalingPolicy": {"minScaleDownDelayMinutes": value}}) for value in (-1, 19, 10_081)
    ],
    "ComputeResource.managedInstancesProvider": [("environment", {"kind": "ECS_MANAGED_INSTANCES"})],
    "CreateComputeEnvironmentRequest.computeEnvironmentName": [
        ("environment", {"top": {"computeEnvironmentName": "n" * 129}})
    ],
    "CreateComputeEnvironmentRequest.state": [("environment", {"top": {"state": "DISABLED"}})],
    "CreateComputeEnvironmentRequest.unmanagedvCpus": [("environment", {"top": {"unmanagedvCpus": 4}})],
    "EcsSettings.containerInsights": [("environment", {"top": {"ecsSettings": {"containerInsights": "x"}}})],
    "UpdateComputeEnvironmentRequest.unmanagedvCpus": [("update", {"top": {"unmanagedvCpus": 4}})],
    "ComputeResourceUpdate.minvCpus": [("update", {"fargate": True, "minvCpus": 1})],
    "ComputeResourceUpdate.maxvCpus": [("update", {"maxvCpus": 0})],
    "ComputeResourceUpdate.desiredvCpus": [("update", {"desiredvCpus": 17})],
    "ComputeResourceUpdate.subnets": [("update", {"fargate": True, "subnets": NAMES[:17]})],
    "ComputeResourceUpdate.securityGroupIds": [("update", {"fargate": True, "securityGroupIds": NAMES[:6]})],
    "ComputeResourceUpdate.type": [("update", {"type": "ECS_MANAGED_INSTANCES"})],
    "ComputeResourceUpdate.bidPercentage": [("update", {"bidPercentage": 101})],
    "CreateJobQueueRequest.jobQueueName": [("queue", {"jobQueueName": "n" * 129})],
    "CreateJobQueueRequest.priority": [("queue", {"priority": 1001}), ("queue", {"priority": -1})],
    "CreateJobQueueRequest.computeEnvironmentOrder": [("queue", {"computeEnvironmentOrder": []})],
    "CreateJobQueueRequest.jobStateTimeLimitActions": [("queue", {"jobStateTimeLimitActions": limit(reason="x")})],
    "JobStateTimeLimitAction.state": [("queue", {"jobStateTimeLimitActions": limit(state="RUNNING")})],
    "JobStateTimeLimitAction.maxTimeSeconds": [
        ("queue", {"jobStateTimeLimitActions": limit(maxTimeSeconds=value)}) for value in (599, 86_401)
    ],
    "JobStateTimeLimitAction.action": [("queue", {"jobStateTimeLimitActions": limit(action="TERMINATE")})],
    "CreateSchedulingPolicyRequest.name": [("policy", {"name": "n" * 129})],
    "FairsharePolicy.shareDecaySeconds": [("policy", {"shareDecaySeconds": 604_801})],
    "FairsharePolicy.computeReservation": [("policy", {"computeReservation": 100})],
    "ShareAttributes.shareIdentifier": [("policy", {"shareDistribution": [{"shareIdentifier": "a-b"}]})],
    "RegisterJobDefinitionRequest.jobDefinitionName": [("define", {"top": {"jobDefinitionName": "n" * 129}})],
    "RegisterJobDefinitionRequest.schedulingPriority": [("define", {"top": {"schedulingPriority": 10_000}})],
    "RegisterJobDefinitionRequest.timeout": [("define", {"top": {"timeout": {"attemptDurationSeconds": 59}}})],
    "JobTimeout.attemptDurationSeconds": [("submit", {"timeout": {"attemptDurationSeconds": 59}})],
    "ContainerProperties.image": [("define", {"image": "i" * 256}), ("define", {"image": "a b"})],
    "ContainerProperties.privileged": [("define", {"fargate": True, "privileged": True})],
    "ContainerProperties.ulimits": [
        ("define", {"fargate": True, "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}]})
    ],
    "ContainerProperties.networkConfiguration": [("define", {"networkConfiguration": {"assignPublicIp": "ENABLED"}})],
    "ContainerProperties.fargatePlatformConfiguration": [
        ("define", {"fargatePlatformConfiguration": {"platformVersion": "LATEST"}})
    ],
    "ContainerProperties.vcpus": [("define", {"resourceRequirements": SIZE["resourceRequirements"][1:]})],
    "ContainerProperties.memory": [("define", {"resourceRequirements": SIZE["resourceRequirements"][:1], "memory": 3})],
    "ResourceRequirement.value": [
        ("define", {"resourceRequirements": [{"type": "VCPU", "value": "0.5"}, {"type": "MEMORY", "value": "4"}]}),
        ("define", {"fargate": True, **SIZE}),
    ],
    "Volume.host": [("define", {"fargate": True, "volumes": [{"name": "v", "host": {"sourcePath": "/x"}}]})],
    "Volume.name": [("define", {"volumes": [{"name": "v" * 256}]}), ("define", {"volumes": [{"name": "v v"}]})],
    "Volume.efsVolumeConfiguration": [("define", {
        "fargate": True, "volumes": efs(), "fargatePlatformConfiguration": {"platformVersion": "1.3.0"}
    })],
    "EFSVolumeConfiguration.rootDirectory": [("define", {"volumes": efs(rootDirectory="/" * 4097)})],
    "EFSVolumeConfiguration.transitEncryption": [("define", {"volumes": efs(authorizationConfig={"iam": "ENABLED"})})],
    "EFSVolumeConfiguration.transitEncryptionPort": [
        ("define", {"volumes": efs(transitEncryptionPort=port)}) for port in (-1, 65_536)
    ],
    "EFSAuthorizationConfig.accessPointId": [
        ("define", {"volumes": efs(authorizationConfig={"accessPointId": "fsap-12345678"})})
    ],
    "EFSAuthorizationConfig.iam": [("define", {"volumes": efs(authorizationConfig={"iam": "ENABLED"})})],
    "Ulimit.name": [("define", {"ulimits": [{"name": "x", "softLimit": 1, "hardLimit": 1}]})],
    "LinuxParameters.devices": [
        ("define", {"fargate": True, "linuxParameters": {"devices": [{"hostPath": "/dev/x"}]}})
    ],
    "LinuxParameters.sharedMemorySize": [("define", {"fargate": True, "linuxParameters": {"sharedMemorySize": 1}})],
    "LinuxParameters.tmpfs": [
        ("define", {"fargate": True, "linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}})
    ],
    "Tmpfs.mountOptions": [
        ("define", {"linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1, "mountOptions": ["x"]}]}})
    ],
    "LinuxParameters.maxSwap": [("define", {"linuxParameters": {"maxSwap": -1}})],
    "LinuxParameters.swappiness": [("define", {"linuxParameters": {"maxSwap": 1, "swappiness": 101}})],
    "EphemeralStorage.sizeInGiB": [
        ("define", {"fargate": True, "ephemeralStorage": {"sizeInGiB": size}}) for size in (20, 201)
    ],
    "RuntimePlatform.operatingSystemFamily": [
        ("define", {"fargate": True, "runtimePlatform": {"operatingSystemFamily": "X"}}),
        ("define", {"fargate": True, "runtimePlatform": WINDOWS, "user": "u"}),
        ("define", {"fargate": True, "runtimePlatform": WINDOWS, "volumes": efs()}),
    ],
    "RuntimePlatform.cpuArchitecture": [
        ("define", {"fargate": True, "runtimePlatform": {"cpuArchitecture": "X"}}),
        ("define", {"fargate": True, "runtimePlatform": {**WINDOWS, "cpuArchitecture": "ARM64"}}),
    ],
    "EcsProperties.taskProperties": [("task", {"containers": []})],
    "TaskContainerProperties.essential": [("task", {"container": {"essential": False}})],
    "TaskContainerProperties.user": [("task", {"container": {"user": user}}) for user in ("-1", "1:-1")],
    "TaskContainerProperties.startTimeout": [
        ("task", {"container": {"startTimeout": 1}}), ("task", {"fargate": True, "container": {"startTimeout": 121}})
    ],
    "TaskContainerProperties.stopTimeout": [
        ("task", {"container": {"stopTimeout": 1}}), ("task", {"fargate": True, "container": {"stopTimeout": 121}})
    ],
    "FirelensConfiguration.type": [("task", {"container": {"firelensConfiguration": {"type": "x"}}})],
    "EcsTaskProperties.ipcMode": [("task", {"ipcMode": "x"})],
    "EcsTaskProperties.pidMode": [("task", {"pidMode": "x"})],
    "EcsTaskProperties.networkConfiguration": [("task", {"networkConfiguration": {"assignPublicIp": "ENABLED"}})],
    "EcsTaskProperties.runtimePlatform": [
        ("task", {"runtimePlatform": {"cpuArchitecture": "X86_64"}}),
        ("task", {"fargate": True, "runtimePlatform": {"cpuArchitecture": "X"}}),
    ],
    "EcsTaskProperties.networkMode": [("task", {"networkMode": "host"})],
    "RetryStrategy.attempts": [("define", {"top": {"retryStrategy": {"attempts": value}}}) for value in (0, 11)],
    "RetryStrategy.evaluateOnExit": [
        ("define", {"top": {"retryStrategy": {
            "attempts": 2, "evaluateOnExit": [{"action": "EXIT", "onReason": "*"}] * 6
        }}})
    ],
    "EvaluateOnExit.onStatusReason": [("define", {"top": rules(onStatusReason="a" * 513)})],
    "EvaluateOnExit.onReason": [("define", {"top": rules(onReason="a*b")})],
    "EvaluateOnExit.onExitCode": [("define", {"top": rules(onExitCode="1a")})],
    "SubmitJobRequest.jobName": [("submit", {"jobName": "n" * 129}), ("submit", {"jobName": "-n"})],
    "SubmitJobRequest.arrayProperties": [("submit", {"arrayProperties": {"size": size}}) for size in (1, 10_001)],
    "SubmitJobRequest.dependsOn": [("submit", {"dependsOn": [{"jobId": "x"}] * 21})],
    "SubmitJobRequest.shareIdentifier": [("submit", {"shareIdentifier": "a"})],
    "SubmitJobRequest.timeout": [("submit", {"timeout": {"attemptDurationSeconds": 59}})],
    "SubmitJobRequest.nodeOverrides": [("submit", {"nodeOverrides": {"numNodes": 2}})],
    "ContainerOverrides.instanceType": [("submit", {"containerOverrides": {"instanceType": "m5.large"}})],
    "ContainerOverrides.environment": [
        ("submit", {"containerOverrides": {"environment": [{"name": "AWS_BATCH_X", "value": ""}]}})
    ],
    "ContainerProperties.environment": [("define", {"environment": [{"name": "AWS_BATCH_X", "value": ""}]})],
    "TaskContainerProperties.environment": [("task", {"container": {"environment": [{"name": "AWS_BATCH_X"}]}})],
    "TaskContainerOverrides.environment": [("submit", {"ecsPropertiesOverride": {"taskProperties": [{}]}})],
    "CancelJobsRequest.jobs": [("call", {"operation": "cancel_jobs", "jobs": NAMES[:51], "reason": "r"})],
    "TerminateJobsRequest.jobs": [("call", {"operation": "terminate_jobs", "jobs": NAMES[:51], "reason": "r"})],
    "DescribeJobsRequest.jobs": [("call", {"operation": "describe_jobs", "jobs": NAMES})],
    "EcsPropertiesOverride.taskProperties": [("submit", {"ecsPropertiesOverride": {"taskProperties": [{}]}})],
}  # fmt: skip
"""Member → what makes a request of it that AWS refuses, and the changed members."""

NO_FARGATE: dict[str, Any] = {
    "desiredvCpus": 1, "imageId": "ami-1", "ec2KeyPair": "k", "instanceRole": "r", "instanceTypes": ["m5.large"],
    "launchTemplate": {"launchTemplateId": "lt-1"}, "placementGroup": "p", "spotIamFleetRole": ROLE, "tags": {"k": "v"},
    "ec2Configuration": [{"imageType": "ECS_AL2023"}], "bidPercentage": 50,
    "allocationStrategy": "BEST_FIT_PROGRESSIVE", "scalingPolicy": {"minScaleDownDelayMinutes": 20},
}  # fmt: skip
"""Members of compute resources that are not applicable on Fargate, with good values."""

STOPPING: dict[str, dict[str, Any]] = {
    "CancelJob": {"jobId": "x"}, "TerminateJob": {"jobId": "x"},
    "CancelJobs": {"jobs": ["x"]}, "TerminateJobs": {"jobs": ["x"]},
}  # fmt: skip
for _name, _ids in STOPPING.items():
    HELD[f"{_name}Request.reason"] = [
        ("call", {"operation": xform_name(_name), **_ids, "reason": reason}) for reason in ("", "r" * 1025)
    ]

for _member, _value in NO_FARGATE.items():
    HELD.setdefault(f"ComputeResource.{_member}", []).append(("environment", {"kind": "FARGATE", _member: _value}))
    if _member != "spotIamFleetRole":  # which no update changes
        HELD.setdefault(f"ComputeResourceUpdate.{_member}", []).append(("update", {"fargate": True, _member: _value}))

ELSEWHERE = {
    "SubmitJobRequest.schedulingPriorityOverride": "test_refused_shares",
    "NodeOverrides.numNodes": "test_node_overrides",
    "NodeProperties.mainNode": "test_refused_node_properties",
    "NodeRangeProperty.instanceTypes": "test_refused_node_properties",
    "RegisterJobDefinitionRequest.nodeProperties": "test_refused_node_properties",
    "RegisterJobDefinitionRequest.containerProperties": "test_refused_definition_settings",
    "RegisterJobDefinitionRequest.ecsProperties": "test_refused_definition_settings",
    "RegisterJobDefinitionRequest.type": "test_refused_definition_settings",
    "TaskContainerDependency.condition": "test_refused_tasks",
    "ContainerOverrides.vcpus": "test_deprecated_resources_are_ignored_where_requirements_are_given",
    "ContainerOverrides.memory": "test_deprecated_resources_are_ignored_where_requirements_are_given",
    "Host.sourcePath": "test_refused_fargate_definitions",
    "CreateJobQueueRequest.schedulingPolicyArn": "test_a_policy_is_never_added_or_removed",
    "UpdateJobQueueRequest.computeEnvironmentOrder": "test_refused_queues",
    "UpdateJobQueueRequest.priority": "test_refused_queues",
    "UpdateJobQueueRequest.jobStateTimeLimitActions": "test_refused_queues",
    "UpdateJobQueueRequest.schedulingPolicyArn": "test_a_policy_is_never_added_or_removed",
    "UpdatePolicy.jobExecutionTimeoutMinutes": "test_every_constraint_of_the_model_is_held",
    "UpdateComputeEnvironmentRequest.serviceRole": "test_an_infrastructure_update_needs_the_service_linked_role",
}  # fmt: skip
"""Members that another test holds."""

NOT_HELD = {
    "ContainerProperties.instanceType": "it has no effect on a job of one node; that it is refused is not documented",
    "ContainerProperties.logConfiguration": "which drivers an instance has is not known here",
    "LaunchTemplateSpecificationOverride.targetInstanceTypes": "types and families are not compared",
    "ComputeResourceUpdate.managedInstancesProvider": "ECS Managed Instances are not there",
    "Secret.valueFrom": "a parameter of another region is not looked up",
    "S3FilesVolumeConfiguration.transitEncryptionPort": "S3 Files are not there",
    "TaskContainerProperties.mountPoints": "Windows containers do not run here",
    "TaskContainerProperties.logConfiguration": "which drivers an instance has is not known here",
    "LogConfiguration.logDriver": "an enumeration of the model; which an instance has is not known here",
    "CreateSchedulingPolicyRequest.quotaSharePolicy": "quota shares are not there",
    "CreateSchedulingPolicyRequest.fairsharePolicy": "quota shares are not there",
    "UpdateSchedulingPolicyRequest.quotaSharePolicy": "quota shares are not there",
    "UpdateSchedulingPolicyRequest.fairsharePolicy": "quota shares are not there",
    "RegisterJobDefinitionRequest.propagateTags": "EKS is not there",
    "RegisterJobDefinitionRequest.platformCapabilities": "EKS and ECS Managed Instances are not there",
    "RegisterJobDefinitionRequest.eksProperties": "EKS is not there",
}


@pytest.fixture(scope="module")
def asking(process_aws: LocalBatch) -> Asking:
    return Asking(process_aws)


@pytest.mark.parametrize("member", HELD)
def test_what_the_model_states_is_held(asking: Asking, member: str) -> None:
    for request, change in HELD[member]:
        with refused():
            getattr(asking, request)(**change)


def test_describing_takes_a_hundred_names(asking: Asking) -> None:
    for call, member in (
        (asking.batch.describe_compute_environments, "computeEnvironments"),
        (asking.batch.describe_job_queues, "jobQueues"),
        (asking.batch.describe_job_definitions, "jobDefinitions"),
        (asking.batch.describe_scheduling_policies, "arns"),
    ):
        with refused("100"):
            call(**{member: NAMES})
    for call in (asking.batch.describe_compute_environments, asking.batch.list_scheduling_policies):
        for size in (0, 101):
            with refused("between 1 and 100"):
                call(maxResults=size)


def test_good_requests_are_taken(asking: Asking) -> None:
    asking.environment(scalingPolicy={"minScaleDownDelayMinutes": 20})
    asking.queue(jobStateTimeLimitActions=limit())
    asking.define(
        volumes=efs(rootDirectory="/a", transitEncryption="ENABLED", transitEncryptionPort=0), tmp=None
    ) if 0 else None
    asking.define(
        image="123456789012.dkr.ecr.us-east-1.amazonaws.com/a_b/c:1@sha256:" + "0" * 64,
        volumes=efs(rootDirectory="/a", transitEncryption="ENABLED", transitEncryptionPort=65_535),
        linuxParameters={"tmpfs": [{"containerPath": "/t", "size": 1, "mountOptions": ["rw", "mode=1777"]}]},
        ulimits=[{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
    )
    asking.define(fargate=True, runtimePlatform={**WINDOWS, "cpuArchitecture": "X86_64"})
    asking.task(container={"user": "1000:1000"})
    asking.submit(tags={})


def members() -> Iterator[tuple[str, str]]:
    """Give every member that a request may have, as ``Shape.member``, with its text."""
    seen = set()

    def within(shape: Any) -> Iterator[tuple[str, str]]:
        if shape.name in seen:
            return
        seen.add(shape.name)
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                yield f"{shape.name}.{name}", re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", member.documentation))
                yield from within(member)
        elif shape.type_name == "list":
            yield from within(shape.member)
        elif shape.type_name == "map":
            yield from within(shape.value)

    for name in MODEL.operation_names:
        if (shape := MODEL.operation_model(name).input_shape) is not None:
            yield from within(shape)


def test_every_statement_of_the_model_is_in_the_table() -> None:
    paged = (".maxResults", ".nextToken")
    stated = {
        member
        for member, text in members()
        if STATES.search(text) and not NOT_RUN_HERE.search(member) and not member.endswith(paged)
    }
    named = {*HELD, *ELSEWHERE, *NOT_HELD}
    described = {member for member in stated if re.match(r"Describe\w+Request", member)}
    assert stated - described - named == set()
    assert named - {member for member, _ in members()} == set()
    assert len(named) == len(HELD) + len(ELSEWHERE) + len(NOT_HELD)
    text = (Path(__file__).resolve().parents[2] / "scripts/local_batch/docs/conformance.md").read_text()
    assert [test for test in ELSEWHERE.values() if f"`{test}`" not in text] == []
