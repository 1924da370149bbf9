"""Compute environments, queues, definitions, policies: what they are, and what is refused of them and of jobs."""

from __future__ import annotations

import re

from bench.emulators.account import Account, equal, must, refused
from bench.emulators.behaviours import API, USER, behaviour

G, R = "Objects", "What is refused"


@behaviour(G, "an EC2 environment becomes VALID", API + "API_ComputeEnvironmentDetail.html")
def environment_becomes_valid(a: Account) -> None:
    name = a.environment()
    found = a.described_environment(name)
    equal(found["computeResources"]["maxvCpus"], 16, "maxvCpus")
    must(re.fullmatch(r"arn:aws:batch:[a-z0-9-]+:\d{12}:compute-environment/" + name, found["computeEnvironmentArn"]),
         f"its ARN is {found['computeEnvironmentArn']}")  # fmt: skip


@behaviour(G, "a Fargate environment becomes VALID", API + "API_CreateComputeEnvironment.html")
def fargate_environment_becomes_valid(a: Account) -> None:
    equal(a.described_environment(a.environment(kind="FARGATE"))["computeResources"]["type"], "FARGATE", "type")


@behaviour(
    G, "an environment has an ECS cluster, which DescribeClusters knows", API + "API_ComputeEnvironmentDetail.html"
)
def environment_has_a_cluster(a: Account) -> None:
    arn = a.described_environment(a.environment()).get("ecsClusterArn")
    must(arn, "there is no ecsClusterArn")
    equal(len(a.client("ecs").describe_clusters(clusters=[arn])["clusters"]), 1, "clusters of that ARN")


@behaviour(G, "maxvCpus is changed by an update", API + "API_UpdateComputeEnvironment.html")
def environment_is_updated(a: Account) -> None:
    name = a.environment(4)
    a.batch.update_compute_environment(computeEnvironment=name, computeResources={"maxvCpus": 8})
    a.until(lambda: a.described_environment(name)["computeResources"]["maxvCpus"] == 8, "maxvCpus is 8", 10)


@behaviour(G, "an environment that is DISABLED and detached is deleted", API + "API_DeleteComputeEnvironment.html")
def environment_is_deleted(a: Account) -> None:
    name = a.environment()
    a.batch.update_compute_environment(computeEnvironment=name, state="DISABLED")
    a.until(lambda: a.described_environment(name)["status"] == "VALID", "it is VALID again", 10)
    a.batch.delete_compute_environment(computeEnvironment=name)
    a.until(lambda: a.described_environment(name).get("status") in (None, "DELETED"), "it is gone", 15)


@behaviour(G, "a queue becomes VALID; its ARN names it", API + "API_JobQueueDetail.html")
def queue_becomes_valid(a: Account) -> None:
    name = a.queue()
    arn = a.described_queue(name)["jobQueueArn"]
    must(re.fullmatch(rf"arn:aws:batch:[a-z0-9-]+:\d{{12}}:job-queue/{name}", arn), f"its ARN is {arn}")


@behaviour(G, "a queue's priority and state are changed by an update", API + "API_UpdateJobQueue.html")
def queue_is_updated(a: Account) -> None:
    name = a.queue()
    a.batch.update_job_queue(jobQueue=name, priority=7, state="DISABLED")
    a.until(lambda: a.described_queue(name)["state"] == "DISABLED", "it is DISABLED", 10)
    equal(a.described_queue(name)["priority"], 7, "priority")


@behaviour(G, "a queue that is DISABLED is deleted", API + "API_DeleteJobQueue.html")
def queue_is_deleted(a: Account) -> None:
    name = a.queue()
    a.batch.update_job_queue(jobQueue=name, state="DISABLED")
    a.until(lambda: a.described_queue(name)["status"] == "VALID", "it is VALID again", 10)
    a.batch.delete_job_queue(jobQueue=name)
    a.until(lambda: a.described_queue(name).get("status") in (None, "DELETED"), "it is gone", 15)


@behaviour(G, "a queue keeps its job state time limits", API + "API_JobStateTimeLimitAction.html")
def queue_keeps_time_limits(a: Account) -> None:
    action = {"reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", "state": "RUNNABLE", "maxTimeSeconds": 600,
              "action": "CANCEL"}  # fmt: skip
    name = a.queue(jobStateTimeLimitActions=[action])
    equal(a.described_queue(name).get("jobStateTimeLimitActions"), [action], "they are")


@behaviour(G, "a second registration of a name is revision 2", API + "API_RegisterJobDefinition.html")
def definitions_have_revisions(a: Account) -> None:
    name = a.definition("true")
    second = a.batch.register_job_definition(
        jobDefinitionName=name, type="container", containerProperties=a.container()
    )
    equal(second["revision"], 2, "revision")
    must(second["jobDefinitionArn"].endswith(f":job-definition/{name}:2"), second["jobDefinitionArn"])


@behaviour(G, "a name without a revision is the newest ACTIVE one", API + "API_SubmitJob.html")
def newest_revision_runs(a: Account) -> None:
    name = a.definition("true")
    for _ in range(2):
        a.definition("true", jobDefinitionName=name)
    a.batch.deregister_job_definition(jobDefinition=f"{name}:3")
    found = a.job(a.submit(definition=name))
    must(found["jobDefinition"].endswith(f"/{name}:2"), f"it is {found['jobDefinition']}")


@behaviour(G, "a deregistered revision is INACTIVE and still described", API + "API_DeregisterJobDefinition.html")
def deregistered_is_inactive(a: Account) -> None:
    name = a.definition("true")
    a.batch.deregister_job_definition(jobDefinition=f"{name}:1")
    found = a.batch.describe_job_definitions(jobDefinitionName=name, status="INACTIVE")["jobDefinitions"]
    equal([one["status"] for one in found], ["INACTIVE"], "statuses")
    equal(
        a.batch.describe_job_definitions(jobDefinitionName=name, status="ACTIVE")["jobDefinitions"], [], "ACTIVE ones"
    )


@behaviour(G, "definitions come in pages of maxResults", API + "API_DescribeJobDefinitions.html")
def definitions_are_paged(a: Account) -> None:
    name = a.definition("true")
    for _ in range(2):
        a.definition("true", jobDefinitionName=name)
    first = a.batch.describe_job_definitions(jobDefinitionName=name, maxResults=2)
    equal(len(first["jobDefinitions"]), 2, "definitions of the first page")
    more = a.batch.describe_job_definitions(jobDefinitionName=name, maxResults=2, nextToken=first["nextToken"])
    equal(len(more["jobDefinitions"]), 1, "definitions of the second page")


@behaviour(G, "tags of a queue are listed, added and removed", API + "API_TagResource.html")
def queues_have_tags(a: Account) -> None:
    arn = a.described_queue(a.queue(tags={"a": "1"}))["jobQueueArn"]
    a.batch.tag_resource(resourceArn=arn, tags={"b": "2"})
    a.batch.untag_resource(resourceArn=arn, tagKeys=["a"])
    equal(a.batch.list_tags_for_resource(resourceArn=arn)["tags"], {"b": "2"}, "tags")


@behaviour(G, "a scheduling policy is made, described and deleted", API + "API_CreateSchedulingPolicy.html")
def policies_come_and_go(a: Account) -> None:
    share = {"shareDecaySeconds": 60, "shareDistribution": [{"shareIdentifier": "a", "weightFactor": 0.5}]}
    arn = a.batch.create_scheduling_policy(name=a.name("policy"), fairsharePolicy=share)["arn"]
    (found,) = a.batch.describe_scheduling_policies(arns=[arn])["schedulingPolicies"]
    equal(found["fairsharePolicy"]["shareDistribution"], share["shareDistribution"], "shareDistribution")
    a.batch.delete_scheduling_policy(arn=arn)
    equal(a.batch.describe_scheduling_policies(arns=[arn])["schedulingPolicies"], [], "policies after the deletion")


@behaviour(G, "an environment on an EKS cluster becomes VALID", API + "API_EksConfiguration.html")
def eks_environment_becomes_valid(a: Account) -> None:
    name, place = a.name("eks"), a.place()
    cluster = a.client("eks").create_cluster(
        name=name, roleArn=place["role"], resourcesVpcConfig={"subnetIds": place["subnets"]}
    )["cluster"]
    request = a.environment_request(name)
    del request["serviceRole"]
    request["eksConfiguration"] = {"eksClusterArn": cluster["arn"], "kubernetesNamespace": "batch"}
    a.batch.create_compute_environment(**request)
    a.until(lambda: a.described_environment(name).get("status") == "VALID", "it is VALID", 15)


@behaviour(G, "an environment for SageMaker training jobs becomes VALID", API + "API_CreateServiceEnvironment.html")
def service_environment_becomes_valid(a: Account) -> None:
    name = a.name("service")
    limits = [{"maxCapacity": 1, "capacityUnit": "NUM_INSTANCES"}]
    a.batch.create_service_environment(
        serviceEnvironmentName=name, serviceEnvironmentType="SAGEMAKER_TRAINING", capacityLimits=limits
    )
    look = lambda: a.batch.describe_service_environments(serviceEnvironments=[name])["serviceEnvironments"]  # noqa: E731
    a.until(lambda: [one["status"] for one in look()] == ["VALID"], "it is VALID", 15)


# What is refused.


@behaviour(R, "a second environment of a name", API + "API_CreateComputeEnvironment.html")
def environment_name_is_taken(a: Account) -> None:
    name = a.environment()
    refused(lambda: a.batch.create_compute_environment(**a.environment_request(name)))


@behaviour(R, "minvCpus above maxvCpus", API + "API_ComputeResource.html")
def environment_min_above_max(a: Account) -> None:
    request = a.environment_request(a.name("env"))
    request["computeResources"] |= {"minvCpus": 32, "desiredvCpus": 32}
    refused(lambda: a.batch.create_compute_environment(**request))


@behaviour(R, "instance types of a Fargate environment", API + "API_ComputeResource.html")
def fargate_takes_no_instance_types(a: Account) -> None:
    request = a.environment_request(a.name("env"), kind="FARGATE")
    request["computeResources"]["instanceTypes"] = ["optimal"]
    refused(lambda: a.batch.create_compute_environment(**request))


@behaviour(R, "the deletion of an environment that is ENABLED", API + "API_DeleteComputeEnvironment.html")
def enabled_environment_stays(a: Account) -> None:
    name = a.environment()
    refused(lambda: a.batch.delete_compute_environment(computeEnvironment=name))


@behaviour(R, "the deletion of an environment that a queue has", API + "API_DeleteComputeEnvironment.html")
def attached_environment_stays(a: Account) -> None:
    name = a.environment()
    a.queue(name)
    a.batch.update_compute_environment(computeEnvironment=name, state="DISABLED")
    a.until(lambda: a.described_environment(name)["status"] == "VALID", "it is VALID again", 10)
    refused(lambda: a.batch.delete_compute_environment(computeEnvironment=name))


@behaviour(R, "a queue on an environment that is not there", API + "API_CreateJobQueue.html")
def queue_needs_its_environment(a: Account) -> None:
    order = [{"order": 1, "computeEnvironment": a.name("nowhere")}]
    refused(lambda: a.batch.create_job_queue(jobQueueName=a.name("q"), priority=1, computeEnvironmentOrder=order))


@behaviour(R, "a queue on an EC2 and a Fargate environment", API + "API_CreateJobQueue.html")
def queue_mixes_no_platforms(a: Account) -> None:
    names = a.environment(), a.environment(kind="FARGATE")
    order = [{"order": number, "computeEnvironment": name} for number, name in enumerate(names, 1)]
    refused(lambda: a.batch.create_job_queue(jobQueueName=a.name("q"), priority=1, computeEnvironmentOrder=order))


@behaviour(R, "a queue of more than three environments", USER + "job_queue_parameters.html")
def queue_has_three_environments(a: Account) -> None:
    order = [{"order": number, "computeEnvironment": a.environment(1)} for number in range(1, 5)]
    refused(lambda: a.batch.create_job_queue(jobQueueName=a.name("q"), priority=1, computeEnvironmentOrder=order))


@behaviour(R, "the deletion of a queue that is ENABLED", API + "API_DeleteJobQueue.html")
def enabled_queue_stays(a: Account) -> None:
    name = a.queue()
    refused(lambda: a.batch.delete_job_queue(jobQueue=name))


@behaviour(R, "a definition whose name has a blank", API + "API_RegisterJobDefinition.html")
def definition_name_has_a_form(a: Account) -> None:
    refused(lambda: a.definition("true", jobDefinitionName="a b"))


@behaviour(R, "a definition without memory", API + "API_ResourceRequirement.html")
def definition_needs_memory(a: Account) -> None:
    properties = a.container(resourceRequirements=[{"type": "VCPU", "value": "1"}])
    refused(lambda: a.definition(properties=properties))


@behaviour(R, "a Fargate definition without an execution role", API + "API_ContainerProperties.html")
def fargate_needs_an_execution_role(a: Account) -> None:
    needs = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]
    properties = a.container(resourceRequirements=needs)
    refused(lambda: a.definition(properties=properties, platformCapabilities=["FARGATE"]))


@behaviour(R, "a size that Fargate does not have", API + "API_ResourceRequirement.html")
def fargate_has_sizes(a: Account) -> None:
    needs = [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "8192"}]
    properties = a.container(resourceRequirements=needs, executionRoleArn=a.place()["role"])
    refused(lambda: a.definition(properties=properties, platformCapabilities=["FARGATE"]))


@behaviour(R, "a job on a queue that is not there", API + "API_SubmitJob.html")
def job_needs_a_queue(a: Account) -> None:
    definition = a.definition("true")
    refused(lambda: a.submit(queue=a.name("nowhere"), definition=definition))


@behaviour(R, "a job on a queue that is DISABLED", API + "API_CreateJobQueue.html")
def job_needs_an_enabled_queue(a: Account) -> None:
    queue = a.queue()
    a.batch.update_job_queue(jobQueue=queue, state="DISABLED")
    a.until(lambda: a.described_queue(queue)["state"] == "DISABLED", "it is DISABLED", 10)
    refused(lambda: a.submit(queue=queue))


@behaviour(R, "a job of a definition that is not there", API + "API_SubmitJob.html")
def job_needs_a_definition(a: Account) -> None:
    refused(lambda: a.submit(definition=a.name("nothing")))


@behaviour(R, "a job of a deregistered revision", API + "API_DeregisterJobDefinition.html")
def job_of_a_deregistered_revision(a: Account) -> None:
    name = a.definition("true")
    a.batch.deregister_job_definition(jobDefinition=f"{name}:1")
    refused(lambda: a.submit(definition=f"{name}:1"))


@behaviour(R, "a job's name of 129 characters", API + "API_SubmitJob.html")
def job_name_has_a_length(a: Account) -> None:
    refused(lambda: a.submit(jobName="x" * 129))


@behaviour(R, "an array of 1 and one of 10,001", API + "API_ArrayProperties.html")
def array_has_bounds(a: Account) -> None:
    for size in (1, 10_001):
        refused(lambda size=size: a.submit(arrayProperties={"size": size}))  # type: ignore[misc]


@behaviour(R, "a timeout of 59 seconds", API + "API_JobTimeout.html")
def timeout_has_a_least(a: Account) -> None:
    refused(lambda: a.submit(timeout={"attemptDurationSeconds": 59}))


@behaviour(R, "11 attempts", API + "API_RetryStrategy.html")
def attempts_have_a_most(a: Account) -> None:
    refused(lambda: a.submit(retryStrategy={"attempts": 11}))


@behaviour(R, "a job that depends on one that is not there", API + "API_JobDependency.html")
def dependency_is_there(a: Account) -> None:
    refused(lambda: a.submit(dependsOn=[{"jobId": "00000000-0000-4000-8000-000000000000"}]))


@behaviour(R, "21 dependencies", API + "API_SubmitJob.html")
def dependencies_have_a_most(a: Account) -> None:
    job = a.submit()
    refused(lambda: a.submit(dependsOn=[{"jobId": job}] * 21))


@behaviour(R, "a share identifier on a queue without a policy", API + "API_SubmitJob.html")
def share_needs_a_policy(a: Account) -> None:
    refused(lambda: a.submit(shareIdentifier="a"))


@behaviour(R, "a job without a share identifier on a queue with a policy", API + "API_SubmitJob.html")
def policy_needs_a_share(a: Account) -> None:
    arn = a.batch.create_scheduling_policy(name=a.name("policy"), fairsharePolicy={"shareDecaySeconds": 60})["arn"]
    queue = a.queue(schedulingPolicyArn=arn)
    refused(lambda: a.submit(queue=queue))


@behaviour(R, "101 jobs in one DescribeJobs", API + "API_DescribeJobs.html")
def describe_has_a_most(a: Account) -> None:
    refused(lambda: a.batch.describe_jobs(jobs=[f"00000000-0000-4000-8000-{n:012d}" for n in range(101)]))


@behaviour(R, "an access key that nobody has", API + "CommonErrors.html")
def keys_are_known(a: Account) -> None:
    other = a.client_with("batch", "AKIANOBODYHASTHISKEY", "nobody-has-this-secret")
    refused(lambda: other.describe_job_queues(), "UnrecognizedClientException", "InvalidClientTokenId",
            "IncompleteSignature", "SignatureDoesNotMatch", "InvalidSignatureException")  # fmt: skip
