"""Compute environments, queues, policies, definitions, tags: kept whole, settled soon, refused as AWS refuses."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from batch_support import REGION, LocalBatch, refused

from local_batch.operations import compute_environments, job_queues
from local_batch.refusals import Refusal
from local_batch.scheduler.dispatch_order import Fifo
from local_batch.scheduler.objects import Queue, Region

if TYPE_CHECKING:
    from local_batch.scheduler.scheduler import Scheduler

ACCOUNT = f"{REGION}:123456789012"
EC2: dict[str, Any] = {
    "type": "EC2",
    "maxvCpus": 4,
    "subnets": ["subnet-1"],
    "securityGroupIds": ["sg-1"],
    "instanceTypes": ["m5.large"],
    "instanceRole": "role",
}
FARGATE: dict[str, Any] = {"type": "FARGATE", "maxvCpus": 4, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}


@pytest.fixture
def aws(process_aws: LocalBatch) -> LocalBatch:
    """These objects are the same whatever runs the jobs."""
    return process_aws


def there(aws: LocalBatch, resources: dict[str, Any]) -> dict[str, Any]:
    """Return resources that name a network and a profile which are there, where they named ours."""
    found = {**aws.network(), "instanceRole": aws.instance_profile()}
    return {name: found[name] if name in found and value == EC2[name] else value for name, value in resources.items()}


def create(aws: LocalBatch, resources: dict[str, Any] | None, **more: Any) -> str:
    name = aws.name("ce")
    if resources is not None:
        more["computeResources"] = there(aws, resources)
    aws.batch.create_compute_environment(computeEnvironmentName=name, **{"type": "MANAGED", **more})
    return name


def template(aws: LocalBatch, **data: Any) -> str:
    """Return the id of a launch template that is there."""
    made = aws.client("ec2").create_launch_template(
        LaunchTemplateName=aws.name("lt"), LaunchTemplateData={"InstanceType": "m5.large"} | data
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


# -- compute environments


def test_an_environment_is_kept_whole_and_becomes_valid(aws: LocalBatch) -> None:
    resources = there(aws, EC2) | {
        "allocationStrategy": "BEST_FIT_PROGRESSIVE",
        "minvCpus": 0,
        "tags": {"on": "instances"},
        "launchTemplate": {"launchTemplateId": template(aws), "version": "1"},
        "ec2Configuration": [{"imageType": "ECS_AL2023"}],
    }
    name = create(aws, resources, tags={"team": "a"}, serviceRole=aws.role("batch"))
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")
    found = aws.environment_detail(name)
    assert found["computeResources"] == resources | {"desiredvCpus": 0}
    assert found["computeEnvironmentArn"] == f"arn:aws:batch:{ACCOUNT}:compute-environment/{name}"
    assert found["state"] == "ENABLED"
    assert found["statusReason"] == "ComputeEnvironment Healthy"
    assert found["tags"] == {"team": "a"}
    assert found["serviceRole"] == "arn:aws:iam::123456789012:role/batch"
    assert found["containerOrchestrationType"] == "ECS"
    assert len(found["uuid"]) == 36
    assert found["ecsClusterArn"] == f"arn:aws:ecs:{ACCOUNT}:cluster/AWSBatch-{name}-{found['uuid']}"
    assert "updatePolicy" not in found


def test_an_environments_updates_are_kept(aws: LocalBatch) -> None:
    name = aws.environment()
    aws.update_environment(
        name,
        state="DISABLED",
        computeResources={"maxvCpus": 9, "instanceTypes": ["c5.large"], "bidPercentage": 50, "type": "SPOT",
                          "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED"},
        updatePolicy={"terminateJobsOnUpdate": True, "jobExecutionTimeoutMinutes": 5},
    )  # fmt: skip
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")
    found = aws.environment_detail(name)
    assert found["state"] == "DISABLED"
    assert found["updatePolicy"] == {"terminateJobsOnUpdate": True, "jobExecutionTimeoutMinutes": 5}
    resources = found["computeResources"]
    assert (resources["maxvCpus"], resources["instanceTypes"], resources["type"]) == (9, ["c5.large"], "SPOT")
    assert resources["subnets"] == aws.network()["subnets"]
    aws.update_environment(name, updatePolicy={"jobExecutionTimeoutMinutes": 7})
    assert aws.environment_detail(name)["updatePolicy"] == {
        "terminateJobsOnUpdate": False,
        "jobExecutionTimeoutMinutes": 7,
    }


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        (None, "computeResources"),
        (EC2 | {"maxvCpus": 0}, "maxvCpus"),
        (EC2 | {"instanceTypes": []}, "instanceTypes"),
        (EC2 | {"instanceTypes": ["m7i", "m7g.large"]}, "arm-based instance type"),
        (EC2 | {"instanceTypes": ["default_arm64", "c5"]}, "arm-based instance type"),
        (EC2 | {"instanceRole": ""}, "instanceRole"),
        (EC2 | {"subnets": []}, "subnets"),
        (EC2 | {"minvCpus": 5}, "minvCpus"),
        (EC2 | {"desiredvCpus": 5}, "desiredvCpus"),
        (EC2 | {"allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"}, "SPOT"),
        (EC2 | {"type": "SPOT"}, "spotIamFleetRole"),
        (
            EC2 | {"type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED", "bidPercentage": 101},
            "bidPercentage",
        ),
        (FARGATE | {"allocationStrategy": "BEST_FIT_PROGRESSIVE"}, "allocationStrategy"),
        (FARGATE | {"instanceTypes": ["m5.large"]}, "instanceTypes"),
        (FARGATE | {"minvCpus": 1}, "minvCpus"),
        (FARGATE | {"securityGroupIds": []}, "securityGroupIds"),
        (FARGATE | {"type": "LAMBDA"}, "enum value set"),
    ],
)
def test_refused_environments(aws: LocalBatch, resources: dict[str, Any] | None, words: str) -> None:
    with refused(words):
        create(aws, resources)


def test_an_environments_name_is_checked_and_unique(aws: LocalBatch) -> None:
    name = aws.environment()
    with refused("already exists"):
        aws.batch.create_compute_environment(computeEnvironmentName=name, type="MANAGED", computeResources=EC2)
    with refused("valid pattern"):
        aws.batch.create_compute_environment(computeEnvironmentName="no/slash", type="MANAGED", computeResources=EC2)


NOT_THERE: list[tuple[dict[str, Any], str]] = [
    ({"instanceRole": "none"}, "Invalid IamInstanceProfile: none"),
    ({"instanceRole": "arn:aws:iam::123456789012:instance-profile/none"},
     "Invalid IamInstanceProfile: arn:aws:iam::123456789012:instance-profile/none"),
    ({"subnets": ["subnet-none"]}, "The subnet ID 'subnet-none' does not exist"),
    ({"securityGroupIds": ["sg-none"]}, "The security group 'sg-none' does not exist"),
    ({"imageId": "ami-1"}, 'Invalid id: "ami-1" (expecting "ami-...")'),
    ({"ec2Configuration": [{"imageType": "ECS_AL2023", "imageIdOverride": "mine"}]},
     'Invalid id: "mine" (expecting "ami-...")'),
    ({"ec2KeyPair": "none"}, "The key pair 'none' does not exist"),
    ({"launchTemplate": {"launchTemplateId": "lt-none"}},
     "The specified launch template, with template ID lt-none, does not exist."),
    ({"launchTemplate": {"launchTemplateName": "none"}},
     "The specified launch template, with template name none, does not exist."),
]  # fmt: skip


@pytest.mark.parametrize(("named", "words"), NOT_THERE, ids=[words for _, words in NOT_THERE])
def test_an_environment_that_names_what_is_not_there_becomes_invalid(
    aws: LocalBatch, named: dict[str, Any], words: str
) -> None:
    name = create(aws, there(aws, EC2) | named)
    aws.until(lambda: aws.environment_detail(name)["status"] != "CREATING")
    found = aws.environment_detail(name)
    assert (found["status"], found["statusReason"]) == ("INVALID", f"CLIENT_ERROR - {words}")
    with refused("must be in the VALID state"):
        aws.batch.create_job_queue(
            jobQueueName="of-nothing", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": name}]
        )


def test_roles_that_are_not_there_make_an_environment_invalid(aws: LocalBatch) -> None:
    role = "arn:aws:iam::123456789012:role/none"
    of_service = create(aws, EC2, serviceRole=role)
    of_fleet = create(aws, EC2 | {"type": "SPOT", "spotIamFleetRole": role})
    on_fargate = create(aws, FARGATE | {"subnets": ["subnet-none"]})
    for name, words in (
        (of_service, f"User: batch.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {role} "),
        (of_fleet, "Parameter: SpotFleetRequestConfig.IamFleetRole is invalid."),
        (on_fargate, "The subnet ID 'subnet-none' does not exist"),
    ):
        aws.until(lambda name=name: aws.environment_detail(name)["status"] == "INVALID")
        assert aws.environment_detail(name)["statusReason"].startswith(f"CLIENT_ERROR - {words}")
    with refused("The ECS Instance Role should be an ECS Instance Profile ARN."):
        create(aws, EC2 | {"instanceRole": role})


@pytest.mark.parametrize("name", ["m5.larg", "m5.", "large", "M5.large", "optimal.large", "m5 large"])
def test_an_instance_type_that_there_is_not_is_refused(process_aws: LocalBatch, name: str) -> None:
    with refused("Instance type can only be one of [a1, ", ", optimal, "):
        create(process_aws, EC2 | {"instanceTypes": ["c5.large", name]})


def test_a_family_newer_than_the_table_is_taken_and_architectures_are_not_mixed(process_aws: LocalBatch) -> None:
    create(process_aws, EC2 | {"instanceTypes": ["m5.large", "m99.large", "u99-1tb"]})
    with refused("arm-based instance type cannot be used with other instance types."):
        create(process_aws, EC2 | {"instanceTypes": ["m5.large", "m6g.large"]})


def test_a_security_group_of_another_vpc_makes_an_environment_invalid(aws: LocalBatch) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName=aws.name("sg"), Description="x", VpcId=vpc)["GroupId"]
    name = create(aws, there(aws, EC2) | {"securityGroupIds": [group]})
    aws.until(lambda: aws.environment_detail(name)["status"] == "INVALID")
    assert "not linked to the VPCs" in aws.environment_detail(name)["statusReason"]


def test_user_data_of_a_launch_template_is_mime_multipart(aws: LocalBatch) -> None:
    part = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n--x--\n'
    states = {}
    for text in (part, "#!/bin/sh\n"):
        named = template(aws, UserData=base64.b64encode(text.encode()).decode())
        name = create(aws, EC2 | {"launchTemplate": {"launchTemplateId": named}})
        aws.until(lambda name=name: aws.environment_detail(name)["status"] != "CREATING")
        states[text] = aws.environment_detail(name)["statusReason"]
    assert states[part] == "ComputeEnvironment Healthy"
    assert states["#!/bin/sh\n"] == "CLIENT_ERROR - Launch Template UserData is not MIME multipart format"


def test_security_groups_beside_a_launch_template_with_interfaces_are_refused(aws: LocalBatch) -> None:
    words = (
        "Either compute environment Security Groups or Network Interfaces in Launch template are exclusively allowed"
    )
    interfaces = [{"DeviceIndex": 0, "Groups": aws.network()["securityGroupIds"]}]
    named = {"launchTemplateId": template(aws, NetworkInterfaces=interfaces)}
    with refused(words):
        create(aws, EC2 | {"launchTemplate": named})
    alone = {member: value for member, value in EC2.items() if member != "securityGroupIds"}
    name = create(aws, alone | {"launchTemplate": named})
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")
    other = aws.environment()
    with refused(words):
        aws.batch.update_compute_environment(computeEnvironment=other, computeResources={"launchTemplate": named})


def test_jobs_wait_while_all_environments_of_their_queue_are_invalid(aws: LocalBatch) -> None:
    name = aws.environment()
    queue, definition = aws.queue(name), aws.definition("true")
    # An infrastructure update, which the service-linked role may make.
    aws.batch.update_compute_environment(computeEnvironment=name, computeResources={"instanceRole": "none"})
    aws.until(lambda: aws.environment_detail(name)["status"] == "INVALID")
    job_id = aws.submit(queue, definition)
    reason = "ACTION_REQUIRED - CE(s) associated with the job queue are invalid."
    aws.until(lambda: aws.job(job_id).get("statusReason") == reason)
    assert aws.state(job_id) == "RUNNABLE"
    aws.update_environment(name, computeResources={"instanceRole": aws.instance_profile()})
    assert aws.wait(job_id)["status"] == "SUCCEEDED"


def test_an_environment_is_created_enabled(aws: LocalBatch) -> None:
    with refused("must be created in ENABLED state"):
        aws.batch.create_compute_environment(
            computeEnvironmentName="disabled", type="MANAGED", state="DISABLED", computeResources=EC2
        )
    assert aws.batch.describe_compute_environments(computeEnvironments=["disabled"])["computeEnvironments"] == []


def test_an_infrastructure_update_needs_the_service_linked_role(aws: LocalBatch) -> None:
    own_role = create(aws, EC2 | {"allocationStrategy": "BEST_FIT_PROGRESSIVE"}, serviceRole=aws.role("own"))
    aws.until(lambda: aws.environment_detail(own_role)["status"] == "VALID")
    with refused("service-linked"):
        aws.batch.update_compute_environment(
            computeEnvironment=own_role, computeResources={"instanceTypes": ["c5.large"]}
        )
    best_fit = create(aws, EC2)
    aws.until(lambda: aws.environment_detail(best_fit)["status"] == "VALID")
    with refused("allocation strategy"):
        aws.batch.update_compute_environment(
            computeEnvironment=best_fit, computeResources={"instanceTypes": ["c5.large"]}
        )
    aws.update_environment(own_role, computeResources={"maxvCpus": 8})
    assert aws.environment_detail(own_role)["computeResources"]["maxvCpus"] == 8
    with refused("does not exist"):
        aws.batch.update_compute_environment(computeEnvironment="none", state="DISABLED")


def test_fargate_does_not_become_fargate_spot(aws: LocalBatch) -> None:
    resources = {"type": "FARGATE", "maxvCpus": 4, "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    name = create(aws, resources)
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")
    with refused("type cannot be updated"):
        aws.batch.update_compute_environment(computeEnvironment=name, computeResources={"type": "FARGATE_SPOT"})
    aws.update_environment(name, computeResources={"type": "FARGATE", "maxvCpus": 8})
    assert aws.environment_detail(name)["computeResources"]["maxvCpus"] == 8


def test_an_environment_is_deleted_only_disabled_and_detached(aws: LocalBatch) -> None:
    name = aws.environment()
    queue = aws.queue(name)
    with refused("DISABLED"):
        aws.batch.delete_compute_environment(computeEnvironment=name)
    aws.update_environment(name, state="DISABLED")
    with refused("Cannot delete, found existing JobQueue relationship"):
        aws.batch.delete_compute_environment(computeEnvironment=name)
    aws.update_queue(queue, state="DISABLED")
    aws.batch.delete_job_queue(jobQueue=queue)
    aws.until(lambda: not aws.queue_detail(queue))
    aws.batch.delete_compute_environment(computeEnvironment=name)
    aws.until(lambda: not aws.environment_detail(name))
    aws.batch.delete_compute_environment(computeEnvironment=name)


def test_a_fargate_environment_with_active_jobs_becomes_invalid(aws: LocalBatch) -> None:
    name, other = aws.environment(kind="FARGATE"), aws.environment(kind="FARGATE")
    queue = aws.queue(name)
    job = aws.submit(queue, aws.definition("sleep", "60", fargate=True, vcpu="0.25", memory="512"))
    aws.wait(job, "RUNNING")
    aws.update_queue(queue, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": other}])
    aws.update_environment(name, state="DISABLED")
    aws.batch.delete_compute_environment(computeEnvironment=name)
    assert aws.environment_detail(name)["status"] == "INVALID"
    aws.batch.terminate_job(jobId=job, reason="end")
    aws.wait(job)
    aws.batch.delete_compute_environment(computeEnvironment=name)
    aws.until(lambda: not aws.environment_detail(name))


def test_ecs_tells_whether_tasks_are_left_on_an_environments_cluster(aws: LocalBatch) -> None:
    ecs = aws.client("ecs")
    name = aws.environment()
    queue = aws.queue(name)
    cluster = aws.environment_detail(name)["ecsClusterArn"]

    def tasks() -> tuple[int, int]:
        (found,) = ecs.describe_clusters(clusters=[cluster])["clusters"]
        assert found["clusterArn"] == cluster
        return found["runningTasksCount"] + found["pendingTasksCount"], len(ecs.list_tasks(cluster=cluster)["taskArns"])

    assert tasks() == (0, 0)
    job = aws.submit(queue, aws.definition("sleep", "60"))
    aws.wait(job, "RUNNING")
    assert tasks() == (1, 1)
    assert ecs.list_tasks(cluster=cluster)["taskArns"] == [aws.job(job)["container"]["taskArn"]]
    aws.batch.terminate_job(jobId=job, reason="end")
    aws.wait(job)
    assert tasks() == (0, 0)
    # One that is gone is told as ECS tells it, and clusters that are not Batch's are moto's.
    gone = f"{cluster}-gone"
    assert ecs.describe_clusters(clusters=[gone])["failures"] == [{"arn": gone, "reason": "MISSING"}]
    made = ecs.create_cluster(clusterName="own")["cluster"]["clusterArn"]
    assert ecs.describe_clusters(clusters=["own"])["clusters"][0]["clusterArn"] == made


def test_the_jobs_of_a_deleted_environment_lose_their_instances(aws: LocalBatch) -> None:
    name, other = aws.environment(), aws.environment()
    queue = aws.queue(name)
    job = aws.submit(queue, aws.definition("sleep", "60"))
    aws.wait(job, "RUNNING")
    aws.update_queue(queue, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": other}])
    aws.update_environment(name, state="DISABLED")
    aws.batch.delete_compute_environment(computeEnvironment=name)
    assert aws.wait(job, "FAILED")["statusReason"].startswith("Host EC2")


def test_an_unmanaged_environment_is_served_like_any_other(aws: LocalBatch) -> None:
    name = aws.name("ce")
    aws.batch.create_compute_environment(computeEnvironmentName=name, type="UNMANAGED")
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")
    assert "computeResources" not in aws.environment_detail(name)
    policy = aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy={"computeReservation": 50})["arn"]
    fifo, fair = aws.queue(name), aws.queue(name, schedulingPolicyArn=policy)
    jobs = [aws.submit(fifo, aws.definition("true"))]
    jobs += [aws.submit(fair, aws.definition("true"), shareIdentifier="a") for _ in range(3)]
    assert {aws.wait(job)["status"] for job in jobs} == {"SUCCEEDED"}
    aws.batch.get_job_queue_snapshot(jobQueue=fair)
    with refused("MANAGED"):
        aws.batch.update_compute_environment(computeEnvironment=name, computeResources={"maxvCpus": 2})
    for queue in (fifo, fair):
        aws.update_queue(queue, state="DISABLED")
        aws.batch.delete_job_queue(jobQueue=queue)
        aws.until(lambda queue=queue: not aws.queue_detail(queue))  # type: ignore[misc]
    aws.update_environment(name, state="DISABLED", unmanagedvCpus=3)
    assert aws.environment_detail(name)["unmanagedvCpus"] == 3
    aws.batch.delete_compute_environment(computeEnvironment=name)
    aws.until(lambda: not aws.environment_detail(name))


def test_nothing_is_changed_while_it_changes() -> None:
    # In this process, with a scheduler whose time stands still: over HTTP the moment may have passed.
    frozen = SimpleNamespace(account_objects=None, after=lambda *_: None, wake=lambda: None)
    still, region = cast("Scheduler", frozen), Region(REGION)
    asked = {"computeEnvironmentName": "ce", "type": "MANAGED", "computeResources": FARGATE}
    order = [{"order": 1, "computeEnvironment": "ce"}]

    def says(words: str, call: Any, asked: dict[str, Any]) -> None:
        with pytest.raises(Refusal, match=words):
            call(still, region, asked)

    compute_environments.create(still, region, asked)
    detail = region.environments["ce"].detail
    new = {"jobQueueName": "jq", "priority": 1, "computeEnvironmentOrder": order}
    for status in ("CREATING", "UPDATING"):
        detail["status"] = status
        says("Cannot update, resource is being modified.", compute_environments.update, {"computeEnvironment": "ce"})
        says("Cannot delete, resource is being modified.", compute_environments.delete, {"computeEnvironment": "ce"})
        says(f"compute-environment/ce is {status}.* must be in the VALID state", job_queues.create, new)
    detail["status"] = "DELETING"
    says("Cannot update, resource is being modified.", compute_environments.update, {"computeEnvironment": "ce"})
    detail["status"] = "VALID"
    region.queues["jq"] = Queue(
        {**new, "jobQueueArn": "arn", "state": "DISABLED", "status": "CREATING"}, REGION, Fifo()
    )
    says("Cannot update, resource is being modified.", job_queues.update, {"jobQueue": "jq"})
    says("Cannot delete, resource is being modified.", job_queues.delete, {"jobQueue": "jq"})


def test_an_environment_is_not_scaled_down_by_hand(aws: LocalBatch) -> None:
    name = create(aws, EC2 | {"desiredvCpus": 2})
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")
    with refused("Manually scaling down compute environment is not supported."):
        aws.batch.update_compute_environment(computeEnvironment=name, computeResources={"desiredvCpus": 1})
    aws.update_environment(name, computeResources={"desiredvCpus": 3})
    assert aws.environment_detail(name)["computeResources"]["desiredvCpus"] == 3


def test_an_empty_token_begins_at_the_start(aws: LocalBatch) -> None:
    queue = aws.queue()
    for operation in (
        "describe_compute_environments", "describe_job_definitions", "describe_job_queues",
        "list_consumable_resources", "list_scheduling_policies",
    ):  # fmt: skip
        getattr(aws.batch, operation)(nextToken="")
    job = aws.submit(queue, aws.definition("true"))
    aws.wait(job)
    listed = aws.batch.list_jobs(jobQueue=queue, jobStatus="SUCCEEDED", nextToken="")["jobSummaryList"]
    assert [one["jobId"] for one in listed] == [job]


# -- queues


def test_a_queue_is_kept_whole_and_becomes_valid(aws: LocalBatch) -> None:
    environments = [aws.environment(), aws.environment()]
    policy = aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy={"computeReservation": 10})["arn"]
    limits = [
        {
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            "state": "RUNNABLE",
            "maxTimeSeconds": 600,
            "action": "CANCEL",
        }
    ]
    name = aws.queue(
        *environments, priority=7, schedulingPolicyArn=policy, tags={"a": "b"}, jobStateTimeLimitActions=limits
    )
    found = aws.queue_detail(name)
    assert found == {
        "jobQueueName": name,
        "jobQueueArn": f"arn:aws:batch:{ACCOUNT}:job-queue/{name}",
        "state": "ENABLED",
        "schedulingPolicyArn": policy,
        "status": "VALID",
        "statusReason": "JobQueue Healthy",
        "priority": 7,
        "computeEnvironmentOrder": [
            {"order": n, "computeEnvironment": f"arn:aws:batch:{ACCOUNT}:compute-environment/{one}"}
            for n, one in enumerate(environments, 1)
        ],
        "jobQueueType": "ECS",
        "tags": {"a": "b"},
        "jobStateTimeLimitActions": limits,
    }
    assert aws.queue_detail(found["jobQueueArn"]) == found


def test_refused_queues(aws: LocalBatch) -> None:
    ec2, fargate = aws.environment(), aws.environment(kind="FARGATE")
    with refused("mixed"):
        aws.queue(ec2, fargate)
    with refused("share the same architecture"):
        aws.queue(ec2, aws.environment(instanceTypes=["m7g"]))
    with refused("at most 3"):
        aws.queue(*(aws.environment() for _ in range(4)))
    with refused("does not exist"):
        aws.queue("no-such-environment")
    with refused("only once"):
        aws.queue(ec2, ec2)
    with refused("computeEnvironmentOrder"):
        aws.batch.create_job_queue(jobQueueName=aws.name("jq"), priority=1, computeEnvironmentOrder=[])
    with refused("priority"):
        aws.queue(ec2, priority=-1)
    with refused("not found"):
        aws.queue(ec2, schedulingPolicyArn=f"arn:aws:batch:{ACCOUNT}:scheduling-policy/none")
    with refused("maxTimeSeconds"):
        limit = {"reason": "r", "state": "RUNNABLE", "maxTimeSeconds": 599, "action": "CANCEL"}
        aws.queue(ec2, jobStateTimeLimitActions=[limit])
    with refused("reason MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS is not supported"):
        reason = "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS"
        limit = {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
        aws.queue(ec2, jobStateTimeLimitActions=[limit])
    with refused("Duplicate job state limit actions"):
        limit = {**limit, "reason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"}
        aws.queue(ec2, jobStateTimeLimitActions=[limit, {**limit, "maxTimeSeconds": 700}])
    name = aws.queue(ec2)
    with refused("already exists"):
        aws.batch.create_job_queue(
            jobQueueName=name, priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": ec2}]
        )


def test_a_policy_is_never_added_or_removed(aws: LocalBatch) -> None:
    policies = [aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy={})["arn"] for _ in range(2)]
    fifo, fair = aws.queue(), aws.queue(schedulingPolicyArn=policies[0])
    with refused("Cannot add"):
        aws.batch.update_job_queue(jobQueue=fifo, schedulingPolicyArn=policies[0])
    with refused("Cannot remove"):
        aws.batch.update_job_queue(jobQueue=fair, schedulingPolicyArn="")
    aws.update_queue(fair, schedulingPolicyArn=policies[1])
    assert aws.queue_detail(fair)["schedulingPolicyArn"] == policies[1]


def test_a_refused_update_changes_nothing(aws: LocalBatch) -> None:
    name = aws.queue(priority=3)
    before = aws.queue_detail(name)
    with refused("does not exist"):
        aws.batch.update_job_queue(
            jobQueue=name,
            priority=9,
            state="DISABLED",
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "none"}],
        )
    assert aws.queue_detail(name) == before


def test_a_deleted_queue_terminates_its_jobs(aws: LocalBatch) -> None:
    name = aws.queue(vcpus=1)
    with refused("DISABLED"):
        aws.batch.delete_job_queue(jobQueue=name)
    jobs = [aws.submit(name, aws.definition("sleep", "60")) for _ in range(2)]
    aws.wait(jobs[0], "RUNNING")
    aws.update_queue(name, state="DISABLED")
    aws.batch.delete_job_queue(jobQueue=name)
    assert [aws.wait(job)["status"] for job in jobs] == ["FAILED", "FAILED"]
    aws.until(lambda: not aws.queue_detail(name))


# -- policies


def test_policies(aws: LocalBatch) -> None:
    name = aws.name("sp")
    shares = [{"shareIdentifier": "A1", "weightFactor": 0.5}, {"shareIdentifier": "B*"}]
    arn = aws.batch.create_scheduling_policy(
        name=name,
        fairsharePolicy={"shareDecaySeconds": 60, "computeReservation": 1, "shareDistribution": shares},
        tags={"k": "v"},
    )["arn"]
    assert arn == f"arn:aws:batch:{ACCOUNT}:scheduling-policy/{name}"
    (found,) = aws.batch.describe_scheduling_policies(arns=[arn])["schedulingPolicies"]
    assert found["fairsharePolicy"]["shareDistribution"] == [shares[0], {"shareIdentifier": "B*", "weightFactor": 1.0}]
    assert found["tags"] == {"k": "v"}
    assert {"arn": arn} in aws.batch.list_scheduling_policies()["schedulingPolicies"]
    aws.batch.update_scheduling_policy(arn=arn, fairsharePolicy={"shareDecaySeconds": 90})
    (found,) = aws.batch.describe_scheduling_policies(arns=[arn])["schedulingPolicies"]
    assert found["fairsharePolicy"]["shareDecaySeconds"] == 90
    queue = aws.queue(schedulingPolicyArn=arn)
    with refused("JobQueue relationship"):
        aws.batch.delete_scheduling_policy(arn=arn)
    aws.update_queue(queue, state="DISABLED")
    aws.batch.delete_job_queue(jobQueue=queue)
    aws.until(lambda: not aws.queue_detail(queue))
    aws.batch.delete_scheduling_policy(arn=arn)
    assert aws.batch.describe_scheduling_policies(arns=[arn])["schedulingPolicies"] == []


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"shareDecaySeconds": 604_801}, "604800"),
        ({"computeReservation": 100}, "99"),
        ({"shareDistribution": [{"shareIdentifier": "a-b"}]}, "alphanumeric"),
        ({"shareDistribution": [{"shareIdentifier": "a", "weightFactor": 1000.0}]}, "999.9999"),
        ({"shareDistribution": [{"shareIdentifier": "User*"}, {"shareIdentifier": "User1"}]}, "overlap"),
    ],
)
def test_refused_policies(aws: LocalBatch, policy: dict[str, Any], words: str) -> None:
    with refused(words):
        aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy=policy)


# -- definitions


def test_retry_rules_are_shown_as_aws_shows_them(aws: LocalBatch) -> None:
    rules = [{"onExitCode": "42", "action": "EXIT"}]
    shown = [{"onExitCode": "42", "action": "exit"}]
    plain = aws.definition("true", retryStrategy={"attempts": 3})
    with_rules = aws.definition("true", retryStrategy={"attempts": 3, "evaluateOnExit": rules})
    for name, wanted in ((plain, []), (with_rules, shown)):
        (found,) = aws.batch.describe_job_definitions(jobDefinitionName=name)["jobDefinitions"]
        assert found["retryStrategy"] == {"attempts": 3, "evaluateOnExit": wanted}
    queue = aws.queue()
    assert aws.job(aws.submit(queue, with_rules))["retryStrategy"]["evaluateOnExit"] == shown
    own = aws.submit(queue, plain, retryStrategy={"attempts": 2, "evaluateOnExit": rules})
    assert aws.job(own)["retryStrategy"] == {"attempts": 2, "evaluateOnExit": shown}


def test_definitions_have_revisions(aws: LocalBatch) -> None:
    name = aws.definition("true", tags={"t": "1"}, timeout={"attemptDurationSeconds": 60}, parameters={"p": "q"})
    again = aws.batch.register_job_definition(
        jobDefinitionName=name,
        type="container",
        containerProperties={"image": aws.image, "vcpus": 2, "memory": 64, "command": ["echo"]},
    )
    assert again["revision"] == 2
    assert again["jobDefinitionArn"] == f"arn:aws:batch:{ACCOUNT}:job-definition/{name}:2"
    found = aws.batch.describe_job_definitions(jobDefinitionName=name)["jobDefinitions"]
    assert [one["revision"] for one in found] == [2, 1]
    assert found[1]["timeout"] == {"attemptDurationSeconds": 60}
    assert (found[1]["tags"], found[1]["parameters"]) == ({"t": "1"}, {"p": "q"})
    assert found[0]["containerProperties"]["vcpus"] == 2
    assert "platformCapabilities" not in found[0]
    for named in (f"{name}:1", found[1]["jobDefinitionArn"]):
        (one,) = aws.batch.describe_job_definitions(jobDefinitions=[named])["jobDefinitions"]
        assert one == found[1]
    with refused("can't be used with other parameters: status"):
        aws.batch.describe_job_definitions(jobDefinitions=[name], status="ACTIVE")
    queue = aws.queue()
    newest = aws.job(aws.submit(queue, name))
    assert newest["jobDefinition"].endswith(":2")
    assert aws.job(aws.submit(queue, f"{name}:1"))["jobDefinition"].endswith(":1")
    assert aws.job(aws.submit(queue, found[0]["jobDefinitionArn"].rsplit(":", 1)[0]))["jobDefinition"].endswith(":2")
    aws.batch.deregister_job_definition(jobDefinition=f"{name}:2")
    active = aws.batch.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"]
    assert [one["revision"] for one in active] == [1]
    assert aws.job(aws.submit(queue, name))["jobDefinition"].endswith(":1")
    with refused("INACTIVE"):
        aws.submit(queue, f"{name}:2")
    aws.batch.deregister_job_definition(jobDefinition=f"{name}:1")
    with refused("no active revision"):
        aws.submit(queue, name)
    third = aws.batch.register_job_definition(
        jobDefinitionName=name, type="container", containerProperties={"image": "x", "vcpus": 1, "memory": 4}
    )
    assert third["revision"] == 3


EFS = {"fileSystemId": "fs-0a1b2c3d"}
POINT = {"accessPointId": "fsap-0a1b2c3d"}


def efs(**settings: Any) -> dict[str, Any]:
    return {"name": "v", "efsVolumeConfiguration": {**EFS, **settings}}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"image": ""}, "image"),
        ({"resourceRequirements": []}, "VCPU"),
        ({"resourceRequirements": [{"type": "VCPU", "value": "1"}]}, "MEMORY"),
        ({"resourceRequirements": [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]}, "EC2"),
        ({"resourceRequirements": [{"type": "VCPU", "value": "one"}, {"type": "MEMORY", "value": "512"}]}, "number"),
        ({"resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "3"}]}, "4 MiB"),
        ({"environment": [{"name": "AWS_BATCH_X", "value": "1"}]}, "AWS_BATCH"),
        ({"mountPoints": [{"containerPath": "/x", "sourceVolume": "none"}]}, "volume"),
        ({"networkConfiguration": {"assignPublicIp": "ENABLED"}}, "Fargate"),
        ({"linuxParameters": {"maxSwap": -1}}, "must be non-negative"),
        ({"linuxParameters": {"maxSwap": 0}}, "swappiness value is required"),
        ({"linuxParameters": {"maxSwap": 1, "swappiness": 101}}, "between 0 and 100"),
        ({"linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 0}]}}, "Size of a tmpfs"),
        ({"secrets": [{"name": "A", "valueFrom": "arn:aws:ssm:r:1:parameter/a"}]}, "executionRoleArn cannot be empty"),
        ({"volumes": [{"name": "v", "host": {"sourcePath": "/x"}, "efsVolumeConfiguration": EFS}]}, "only one volume"),
        ({"volumes": [efs(rootDirectory="/x", authorizationConfig=POINT)]}, "the root directory must either be set"),
        ({"volumes": [efs(authorizationConfig=POINT)]}, "access point requires TransitEncryption"),
        ({"volumes": [efs(authorizationConfig={"iam": "ENABLED"})]}, "IAM authorization requires TransitEncryption"),
    ],
)
def test_refused_ec2_definitions(aws: LocalBatch, properties: dict[str, Any], words: str) -> None:
    with refused(words):
        aws.definition("true", properties=properties)


@pytest.mark.parametrize(
    ("vcpu", "memory", "properties", "words"),
    [
        ("1", "1000", {}, "Fargate resource requirements (1.00 vCPU, 1000 MiB) not valid."),
        ("0.3", "512", {}, "not valid"),
        ("16", "32769", {}, "not valid"),
        ("0.25", "512", {"executionRoleArn": ""}, "executionRoleArn"),
        ("0.25", "512", {"privileged": True}, "privileged"),
        ("0.25", "512", {"ulimits": [{"name": "nofile", "hardLimit": 1, "softLimit": 1}]}, "ulimits"),
        ("0.25", "512", {"linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}}, "tmpfs"),
        ("0.25", "512", {"ephemeralStorage": {"sizeInGiB": 20}}, "21"),
        ("0.25", "512", {"fargatePlatformConfiguration": {"platformVersion": "9"}}, "Platform version"),
        ("0.25", "512", {"logConfiguration": {"logDriver": "syslog"}}, "Log driver"),
        ("0.25", "512", {"volumes": [{"name": "v", "host": {"sourcePath": "/x"}}]}, "sourcePath"),
    ],
)
def test_refused_fargate_definitions(
    aws: LocalBatch, vcpu: str, memory: str, properties: dict[str, Any], words: str
) -> None:
    with refused(words):
        aws.definition("true", fargate=True, vcpu=vcpu, memory=memory, properties=properties)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"retryStrategy": {"attempts": 11}}, "attempts"),
        ({"retryStrategy": {"attempts": 0}}, "attempts"),
        ({"retryStrategy": {"evaluateOnExit": [{"onExitCode": "1", "action": "EXIT"}]}}, "attempts"),
        (
            {"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"onExitCode": "1", "action": "EXIT"}] * 6}},
            "at most 5",
        ),
        ({"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"action": "EXIT"}]}}, "at least one"),
        (
            {"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"onReason": "a*b", "action": "EXIT"}]}},
            "valid pattern",
        ),
        ({"retryStrategy": {"attempts": 2, "evaluateOnExit": [{"onReason": "a", "action": "STOP"}]}}, "enum"),
        ({"timeout": {"attemptDurationSeconds": 59}}, "60"),
        ({"schedulingPriority": 10_000}, "9999"),
        ({"platformCapabilities": ["EC2", "FARGATE"]}, "platform"),
    ],
)
def test_refused_definition_settings(aws: LocalBatch, more: dict[str, Any], words: str) -> None:
    with refused(words):
        aws.definition("true", **more)


# -- submissions


def test_refused_submissions(aws: LocalBatch) -> None:
    queue, definition = aws.queue(), aws.definition("true")
    fargate = aws.definition("true", fargate=True, vcpu="0.25", memory="512")
    with refused("Job name should match valid pattern"):
        aws.submit(queue, definition, jobName="no spaces")
    with refused("Job name should match valid pattern"):
        aws.submit(queue, definition, jobName="x" * 129)
    with refused("JobQueue no-queue not found."):
        aws.submit("no-queue", definition)
    with refused("not found"):
        aws.submit(queue, "no-definition")
    with refused("not found"):
        aws.submit(queue, f"{definition}:9")
    with refused("is not supported pattern"):
        aws.submit(queue, "no such name")
    with refused("platform capabilities"):
        aws.submit(queue, fargate)
    with refused("attempts"):
        aws.submit(queue, definition, retryStrategy={"attempts": 11})
    with refused("60"):
        aws.submit(queue, definition, timeout={"attemptDurationSeconds": 1})
    with refused("AWS_BATCH"):
        aws.submit(queue, definition, env={"AWS_BATCH_JOB_ID": "mine"})
    with refused("empty string"):
        aws.submit(queue, definition, command=[""])
    with refused("empty string"):
        aws.definition("true", "")
    with refused("empty string"):
        aws.submit(queue, definition, command=["a", ""])
    for text in ("a\0b", "\ud800"):
        with refused("NUL character or half of a surrogate pair", code="SerializationException"):
            aws.submit(queue, definition, command=[text])
        with refused("NUL character or half of a surrogate pair", code="SerializationException"):
            aws.definition(text)
    with refused("30 KiB"):
        aws.submit(queue, definition, parameters={"p": "x" * 31_000})
    with refused("tag"):
        aws.submit(queue, definition, tags={"aws:mine": "x"})
    with refused("whole number"):
        aws.submit(queue, definition, vcpu="0.5")
    for vcpu in ("1e0", "\u0661", "nan", "+1", ".5", " 1"):
        with refused("is not a number"):
            aws.submit(queue, definition, vcpu=vcpu)
    with refused("is not a whole number of MiB"):
        aws.definition("true", memory="\u0661\u0662\u0668")
    with refused("Fargate resource requirements"):
        aws.submit(aws.queue(kind="FARGATE"), fargate, vcpu="4")


# -- tags


def test_tags_of_every_object(aws: LocalBatch) -> None:
    environment, definition = aws.environment(), aws.definition("true")
    queue = aws.queue(environment)
    policy = aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy={})["arn"]
    arns = [
        aws.environment_detail(environment)["computeEnvironmentArn"],
        aws.queue_detail(queue)["jobQueueArn"],
        aws.batch.describe_job_definitions(jobDefinitionName=definition)["jobDefinitions"][0]["jobDefinitionArn"],
        policy,
        aws.job(aws.submit(queue, definition))["jobArn"],
    ]
    for arn in arns:
        aws.batch.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        aws.batch.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert aws.batch.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}, arn
        with refused("50"):
            aws.batch.tag_resource(resourceArn=arn, tags={f"k{n}": "v" for n in range(50)})
        for tags in ({"a,b": "1"}, {"a": "50%"}, {"k" * 129: "1"}, {"AWS:a": "1"}, {"a": "v" * 257}):
            with refused("Tag"):
                aws.batch.tag_resource(resourceArn=arn, tags=tags)
    with refused("not found"):
        aws.batch.list_tags_for_resource(resourceArn=arns[1] + "x")


def test_a_childs_arn_has_no_tags(aws: LocalBatch) -> None:
    job = aws.job(aws.submit(aws.queue(), aws.definition("true"), arrayProperties={"size": 2}, tags={"a": "1"}))
    assert aws.batch.list_tags_for_resource(resourceArn=job["jobArn"])["tags"] == {"a": "1"}
    child = job["jobArn"] + ":0"
    with refused("child job"):
        aws.batch.tag_resource(resourceArn=child, tags={"b": "1"})
    with refused("child job"):
        aws.batch.untag_resource(resourceArn=child, tagKeys=["a"])
    with refused("child job"):
        aws.batch.list_tags_for_resource(resourceArn=child)


@pytest.mark.parametrize("tags", [{"a,b": "1"}, {"a": "50%"}, {"AWS:a": "1"}, {f"k{n}": "v" for n in range(51)}])
def test_no_operation_takes_tags_that_aws_refuses(aws: LocalBatch, tags: dict[str, str]) -> None:
    queue, definition = aws.queue(), aws.definition("true")
    word = "Tag" if len(tags) == 1 else "50"
    order = [{"order": 1, "computeEnvironment": aws.environment()}]
    with refused(word):
        aws.submit(queue, definition, tags=tags)
    with refused(word):
        aws.definition("true", tags=tags)
    with refused(word):
        aws.batch.create_compute_environment(computeEnvironmentName=aws.name("ce"), type="UNMANAGED", tags=tags)
    with refused(word):
        aws.batch.create_job_queue(jobQueueName=aws.name("q"), priority=1, computeEnvironmentOrder=order, tags=tags)
    with refused(word):
        aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy={}, tags=tags)
    with refused(word):
        aws.batch.create_consumable_resource(consumableResourceName=aws.name("cr"), totalQuantity=1, tags=tags)


# -- looking at jobs


def test_describe_jobs_takes_a_hundred(aws: LocalBatch) -> None:
    job = aws.submit(aws.queue(), aws.definition("true"))
    unknown = "11111111-1111-1111-1111-111111111111"
    assert [one["jobId"] for one in aws.batch.describe_jobs(jobs=[unknown, job])["jobs"]] == [job]
    assert aws.batch.describe_jobs(jobs=[unknown] * 100)["jobs"] == []
    with refused("Maximum number of jobs supported is  100 ."):
        aws.batch.describe_jobs(jobs=[unknown] * 101)


def test_list_jobs_by_status_filter_and_page(aws: LocalBatch) -> None:
    queue, definition, other = aws.queue(vcpus=1), aws.definition("sleep", "60"), aws.definition("true")
    running = aws.submit(queue, definition, jobName="Blocker")
    aws.wait(running, "RUNNING")
    names = [f"part-{n}" for n in range(5)]
    jobs = [aws.submit(queue, other, jobName=name) for name in names]
    aws.wait(jobs[-1], "RUNNABLE")

    def ids(**more: Any) -> list[str]:
        return [job["jobId"] for job in aws.batch.list_jobs(jobQueue=queue, **more)["jobSummaryList"]]

    assert ids() == [running]
    assert ids(jobStatus="RUNNABLE") == list(reversed(jobs))
    assert ids(jobStatus="FAILED") == []
    page = aws.batch.list_jobs(jobQueue=queue, jobStatus="RUNNABLE", maxResults=2)
    later = aws.submit(queue, other, jobName="late")
    aws.wait(later, "RUNNABLE")
    more = aws.batch.list_jobs(jobQueue=queue, jobStatus="RUNNABLE", maxResults=10, nextToken=page["nextToken"])
    assert [job["jobId"] for job in page["jobSummaryList"] + more["jobSummaryList"]] == list(reversed(jobs))
    assert "nextToken" not in more

    def filtered(name: str, *values: str) -> list[str]:
        return ids(filters=[{"name": name, "values": list(values)}])

    assert filtered("JOB_NAME", "BLOCKER") == [running]
    assert filtered("JOB_NAME", "PART*") == list(reversed(jobs))
    assert filtered("JOB_DEFINITION", definition) == [running]
    assert filtered("JOB_DEFINITION", aws.job(running)["jobDefinition"]) == [running]
    assert filtered("JOB_DEFINITION", "jd-*")[-1] == running
    created = aws.job(jobs[0])["createdAt"]
    assert running in filtered("BEFORE_CREATED_AT", str(created))
    assert filtered("AFTER_CREATED_AT", str(created + 3_600_000)) == []
    assert ids(jobStatus="SUCCEEDED", filters=[{"name": "JOB_NAME", "values": ["blocker"]}]) == [running]
    with refused("one filter"):
        ids(filters=[{"name": "JOB_NAME", "values": ["a"]}] * 2)
    with refused("not supported"):
        filtered("COLOUR", "red")
    with refused("Exactly one"):
        aws.batch.list_jobs()
    with refused("not found"):
        aws.batch.list_jobs(jobQueue="none")
    with refused("nextToken"):
        ids(nextToken="rubbish")
    aws.batch.terminate_jobs(jobs=[running, later, *jobs], reason="done")


def test_filters_leave_children_out_and_show_parents(aws: LocalBatch) -> None:
    queue = aws.queue()
    parent = aws.submit(queue, aws.definition("true"), arrayProperties={"size": 3}, jobName="arr")
    aws.wait(parent)
    found = aws.batch.list_jobs(jobQueue=queue, filters=[{"name": "JOB_NAME", "values": ["arr"]}])["jobSummaryList"]
    assert [job["jobId"] for job in found] == [parent]
    assert found[0]["arrayProperties"]["size"] == 3
    pages = aws.batch.get_paginator("list_jobs").paginate(
        arrayJobId=parent, jobStatus="SUCCEEDED", PaginationConfig={"PageSize": 2}
    )
    listed = [job["jobId"] for page in pages for job in page["jobSummaryList"]]
    assert listed == [f"{parent}:{index}" for index in range(3)]


def test_share_identifier_filter_goes_with_a_status(aws: LocalBatch) -> None:
    policy = aws.batch.create_scheduling_policy(name=aws.name("sp"), fairsharePolicy={})["arn"]
    queue, definition = aws.queue(schedulingPolicyArn=policy), aws.definition("true")
    one, two = (aws.submit(queue, definition, shareIdentifier=share) for share in ("a", "b"))
    aws.wait(one), aws.wait(two)
    shares = [{"name": "SHARE_IDENTIFIER", "values": ["a"]}]
    for status, wanted in (("SUCCEEDED", [one]), ("FAILED", [])):
        found = aws.batch.list_jobs(jobQueue=queue, jobStatus=status, filters=shares)["jobSummaryList"]
        assert [job["jobId"] for job in found] == wanted


def test_regions_are_apart(aws: LocalBatch) -> None:
    queue = aws.queue()
    other = aws.client("batch", "eu-west-1")
    assert other.describe_job_queues(jobQueues=[queue])["jobQueues"] == []
    job = aws.submit(queue, aws.definition("true"))
    assert other.describe_jobs(jobs=[job])["jobs"] == []
    assert (
        other.create_scheduling_policy(name="sp")["arn"] == "arn:aws:batch:eu-west-1:123456789012:scheduling-policy/sp"
    )


def test_kinds_of_jobs_that_are_not_there_are_refused(aws: LocalBatch) -> None:
    queue, name = aws.queue(), aws.name("jd")
    properties = {
        "podProperties": {"containers": [{"image": aws.image, "resources": {"limits": {"cpu": "1", "memory": "64Mi"}}}]}
    }
    aws.batch.register_job_definition(jobDefinitionName=name, type="container", eksProperties=properties)
    (found,) = aws.batch.describe_job_definitions(jobDefinitionName=name)["jobDefinitions"]
    assert found["eksProperties"] == properties
    with refused("not there"):
        aws.submit(queue, name)


def test_there_are_no_service_environments_service_jobs_and_quota_shares(aws: LocalBatch) -> None:
    queue, batch = aws.queue(), aws.batch
    assert batch.describe_service_environments()["serviceEnvironments"] == []
    assert batch.describe_service_environments(serviceEnvironments=["s"])["serviceEnvironments"] == []
    assert "nextToken" not in batch.describe_service_environments(maxResults=1)
    assert batch.list_service_jobs(jobQueue=queue, jobStatus="RUNNABLE")["jobSummaryList"] == []
    assert batch.list_quota_shares(jobQueue=queue)["quotaShares"] == []
    for listed in (batch.list_service_jobs, batch.list_quota_shares):
        with refused("Job Queue none not found"):
            listed(jobQueue="none")
        with refused("maxResults"):
            listed(jobQueue=queue, maxResults=0)
    batch.terminate_service_job(jobId="j", reason="done")
    assert batch.terminate_service_jobs(jobs=["j"], reason="done")["successful"] == ["j"]
    with refused("Maximum number of jobs"):
        batch.terminate_service_jobs(jobs=["j"] * 51, reason="done")
    with refused("reason"):
        batch.terminate_service_job(jobId="j", reason=" ")
    arn = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/q/quota-share/s"
    for call in (
        lambda: batch.describe_service_job(jobId="j"),
        lambda: batch.update_service_job(jobId="j", schedulingPriority=1),
        lambda: batch.describe_quota_share(quotaShareArn=arn),
        lambda: batch.update_quota_share(quotaShareArn=arn, state="DISABLED"),
        lambda: batch.delete_quota_share(quotaShareArn=arn),
        lambda: batch.update_service_environment(serviceEnvironment="s", state="DISABLED"),
        lambda: batch.delete_service_environment(serviceEnvironment="s"),
    ):
        with refused("not found"):
            call()
    for call in (
        lambda: batch.submit_service_job(
            jobName="j", jobQueue=queue, serviceRequestPayload="{}", serviceJobType="SAGEMAKER_TRAINING"
        ),
        lambda: batch.create_service_environment(
            serviceEnvironmentName="s",
            serviceEnvironmentType="SAGEMAKER_TRAINING",
            capacityLimits=[{"maxCapacity": 1, "capacityUnit": "NUM_INSTANCES"}],
        ),
        lambda: batch.create_quota_share(
            quotaShareName="s",
            jobQueue=queue,
            capacityLimits=[{"maxCapacity": 1, "capacityUnit": "ml.m5.large"}],
            resourceSharingConfiguration={"strategy": "RESERVE"},
            preemptionConfiguration={"inSharePreemption": "DISABLED"},
        ),
    ):
        with refused("not there in the local AWS Batch"):
            call()
