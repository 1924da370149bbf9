"""ECS's side of Batch: clusters, tasks, container instances and task definitions agree with DescribeJobs."""

from __future__ import annotations

from typing import Any

import pytest
from batch_support import ENDED, LocalBatch
from botocore.exceptions import ClientError

from local_batch import lifecycle


def test_ecs_tells_of_a_running_job_what_batch_tells(aws: LocalBatch) -> None:
    ecs, name = aws.client("ecs"), aws.environment()
    cluster = aws.environment_detail(name)["ecsClusterArn"]
    definition = aws.definition("sleep", "60")
    job = aws.submit(aws.queue(name), definition, containerOverrides={"environment": [{"name": "A", "value": "1"}]})
    container = aws.wait(job, "RUNNING")["container"]
    (task,) = ecs.describe_tasks(cluster=cluster, tasks=[container["taskArn"]])["tasks"]
    assert task["clusterArn"] == cluster
    assert task["containerInstanceArn"] == container["containerInstanceArn"]
    assert (task["lastStatus"], task["desiredStatus"], task["launchType"]) == ("RUNNING", "RUNNING", "EC2")
    assert task["startedAt"].timestamp() * 1000 == pytest.approx(aws.job(job)["startedAt"])
    (shown,) = task["containers"]
    assert (shown["name"], shown["image"], shown["lastStatus"]) == ("default", aws.image, "RUNNING")
    assert ":container/" in shown["containerArn"]
    assert {"name": "A", "value": "1"} in task["overrides"]["containerOverrides"][0]["environment"]

    assert ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] == [container["containerInstanceArn"]]
    (instance,) = ecs.describe_container_instances(
        cluster=cluster, containerInstances=[container["containerInstanceArn"]]
    )["containerInstances"]
    assert instance["ec2InstanceId"].startswith("i-")
    assert (instance["status"], instance["runningTasksCount"], instance["agentConnected"]) == ("ACTIVE", 1, True)
    (found,) = ecs.describe_clusters(clusters=[cluster.rpartition("/")[2]])["clusters"]
    assert (found["registeredContainerInstancesCount"], found["runningTasksCount"]) == (1, 1)

    defined = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    assert f"{defined['family']}:{defined['revision']}" == f"{definition}:1"
    (own,) = defined["containerDefinitions"]
    assert (own["image"], own["command"], own["essential"]) == (aws.image, ["sleep", "60"], True)
    assert defined["networkMode"] == "host"
    aws.batch.terminate_job(jobId=job, reason="end")
    aws.wait(job)
    assert ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] == []
    (task,) = ecs.describe_tasks(cluster=cluster, tasks=[container["taskArn"]])["tasks"]
    assert (task["lastStatus"], task["stoppedReason"], task["stopCode"]) == ("STOPPED", "end", "UserInitiated")


def test_tasks_are_listed_by_what_is_asked_for(aws: LocalBatch) -> None:
    ecs, name = aws.client("ecs"), aws.environment()
    cluster = aws.environment_detail(name)["ecsClusterArn"]
    queue, one, other = aws.queue(name), aws.definition("sleep", "60"), aws.definition("sh", "-c", "exit 3")
    array = aws.submit(queue, one, arrayProperties={"size": 3})
    jobs = [aws.wait(f"{array}:{index}", "RUNNING") for index in range(3)]
    failed = aws.wait(aws.submit(queue, other), *ENDED)
    arns = {job["container"]["taskArn"] for job in jobs}

    def listed(**asked: Any) -> set[str]:
        return set(ecs.list_tasks(cluster=cluster, **asked)["taskArns"])

    assert listed() == arns == listed(family=one) == listed(launchType="EC2", desiredStatus="RUNNING")
    assert listed(desiredStatus="STOPPED") == {failed["container"]["taskArn"]}
    assert listed(containerInstance=jobs[0]["container"]["containerInstanceArn"]) <= arns
    assert listed(launchType="FARGATE") == listed(startedBy="somebody") == listed(family=other) == set()
    first = ecs.list_tasks(cluster=cluster, maxResults=2)
    rest = ecs.list_tasks(cluster=cluster, nextToken=first["nextToken"])
    assert sorted(first["taskArns"] + rest["taskArns"]) == sorted(arns)
    (stopped,) = ecs.describe_tasks(cluster=cluster, tasks=[failed["container"]["taskArn"]])["tasks"]
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)
    missing = ecs.describe_tasks(cluster=cluster, tasks=["none"])
    assert (missing["tasks"], missing["failures"]) == ([], [{"arn": "none", "reason": "MISSING"}])
    aws.batch.terminate_job(jobId=array, reason="end")


def test_a_job_on_fargate_is_a_task_without_an_instance(aws: LocalBatch) -> None:
    ecs, name = aws.client("ecs"), aws.environment(kind="FARGATE")
    cluster = aws.environment_detail(name)["ecsClusterArn"]
    job = aws.submit(aws.queue(name), aws.definition("sleep", "60", memory="2048", fargate=True))
    arn = aws.wait(job, "RUNNING")["container"]["taskArn"]
    (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn], include=["TAGS"])["tasks"]
    assert task["launchType"] == "FARGATE"
    assert "containerInstanceArn" not in task
    assert ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] == []
    defined = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    assert (defined["networkMode"], defined["requiresCompatibilities"]) == ("awsvpc", ["FARGATE"])
    assert (defined["cpu"], defined["memory"]) == (task["cpu"], task["memory"])
    aws.batch.terminate_job(jobId=job, reason="end")


def test_what_is_batchs_and_what_is_not_is_listed_together(aws: LocalBatch) -> None:
    ecs, name = aws.client("ecs"), aws.environment()
    own = ecs.create_cluster(clusterName=aws.name("own"))["cluster"]["clusterArn"]
    cluster = aws.environment_detail(name)["ecsClusterArn"]
    whole = ecs.list_clusters()["clusterArns"]
    assert {own, cluster} <= set(whole)
    pages = ecs.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 1})
    assert {arn for page in pages for arn in page["clusterArns"]} == set(whole)

    family = aws.name("family")
    ecs.register_task_definition(family=family, containerDefinitions=[{"name": "c", "image": "i", "memory": 4}])
    definition = aws.definition("true")
    aws.wait(aws.submit(aws.queue(name), definition))
    for prefix, wanted in ((family, [f"{family}:1"]), (definition, [f"{definition}:1"])):
        arns = ecs.list_task_definitions(familyPrefix=prefix)["taskDefinitionArns"]
        assert [arn.rpartition("/")[2] for arn in arns] == wanted
        assert ecs.list_task_definition_families(familyPrefix=prefix)["families"] == [prefix]
    with pytest.raises(ClientError, match="must be between 1 and 100"):
        ecs.list_clusters(maxResults=101)


def test_a_cluster_of_batch_that_is_gone_and_what_ecs_is_not_asked_of_it(aws: LocalBatch) -> None:
    ecs, name = aws.client("ecs"), aws.environment()
    cluster = aws.environment_detail(name)["ecsClusterArn"]
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_tasks(cluster=f"{cluster}-gone")
    with pytest.raises(ClientError, match="StopTask is not there"):
        ecs.stop_task(cluster=cluster, task="t")
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_tasks(cluster=cluster, tasks=["t"] * 101)
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.list_container_instances(cluster=cluster, filter="task:group == a")


def test_jobs_of_an_instance_share_it_and_lose_it_together(process_aws: LocalBatch) -> None:
    aws, ecs = process_aws, process_aws.client("ecs")
    name = aws.environment(vcpus=4, instanceTypes=["m5.large"])
    cluster, queue = aws.environment_detail(name)["ecsClusterArn"], aws.queue(name)
    definition = aws.definition("sleep", "60")
    jobs = [aws.submit(queue, definition) for _ in range(3)]
    hosts = [aws.wait(job, "RUNNING")["container"]["containerInstanceArn"] for job in jobs]
    assert hosts[0] == hosts[1] != hosts[2]
    shown = ecs.describe_container_instances(cluster=cluster, containerInstances=hosts[1:])["containerInstances"]
    assert [one["runningTasksCount"] for one in shown] == [2, 1]
    for one, memory in zip(shown, (8192 - 2 * 128, 8192 - 128), strict=True):
        assert {"name": "ecs.instance-type", "value": "m5.large"} in one["attributes"]
        assert {entry["name"]: entry["integerValue"] for entry in one["registeredResources"]} == {
            "CPU": 2048,
            "MEMORY": 8192,
        }
        assert {entry["name"]: entry["integerValue"] for entry in one["remainingResources"]}["MEMORY"] == memory
    assert len({one["ec2InstanceId"] for one in shown}) == 2
    assert aws.environment_detail(name)["computeResources"]["desiredvCpus"] == 4
    assert set(lifecycle.reclaim(aws.server, jobs[0])) == set(jobs[:2])
    reasons = {aws.wait(job)["statusReason"] for job in jobs[:2]}
    assert reasons == {f"Host EC2 (instance {shown[0]['ec2InstanceId']}) terminated."}
    assert aws.state(jobs[2]) == "RUNNING"
    aws.batch.terminate_job(jobId=jobs[2], reason="end")
    aws.wait(jobs[2])
    assert aws.environment_detail(name)["computeResources"]["desiredvCpus"] == 0
