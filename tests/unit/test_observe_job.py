"""A job, read from answers as AWS Batch gives them."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from observe_support import ARN, FakeBatch, attempt, detail

from awa_batch.contract import Contract
from awa_batch.errors import AwsError
from awa_batch.observe import Job, describe, list_recent


def test_a_waiting_job() -> None:
    job = Job.from_detail(detail(status="RUNNABLE", statusReason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - none"))
    assert (job.id, job.name, job.status) == ("1", "job-1", "RUNNABLE")
    assert (job.queue, job.definition) == ("awa-batch-local-ec2-high-priority", "awa-batch-local-ec2-sample:3")
    assert job.log_group == "/aws/batch/awa-batch-local"
    assert (job.is_complete, job.is_success, job.is_array) == (False, False, False)
    assert (job.waited_seconds, job.ran_seconds, job.exit_code, job.log_stream) == (None, None, None, None)
    assert job.why == "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - none"


def test_a_succeeded_job() -> None:
    job = Job.from_detail(
        detail(
            status="SUCCEEDED",
            statusReason="Essential container in task exited",
            startedAt=1_700_000_001_500,
            stoppedAt=1_700_000_004_000,
            attempts=[attempt("s/default/1", 0)],
            container={"exitCode": 0, "logStreamName": "s/default/1"},
        )
    )
    assert (job.is_complete, job.is_success, job.exit_code, job.log_stream) == (True, True, 0, "s/default/1")
    assert (job.waited_seconds, job.ran_seconds) == (1.5, 2.5)
    assert job.why == ""  # AWS says "Essential container in task exited", of every end


def test_a_failed_job_says_its_exit_code_and_reason() -> None:
    job = Job.from_detail(
        detail(
            status="FAILED",
            statusReason="Essential container in task exited",
            attempts=[attempt("s/1", 137, "OutOfMemoryError: Container killed due to memory usage")],
            container={"exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"},
        )
    )
    assert (job.is_complete, job.is_success) == (True, False)
    assert job.why == (
        "exit code 137: Essential container in task exited; OutOfMemoryError: Container killed due to memory usage"
    )


def test_a_job_that_never_got_a_container() -> None:
    job = Job.from_detail(
        detail(
            status="FAILED", statusReason="Task failed to start", container={"reason": "CannotPullContainerError: no"}
        )
    )
    assert (job.exit_code, job.why) == (None, "Task failed to start; CannotPullContainerError: no")


def test_a_retried_job_keeps_its_attempts_in_order() -> None:
    job = Job.from_detail(
        detail(
            status="RUNNING", attempts=[attempt("s/1", 1, "no"), attempt("s/2", 2)], container={"logStreamName": "s/3"}
        )
    )
    assert [(a.exit_code, a.log_stream, a.reason) for a in job.attempts] == [
        (1, "s/1", "no"),
        (2, "s/2", "Essential container in task exited"),
    ]
    assert job.attempts[0].started_at == 1_700_000_001_000
    assert job.log_stream == "s/3"


def test_an_array_parent_and_its_child() -> None:
    parent = Job.from_detail(
        detail(status="PENDING", arrayProperties={"size": 3, "statusSummary": {"RUNNING": 1, "SUCCEEDED": 2}})
    )
    assert (parent.is_array, parent.array_size) == (True, 3)
    assert parent.array_summary == {"RUNNING": 1, "SUCCEEDED": 2}
    for properties in ({"index": 0, "statusSummary": {}}, {"index": 2, "size": 3}, {"size": 0}):
        assert not Job.from_detail(detail("1:2", arrayProperties=properties)).is_array


def test_a_summary_of_list_jobs() -> None:
    job = Job.from_summary(
        {"jobId": "1", "jobName": "n", "status": "FAILED", "createdAt": 1, "container": {"exitCode": 3, "reason": "r"}}
    )
    assert (job.exit_code, job.why, job.queue, job.attempts) == (3, "exit code 3: r", "", ())
    assert job.log_group == "/aws/batch/job"  # AWS Batch's own default


def test_nulls_do_no_harm() -> None:
    nulls: Any = {"jobId": "1", "jobName": "n", "container": None, "arrayProperties": None, "attempts": None}
    for job in (Job.from_summary(nulls), Job.from_detail(nulls)):
        assert (job.status, job.why, job.queue) == ("SUBMITTED", "", "")


def test_describe_asks_for_100_at_a_time() -> None:
    ids = [str(number) for number in range(201)]
    batch = FakeBatch([detail(job_id) for job_id in ids if job_id != "7"])
    found = describe(batch, ids)  # type: ignore[arg-type]
    assert [len(asked) for asked in batch.asked] == [100, 100, 1]
    assert set(found) == set(ids) - {"7"}
    assert describe(batch, []) == {}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def client() -> object:
    return boto3.client("batch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_describe_says_who_refused(client) -> None:  # type: ignore[no-untyped-def]
    with Stubber(client) as stub:
        stub.add_client_error("describe_jobs", "AccessDeniedException", "no")
        with pytest.raises(AwsError, match="AWS refused describing jobs: AccessDeniedException: no"):
            describe(client, ["1"])


def test_recent_jobs_are_of_every_queue_every_page_and_status(client, contract: Contract, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("awa_batch.observe.queries.time.time", lambda: 1_700_000_000.5)
    since = [{"name": "AFTER_CREATED_AT", "values": ["1699992800500"]}]
    with Stubber(client) as stub:
        for number, queue in enumerate(contract.queues.values()):
            first = {"jobId": f"{number}a", "jobName": "x", "createdAt": number}
            second = {"jobId": f"{number}b", "jobName": "y", "createdAt": number + 10}
            asked = {"jobQueue": queue.arn, "filters": since}
            stub.add_response("list_jobs", {"jobSummaryList": [first], "nextToken": "t"}, asked)
            stub.add_response("list_jobs", {"jobSummaryList": [second]}, {**asked, "nextToken": "t"})
        jobs = list_recent(client, contract, hours=2)
        stub.assert_no_pending_responses()
    assert [job.id for job in jobs] == ["3b", "2b", "1b", "0b", "3a", "2a", "1a", "0a"]
    assert jobs[0].queue == list(contract.queues.values())[3].name


def test_by_name_and_queue(client, contract: Contract) -> None:  # type: ignore[no-untyped-def]
    queue = f"{ARN}:job-queue/q"
    with Stubber(client) as stub:
        stub.add_response(
            "list_jobs",
            {"jobSummaryList": []},
            {"jobQueue": queue, "filters": [{"name": "JOB_NAME", "values": ["hello*"]}]},
        )
        assert list_recent(client, contract, name="hello*", queues=[queue]) == []
        stub.add_client_error("list_jobs", "ClientException", "no such queue")
        with pytest.raises(AwsError, match="listing the jobs of q: ClientException"):
            list_recent(client, contract, queues=[queue])
