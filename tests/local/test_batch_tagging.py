"""The Resource Groups Tagging API: Batch's objects are among those of other services."""

from __future__ import annotations

from typing import Any

from batch_support import LocalBatch  # noqa: TC002 - as in the other tests


def test_tagged_objects_of_batch_are_found_with_those_of_others(process_aws: LocalBatch) -> None:
    aws, tagging = process_aws, process_aws.client("resourcegroupstaggingapi")
    team, tags = aws.name("team"), {}
    tags = {"team": team, "cost centre": "7"}
    environment = aws.environment_detail(aws.environment())["computeEnvironmentArn"]
    queue = aws.queue(tags={"team": team})
    arns = {
        "job-queue": aws.queue_detail(queue)["jobQueueArn"],
        "scheduling-policy": aws.batch.create_scheduling_policy(name=aws.name("sp"), tags=tags)["arn"],
        "job-definition": aws.batch.register_job_definition(
            jobDefinitionName=aws.name("jd"), type="container", tags=tags,
            containerProperties={"image": aws.image, "vcpus": 1, "memory": 4},
        )["jobDefinitionArn"],
        "job": aws.job(aws.submit(queue, aws.definition("true"), tags=tags))["jobArn"],
    }  # fmt: skip
    topic = aws.client("sns").create_topic(Name=aws.name("t"), Tags=[{"Key": "team", "Value": team}])["TopicArn"]

    def found(**asked: Any) -> dict[str, dict[str, str]]:
        pages = tagging.get_paginator("get_resources").paginate(**asked)
        listed = [one for page in pages for one in page["ResourceTagMappingList"]]
        return {one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in listed}

    mine = [{"Key": "team", "Values": [team]}]
    assert set(found(TagFilters=mine)) == {*arns.values(), topic}
    assert set(found(TagFilters=mine, ResourceTypeFilters=["batch"])) == set(arns.values())
    for kind, arn in arns.items():
        assert set(found(TagFilters=mine, ResourceTypeFilters=[f"batch:{kind}"])) == {arn}
    both = found(TagFilters=[*mine, {"Key": "cost centre"}])
    assert set(both) == {*arns.values()} - {arns["job-queue"]}
    assert both[arns["job"]] == tags
    assert set(found(TagFilters=mine, PaginationConfig={"PageSize": 2})) == {*arns.values(), topic}
    assert environment not in found()
    assert team in tagging.get_tag_values(Key="team")["TagValues"]
    assert "cost centre" in tagging.get_tag_keys()["TagKeys"]


def test_objects_of_batch_are_tagged_and_untagged(process_aws: LocalBatch) -> None:
    aws, tagging = process_aws, process_aws.client("resourcegroupstaggingapi")
    queue = aws.queue_detail(aws.queue(tags={"a": "1"}))["jobQueueArn"]
    topic = aws.client("sns").create_topic(Name=aws.name("t"))["TopicArn"]
    gone = f"{queue}-gone"
    failed = tagging.tag_resources(ResourceARNList=[queue, topic, gone], Tags={"b": "2"})["FailedResourcesMap"]
    assert gone in failed
    assert "not found" in failed[gone]["ErrorMessage"]
    assert queue not in failed
    assert aws.batch.list_tags_for_resource(resourceArn=queue)["tags"] == {"a": "1", "b": "2"}
    assert tagging.untag_resources(ResourceARNList=[queue], TagKeys=["a"])["FailedResourcesMap"] == {}
    assert aws.batch.list_tags_for_resource(resourceArn=queue)["tags"] == {"b": "2"}
    failed = tagging.tag_resources(ResourceARNList=[queue], Tags={"aws:b": "2"})["FailedResourcesMap"]
    assert failed[queue]["ErrorCode"] == "ClientException"
