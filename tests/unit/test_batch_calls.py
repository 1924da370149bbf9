"""The calls that are made of AWS Batch: how many names each takes, all pages, and what a resource is called."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from awa_batch.batch.definitions import describe_definitions, newest_definition
from awa_batch.batch.failures import CallError
from awa_batch.batch.jobs import describe_jobs
from awa_batch.batch.listing import first_in_state, ids_by_name, list_children, list_in_state
from awa_batch.batch.parts import PER_DESCRIBE, PER_TERMINATE, in_parts
from awa_batch.batch.queues import compute_environment_names, describe_environments, describe_queues, queue_snapshot
from awa_batch.batch.resources import memory_of, requirements, vcpu_of


@pytest.fixture
def client() -> Any:
    return boto3.client("batch", region_name="ap-northeast-1", aws_access_key_id="a", aws_secret_access_key="b")


def queue(number: int, *environments: str) -> dict[str, Any]:
    order = [{"order": place, "computeEnvironment": name} for place, name in enumerate(environments)]
    name = f"q{number}"
    return {"jobQueueName": name, "jobQueueArn": f"arn/{name}", "state": "ENABLED", "priority": 1,
            "computeEnvironmentOrder": order[::-1]}  # fmt: skip


def definition(name: str, revision: int) -> dict[str, Any]:
    arn = f"arn/{name}:{revision}"
    return {"jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision, "type": "container"}


def summary(job_id: str, name: str = "n", created: int = 1) -> dict[str, Any]:
    return {"jobId": job_id, "jobName": name, "createdAt": created}


def test_names_are_asked_for_once_in_parts() -> None:
    assert list(in_parts(["a", "b", "a", "c"], 2)) == [["a", "b"], ["c"]]
    assert list(in_parts([])) == []
    assert (PER_DESCRIBE, PER_TERMINATE) == (100, 50)


def test_queues_and_definitions_by_the_hundred(client: Any) -> None:
    names = [f"arn/q{number}" for number in range(101)]
    revisions = [f"arn/d:{number}" for number in range(1, 102)]
    with Stubber(client) as stub:
        for first, last in ((0, 100), (100, 101)):
            found = [queue(number) for number in range(first, last)]
            stub.add_response("describe_job_queues", {"jobQueues": found}, {"jobQueues": names[first:last]})
        for first, last in ((0, 100), (100, 101)):
            defined = [definition("d", number + 1) for number in range(first, last)]
            stub.add_response(
                "describe_job_definitions", {"jobDefinitions": defined}, {"jobDefinitions": revisions[first:last]}
            )
        assert list(describe_queues(client, names)) == names
        assert list(describe_definitions(client, revisions)) == revisions
        stub.assert_no_pending_responses()


def test_environments_go_by_name_and_arn_in_the_order_of_their_queue(client: Any) -> None:
    queues: list[Any] = [queue(1, "a", "arn/b"), queue(2, "a")]
    assert compute_environment_names(queues[0]) == ["a", "arn/b"]
    answer = [{"computeEnvironmentName": name, "computeEnvironmentArn": f"arn/{name}"} for name in "ab"]
    with Stubber(client) as stub:
        asked = {"computeEnvironments": ["a", "arn/b"]}
        stub.add_response("describe_compute_environments", {"computeEnvironments": answer}, asked)
        found = describe_environments(client, queues)
    assert set(found) == {"a", "b", "arn/a", "arn/b"}
    assert describe_environments(client, []) == describe_jobs(client, []) == {}


def test_the_newest_revision_is_found_on_any_page(client: Any) -> None:
    with Stubber(client) as stub:
        asked = {"jobDefinitionName": "d", "status": "ACTIVE"}
        first = {"jobDefinitions": [definition("d", 9)], "nextToken": "t"}
        stub.add_response("describe_job_definitions", first, asked)
        stub.add_response(
            "describe_job_definitions", {"jobDefinitions": [definition("d", 10)]}, asked | {"nextToken": "t"}
        )
        stub.add_response("describe_job_definitions", {"jobDefinitions": []}, asked)
        newest = newest_definition(client, "d")
        assert newest is not None
        assert newest["revision"] == 10
        assert newest_definition(client, "d") is None


def test_every_page_of_a_list_is_read(client: Any) -> None:
    pages: list[dict[str, Any]] = [
        {"jobSummaryList": [summary("1", created=2)], "nextToken": "t"},
        {"jobSummaryList": [summary("2"), summary("3", "N")]},
    ]
    named = {"jobQueue": "arn/q", "filters": [{"name": "JOB_NAME", "values": ["n"]}]}
    with Stubber(client) as stub:
        for asked in ({"jobQueue": "arn/q", "jobStatus": "RUNNING"}, {"arrayJobId": "a", "jobStatus": "FAILED"}, named):
            stub.add_response("list_jobs", pages[0], asked)
            stub.add_response("list_jobs", pages[1], asked | {"nextToken": "t"})
        stub.add_response("list_jobs", pages[0], {"jobQueue": "arn/q", "jobStatus": "RUNNING", "maxResults": 1000})
        assert [job["jobId"] for job in list_in_state(client, "arn/q", "RUNNING")] == ["1", "2", "3"]
        assert [job["jobId"] for job in list_children(client, "a", "FAILED")] == ["1", "2", "3"]
        assert ids_by_name(client, "arn/q", "n") == {"n": "2", "N": "3"}  # the older one
        jobs, has_more = first_in_state(client, "arn/q", "RUNNING")
        assert (len(jobs), has_more) == (1, True)
        stub.assert_no_pending_responses()


def test_a_snapshot_that_is_refused_is_none_and_an_outage_is_told(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("get_job_queue_snapshot", "AccessDeniedException", http_status_code=403)
        assert queue_snapshot(client, "arn/q") is None
    assert queue_snapshot(object(), "arn/q") is None  # type: ignore[arg-type] - an SDK that does not have it
    away = boto3.client(
        "batch", region_name="x", endpoint_url="http://127.0.0.1:9", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with pytest.raises(CallError, match="AWS cannot be reached while looking at the front of q"):
        queue_snapshot(away, "arn/q")


def test_what_a_container_asks_for() -> None:
    said = {"resourceRequirements": [{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}], "vcpus": 4}
    assert (vcpu_of(said), memory_of(said), requirements(said)) == (0.25, 512, {"VCPU": "0.25", "MEMORY": "512"})
    assert (vcpu_of({"vcpus": 2}), memory_of({"memory": 64})) == (2.0, 64)  # the older fields
    assert (vcpu_of({}), memory_of({"memory": 0}), requirements({"resourceRequirements": None})) == (None, None, {})
