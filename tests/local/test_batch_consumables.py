"""Consumable resources: kept, counted, waited for, used up."""

from __future__ import annotations

from typing import Any

from batch_support import LocalBatch, refused


def make(aws: LocalBatch, total: int, **more: Any) -> str:
    name = aws.name("licence")
    aws.batch.create_consumable_resource(consumableResourceName=name, totalQuantity=total, **more)
    return name


def needs(name: str, quantity: int) -> dict[str, Any]:
    return {"consumableResourceList": [{"consumableResource": name, "quantity": quantity}]}


def quantities(aws: LocalBatch, name: str) -> tuple[int, int, int]:
    found = aws.batch.describe_consumable_resource(consumableResource=name)
    return found["totalQuantity"], found["inUseQuantity"], found["availableQuantity"]


def test_jobs_wait_for_consumable_resources(process_aws: LocalBatch) -> None:
    aws = process_aws
    name = make(aws, 2)
    queue = aws.queue()
    definition = aws.definition("sleep", "60", consumableResourceProperties=needs(name, 2))
    first, second = aws.submit(queue, definition), aws.submit(queue, definition)
    third = aws.submit(queue, definition, consumableResourcePropertiesOverride=needs(name, 1))
    aws.wait(first, "RUNNING")
    aws.wait(third, "RUNNABLE")
    assert quantities(aws, name) == (2, 2, 0)
    assert aws.state(second) == "RUNNABLE"
    arn = aws.batch.describe_consumable_resource(consumableResource=name)["consumableResourceArn"]
    assert aws.job(third)["consumableResourceProperties"] == needs(arn, 1)
    listed = aws.batch.list_jobs_by_consumable_resource(
        consumableResource=arn, filters=[{"name": "JOB_STATUS", "values": ["RUNNABLE"]}]
    )["jobs"]
    assert [(job["jobArn"].split("/")[1], job["quantity"]) for job in listed] == [(second, 2), (third, 1)]
    with refused("Cannot delete"):
        aws.batch.delete_consumable_resource(consumableResource=name)
    aws.batch.update_consumable_resource(consumableResource=name, operation="ADD", quantity=2)
    aws.wait(second, "RUNNING")
    aws.batch.terminate_job(jobId=first, reason="done")
    aws.wait(third, "RUNNING")
    assert quantities(aws, name) == (4, 3, 1)
    aws.batch.terminate_jobs(jobs=[second, third], reason="done")
    aws.wait(second)
    aws.wait(third)
    assert quantities(aws, name) == (4, 0, 4)
    aws.batch.delete_consumable_resource(consumableResource=name)
    with refused("not found"):
        quantities(aws, name)


def test_what_is_not_replenishable_is_used_up(process_aws: LocalBatch) -> None:
    aws = process_aws
    name = make(aws, 5, resourceType="NON_REPLENISHABLE")
    definition = aws.definition("true", consumableResourceProperties=needs(name, 2))
    parent = aws.submit(aws.queue(), definition, arrayProperties={"size": 2})
    assert aws.wait(parent)["status"] == "SUCCEEDED"
    assert quantities(aws, name) == (1, 0, 1)
    late = aws.submit(aws.queue(), definition)
    aws.wait(late, "RUNNABLE")
    token = {"operation": "ADD", "quantity": 1, "clientToken": "once"}
    for _ in range(2):
        assert aws.batch.update_consumable_resource(consumableResource=name, **token)["totalQuantity"] in {0, 2}
    assert aws.wait(late)["status"] == "SUCCEEDED"
    assert quantities(aws, name) == (0, 0, 0)


def test_consumable_resources_are_kept_and_refused(process_aws: LocalBatch) -> None:
    aws = process_aws
    name = make(aws, 3, tags={"a": "b"})
    listed = aws.batch.list_consumable_resources(
        filters=[{"name": "CONSUMABLE_RESOURCE_NAME", "values": [name.upper()]}]
    )["consumableResources"]
    assert [one["consumableResourceName"] for one in listed] == [name]
    assert aws.batch.list_tags_for_resource(resourceArn=listed[0]["consumableResourceArn"])["tags"] == {"a": "b"}
    with refused("already exists"):
        aws.batch.create_consumable_resource(consumableResourceName=name)
    with refused("non-negative"):
        make(aws, -1)
    with refused("resourceType"):
        make(aws, 1, resourceType="SOME")
    with refused("non-negative"):
        aws.batch.update_consumable_resource(consumableResource=name, operation="REMOVE", quantity=4)
    with refused("operation"):
        aws.batch.update_consumable_resource(consumableResource=name, operation="HALVE", quantity=1)
    queue, definition = aws.queue(), aws.definition("true")
    with refused("not found"):
        aws.submit(queue, definition, consumableResourcePropertiesOverride=needs("none", 1))
    with refused("at least 1"):
        aws.submit(queue, definition, consumableResourcePropertiesOverride=needs(name, 0))
