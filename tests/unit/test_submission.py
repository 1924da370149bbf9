"""SubmitJob gets exactly the request; tests/faults has what happens when the answer does not come."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from awa_batch.batch.listing import ids_by_name
from awa_batch.contract import Contract
from awa_batch.errors import AwsError
from awa_batch.job import JobSpec
from awa_batch.request import JobRequest, build_request
from awa_batch.submission import Submitted, submit_request
from awa_batch.submission.care import LOOKUP_WAITS


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("batch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def request_(contract: Contract) -> JobRequest:
    return build_request(contract, JobSpec("fargate-sample", command=["echo", "hello"], tags={"a": "b"}))


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.submission.single.time.sleep", lambda _: None)


def lookup(request: JobRequest, **more: str) -> dict[str, Any]:
    return {
        "jobQueue": request.job_queue,
        "filters": [{"name": "JOB_NAME", "values": [request.job_name]}],
        **more,
    }


def test_the_shown_object_is_the_sent_one(client: Any, request_: JobRequest) -> None:
    with Stubber(client) as stub:
        stub.add_response("submit_job", {"jobId": "1", "jobName": request_.job_name}, request_.submit_job)
        assert submit_request(client, client, request_) == Submitted("1", request_.job_name)
        stub.assert_no_pending_responses()


def test_an_unclear_answer_is_looked_up_by_name_and_nothing_is_sent_again(client: Any, request_: JobRequest) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("submit_job", "ServerException", http_status_code=500)
        stub.add_response("list_jobs", {"jobSummaryList": [], "nextToken": "2"}, lookup(request_))
        summary = {"jobId": "7", "jobName": request_.job_name, "createdAt": 5}
        stub.add_response("list_jobs", {"jobSummaryList": [summary]}, lookup(request_, nextToken="2"))
        assert submit_request(client, client, request_) == Submitted("7", request_.job_name, found=True)
        stub.assert_no_pending_responses()


def test_it_is_sent_again_only_after_all_looks(client: Any, request_: JobRequest) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("submit_job", "ServerException", http_status_code=500)
        for _ in LOOKUP_WAITS:
            stub.add_response("list_jobs", {"jobSummaryList": []}, lookup(request_))
        stub.add_response("submit_job", {"jobId": "1", "jobName": request_.job_name}, request_.submit_job)
        assert submit_request(client, client, request_).job_id == "1"
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "what", "fix"),
    [
        ("AccessDeniedException", "AWS refused submitting", "submitter role"),
        ("ExpiredTokenException", "The credentials have expired while submitting", "Sign in again"),
        ("UnrecognizedClientException", "AWS does not know the access key while", "aws sts get-caller-identity"),
        ("ClientException", "AWS refused submitting", "awa-batch doctor"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, what: str, fix: str, client: Any, request_: JobRequest) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("submit_job", code, "because", http_status_code=400)
        with pytest.raises(AwsError, match=f"{what}.* {request_.job_name}: {code}: because") as caught:
            submit_request(client, client, request_)
        assert fix in caught.value.fix
        assert caught.value.exit_code == 3


@pytest.mark.parametrize("code", ["ThrottlingException", "RequestLimitExceeded", "SlowDown"])
def test_every_kind_of_throttle_is_sent_again_without_a_look(code: str, client: Any, request_: JobRequest) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("submit_job", code, http_status_code=503 if code == "SlowDown" else 400)
        stub.add_response("submit_job", {"jobId": "1", "jobName": request_.job_name})
        assert submit_request(client, client, request_).job_id == "1"


def test_the_oldest_of_a_name_is_found(client: Any, request_: JobRequest) -> None:
    jobs = [{"jobId": job_id, "jobName": request_.job_name, "createdAt": at} for job_id, at in (("b", 9), ("a", 10))]
    with Stubber(client) as stub:
        stub.add_response("list_jobs", {"jobSummaryList": jobs})
        assert ids_by_name(client, request_.job_queue, request_.job_name) == {request_.job_name: "b"}
