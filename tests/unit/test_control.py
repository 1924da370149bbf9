"""Cancel and retry: the calls that are made, and what a retry keeps of a job."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from observe_support import ARN, detail

from awa_batch.batch.index_map import read_indexes, write_indexes
from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.control import RetryOptions, build_retry, cancel_jobs
from awa_batch.control.resize import resize
from awa_batch.errors import AwsError, UsageError
from awa_batch.text import PLAIN
from awa_runtime.index_map import parse_index_map

DEFINITION = f"{ARN}:job-definition/awa-batch-local-ec2-sample:3"


@pytest.fixture
def client() -> Any:
    return boto3.client("batch", region_name="ap-northeast-1", aws_access_key_id="a", aws_secret_access_key="b")


def listed(**states: str) -> dict[str, Any]:
    return {"jobs": [{**detail(job_id, status), "startedAt": 1} for job_id, status in states.items()]}


# ---------------------------------------------------------------------- cancel
def test_jobs_are_terminated_fifty_a_call_and_errors_are_told(client: Any) -> None:
    ids = [f"j{number}" for number in range(60)]
    with Stubber(client) as stub:
        stub.add_response("describe_jobs", listed(**dict.fromkeys(ids, "RUNNING")), {"jobs": ids})
        stub.add_response(
            "terminate_jobs",
            {"successful": ids[1:50], "errors": [{"job": "j0", "code": "x", "message": "no such job"}]},
            {"jobs": ids[:50], "reason": "why"},
        )
        stub.add_response("terminate_jobs", {"successful": ids[50:], "errors": []}, {"jobs": ids[50:], "reason": "why"})
        done = cancel_jobs(client, ids, "why")
        stub.assert_no_pending_responses()
    assert (done[0].outcome, done[0].error) == ("failed", "no such job")
    assert {entry.outcome for entry in done[1:]} == {"cancelled"}


def test_what_has_ended_or_is_unknown_is_left_alone(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("describe_jobs", listed(a="SUCCEEDED", b="RUNNABLE"), {"jobs": ["a", "b", "c"]})
        stub.add_response("terminate_job", {}, {"jobId": "b", "reason": "r"})
        done = cancel_jobs(client, ["a", "b", "c", "a"], "r")
    assert [(entry.job_id, entry.outcome) for entry in done] == [("a", "ended"), ("b", "cancelled"), ("c", "unknown")]


def test_where_the_bulk_call_is_not_known_the_single_one_is_used(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("describe_jobs", listed(a="RUNNING", b="RUNNING"), {"jobs": ["a", "b"]})
        stub.add_client_error("terminate_jobs", "UnknownOperationException", http_status_code=404)
        stub.add_response("terminate_job", {}, {"jobId": "a", "reason": "r"})
        stub.add_client_error("terminate_job", "ClientException", "gone", 400)
        done = cancel_jobs(client, ["a", "b"], "r")
    assert [entry.outcome for entry in done] == ["cancelled", "failed"]
    assert "gone" in done[1].error


def test_a_call_that_fails_is_told_and_the_others_are_made(client: Any) -> None:
    ids = [f"j{number}" for number in range(120)]
    with Stubber(client) as stub:
        for part in (ids[:100], ids[100:]):
            stub.add_response("describe_jobs", listed(**dict.fromkeys(part, "RUNNING")), {"jobs": part})
        stub.add_response("terminate_jobs", {"successful": ids[:50], "errors": []}, {"jobs": ids[:50], "reason": "r"})
        stub.add_client_error("terminate_jobs", "TooManyRequestsException", "slow down", 429)
        stub.add_response("terminate_jobs", {"successful": ids[100:], "errors": []}, {"jobs": ids[100:], "reason": "r"})
        done = cancel_jobs(client, ids, "r")
        stub.assert_no_pending_responses()
    assert [entry.outcome for entry in done] == ["cancelled"] * 50 + ["failed"] * 50 + ["cancelled"] * 20
    assert "slow down" in done[50].error


# ----------------------------------------------------------------------- retry
@given(st.lists(st.integers(0, 9_999), min_size=1, max_size=60, unique=True).map(sorted))
def test_an_index_map_is_read_as_it_was_written(indexes: list[int]) -> None:
    text = write_indexes(indexes)
    assert read_indexes(text) == indexes
    runtime = parse_index_map(text)
    assert [runtime[place] for place in range(len(runtime))] == indexes


class Batch:
    """One job, its definition and its failed children."""

    def __init__(self, job: dict[str, Any], failed: list[int] | None = None, **definition: Any) -> None:
        self.job = job
        self.failed = failed or []
        self.newer: dict[str, Any] = {}
        properties = definition.pop("containerProperties", {})
        self.definition = {
            "jobDefinitionArn": DEFINITION,
            "status": "ACTIVE",
            "platformCapabilities": ["EC2"],
            "containerProperties": {
                "image": "repository@sha256:0",
                "command": ["own"],
                "environment": [{"name": "OWN", "value": "1"}],
                "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
                **properties,
            },
            **definition,
        }

    def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
        parent = {**self.job, "arrayProperties": {"size": 10}}
        own = self.job["jobId"]
        return {"jobs": [self.job if job_id == own else {**parent, "jobId": job_id} for job_id in jobs]}

    def describe_job_definitions(self, jobDefinitions: list[str]) -> dict[str, Any]:  # noqa: N803
        (arn,) = jobDefinitions
        name, _, revision = arn.rsplit("/", 1)[-1].partition(":")
        found = {**self.definition, **self.newer} if arn != DEFINITION else self.definition
        return {
            "jobDefinitions": [{**found, "jobDefinitionArn": arn, "jobDefinitionName": name, "revision": int(revision)}]
        }

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=self._revisions if name == "describe_job_definitions" else self._children)

    def _revisions(self, jobDefinitionName: str, status: str) -> Any:  # noqa: N803
        """The job's own revision while it is ACTIVE, and a newer one where the test has it."""
        assert status == "ACTIVE"
        number = int(DEFINITION.rsplit(":", 1)[1])
        found = [(number, self.definition)] if self.definition["status"] == "ACTIVE" else []
        found += [(number + 6, {**self.definition, "status": "ACTIVE", **self.newer})] if self.newer else []
        arn = DEFINITION.rsplit(":", 1)[0]
        named = {"jobDefinitionName": jobDefinitionName}
        return [
            {"jobDefinitions": [{**one, **named, "revision": revision, "jobDefinitionArn": f"{arn}:{revision}"}]}
            for revision, one in found
        ]

    def _children(self, arrayJobId: str, jobStatus: str) -> Any:  # noqa: N803
        assert jobStatus == "FAILED"
        children = [
            detail(f"{arrayJobId}:{index}", "FAILED", arrayProperties={"index": index}) for index in self.failed
        ]
        return [{"jobSummaryList": children[::2]}, {"jobSummaryList": children[1::2]}]


def made(contract: Contract, batch: Batch, job_id: str = "j", s3: Any = None, **options: Any) -> Any:
    clients: Any = SimpleNamespace(batch=batch, contract=contract, s3=s3)
    return build_retry(clients, job_id, RetryOptions(**options))


def job(status: str = "FAILED", **more: Any) -> dict[str, Any]:
    container = {
        "command": ["mine", "a"],
        "environment": [
            {"name": "OWN", "value": "1"},
            {"name": "MINE", "value": "2"},
            {"name": "AWS_BATCH_X", "value": "3"},
        ],
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "4096"}],
    }
    container |= more.pop("container", {})
    return detail("j", status, jobName="nightly-abcdefgh", container=container, **more)


def test_a_retry_is_the_job_as_it_was(contract: Contract) -> None:
    batch = Batch(
        job(
            parameters={"own": "1", "mine": "2"},
            timeout={"attemptDurationSeconds": 60},
            retryStrategy={"attempts": 2, "evaluateOnExit": [{"onExitCode": "7", "action": "RETRY"}]},
            shareIdentifier="teamA",
            schedulingPriority=0,
            tags={"team": "a", "aws:x": "b"},
            propagateTags=True,
            dependsOn=[{"jobId": "d"}],
        ),
        parameters={"own": "1"},
        schedulingPriority=5,
    )
    request = made(contract, batch).request
    assert request.job_name.startswith("nightly-")
    assert request.job_name != "nightly-abcdefgh"
    assert {**request.submit_job, "jobName": ""} == {
        "jobName": "",
        "jobQueue": f"{ARN}:job-queue/awa-batch-local-ec2-high-priority",
        "jobDefinition": DEFINITION,
        "containerOverrides": {
            "command": ["mine", "a"],
            "environment": [{"name": "MINE", "value": "2"}],
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "4096"}],
        },
        "parameters": {"mine": "2"},
        "timeout": {"attemptDurationSeconds": 60},
        "retryStrategy": {"attempts": 2, "evaluateOnExit": [{"onExitCode": "7", "action": "RETRY"}]},
        "shareIdentifier": "teamA",
        "schedulingPriorityOverride": 0,
        "tags": {"team": "a"},
        "propagateTags": True,
    }


def test_every_member_of_submit_job_comes_back(contract: Contract) -> None:
    """Also one that the toolkit cannot say yet, so that a new field is not lost by a retry."""
    not_taken_over = {"dependsOn", "nodeOverrides", "eksPropertiesOverride", "ecsPropertiesOverride"}
    given = {
        "jobName": "nightly-abcdefgh",
        "jobQueue": f"{ARN}:job-queue/awa-batch-local-ec2-high-priority",
        "jobDefinition": DEFINITION,
        "shareIdentifier": "teamA",
        "schedulingPriorityOverride": 3,
        "arrayProperties": {"size": 4},
        "parameters": {"mine": "2"},
        "containerOverrides": {"command": ["mine", "a"]},
        "retryStrategy": {"attempts": 2},
        "propagateTags": True,
        "timeout": {"attemptDurationSeconds": 60},
        "tags": {"team": "a"},
        "consumableResourcePropertiesOverride": {
            "consumableResourceList": [{"consumableResource": "licence", "quantity": 1}]
        },
    }
    members = set(ServiceModel(Loader().load_service_model("batch", "service-2")).shape_for("SubmitJobRequest").members)
    assert set(given) == members - not_taken_over
    shown = {name.removesuffix("Override"): value for name, value in given.items() if name != "containerOverrides"}
    request = made(contract, Batch(detail("j", "FAILED", **shown, container=given["containerOverrides"]))).request
    assert {**request.submit_job, "jobName": given["jobName"]} == given
    assert request.job_name != given["jobName"]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"container": {"command": ["a", ""]}}, "JOB_ID: word 2 of the command is empty"),
        ({"container": {"environment": [{"name": "A", "value": "\0"}]}}, "JOB_ID: 'containerOverrides': 'environment'"),
        ({"parameters": {"a": "\ud800"}}, "JOB_ID: 'parameters': 'a' has half of a surrogate pair"),
        ({"tags": {"a,b": "1"}}, "JOB_ID: the key 'a,b' has ','"),
    ],
)
def test_what_could_not_be_submitted_is_not_retried(contract: Contract, more: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(contract, Batch(job(**more)))
    assert caught.value.told(FlagWords())[0].startswith(what)


def test_what_is_the_definitions_stays_with_it(contract: Contract) -> None:
    same = {"attempts": 3, "evaluateOnExit": []}
    plain = job(
        container={
            "command": ["own"],
            "environment": [{"name": "OWN", "value": "1"}],
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
        },
        retryStrategy=same,
        timeout={"attemptDurationSeconds": 9},
    )
    batch = Batch(plain, retryStrategy=same, timeout={"attemptDurationSeconds": 9})
    assert made(contract, batch).request.submit_job.keys() == {"jobName", "jobQueue", "jobDefinition"}


def variables(found: Any) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in found.request.container_overrides["environment"]}


def test_failed_children_keep_their_indexes(contract: Contract) -> None:
    array = job(arrayProperties={"size": 10})
    found = made(contract, Batch(array, [7, 2, 3, 4]), failed_only=True)
    assert found.request.array_size == 4
    assert variables(found) == {"MINE": "2", "AWA_BATCH_INDEX_MAP": "2-4,7", "AWA_BATCH_ARRAY_SIZE": "10"}
    assert "awa_runtime.array_index()" in PLAIN.say(found.notes[0])
    assert made(contract, Batch(array)).request.array_size == 10
    assert "AWA_BATCH_INDEX_MAP" not in variables(made(contract, Batch(array, [7])))


def test_one_failed_child_becomes_a_plain_job(contract: Contract) -> None:
    found = made(contract, Batch(job(arrayProperties={"size": 10}), [7]), failed_only=True)
    assert found.request.array_size is None
    assert variables(found)["AWA_BATCH_INDEX_MAP"] == "7"
    child = {**job(arrayProperties={"index": 3}), "jobId": "j:3"}
    named = made(contract, Batch(child), "j:3")
    assert (named.request.array_size, variables(named)["AWA_BATCH_INDEX_MAP"]) == (None, "3")
    assert variables(named)["AWA_BATCH_ARRAY_SIZE"] == "10"


def test_a_retry_of_a_retry_means_the_original_children(contract: Contract) -> None:
    before = [{"name": "AWA_BATCH_INDEX_MAP", "value": "5,20-24"}, {"name": "AWA_BATCH_ARRAY_SIZE", "value": "100"}]
    array = job(arrayProperties={"size": 6}, container={"environment": before})
    found = made(contract, Batch(array, [0, 2, 5]), failed_only=True)
    assert (variables(found)["AWA_BATCH_INDEX_MAP"], variables(found)["AWA_BATCH_ARRAY_SIZE"]) == ("5,21,24", "100")


def test_a_long_map_goes_to_s3_and_is_read_from_there_again(contract: Contract) -> None:
    failed = list(range(0, 2_000, 2))
    array = job(arrayProperties={"size": 2_000})
    found = made(contract, Batch(array, failed), failed_only=True)
    (upload,) = found.request.uploads
    assert variables(found)["AWA_BATCH_INDEX_MAP"] == upload.uri
    assert read_indexes(upload.body.decode()) == failed

    class S3:
        def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
            assert f"s3://{Bucket}/{Key}" == upload.uri
            return {"Body": SimpleNamespace(read=lambda: upload.body)}

    again = job(
        arrayProperties={"size": 1_000},
        container={"environment": [{"name": "AWA_BATCH_INDEX_MAP", "value": upload.uri}]},
    )
    second = made(contract, Batch(again, [0, 999]), s3=S3(), failed_only=True)
    assert variables(second)["AWA_BATCH_INDEX_MAP"] == "0,1998"


@pytest.mark.parametrize(
    ("options", "platform", "expected", "note"),
    [
        ({"memory": "x2"}, "EC2", {"VCPU": "1", "MEMORY": "8192"}, None),
        ({"memory": "x1.5"}, "EC2", {"VCPU": "1", "MEMORY": "6144"}, None),
        ({"memory": "5000", "vcpu": 3}, "EC2", {"VCPU": "3", "MEMORY": "5000"}, None),
        ({"memory": "x2"}, "FARGATE", {"VCPU": "1", "MEMORY": "8192"}, None),
        (
            {"memory": "x3"},
            "FARGATE",
            {"VCPU": "2", "MEMORY": "12288"},
            "Fargate's next size is 2 vCPU with 12288 MiB.",
        ),
        (
            {"memory": "5000"},
            "FARGATE",
            {"VCPU": "1", "MEMORY": "5120"},
            "Fargate's next size is 1 vCPU with 5120 MiB.",
        ),
    ],
)
def test_more_memory(
    contract: Contract, options: dict[str, Any], platform: str, expected: dict[str, str], note: str | None
) -> None:
    queue = f"{ARN}:job-queue/awa-batch-local-{platform.lower()}-high-priority"
    found = made(contract, Batch(job(jobQueue=queue), platformCapabilities=[platform]), **options)
    listed_ = found.request.container_overrides["resourceRequirements"]
    assert {entry["type"]: entry["value"] for entry in listed_} == expected
    assert [PLAIN.say(said) for said in found.notes] == ([] if note is None else [note])


@pytest.mark.parametrize(
    ("job_", "options", "what"),
    [
        (job("RUNNING"), {}, "has not ended, it is RUNNING"),
        (job(), {"memory": "2g"}, "--memory 2g is not an amount"),
        (job(), {"memory": "x0"}, "a job takes 4 MiB or more"),
        (job(), {"attempts": 11}, "--attempts 11"),
        (job(), {"timeout_seconds": 5}, "--timeout 5"),
        (job(), {"queue": "nowhere"}, "--queue: local has no job queue 'nowhere'"),
        (job(), {"vcpu": 0.5}, "whole vCPUs"),
        (job(), {"memory": "x9e9"}, "is not an amount"),
        (job(), {"memory": "x999999999999"}, "no job takes more"),
        (job(), {"vcpu": 64}, "--vcpu 64: the queue awa-batch-local-ec2-high-priority never has more than 16"),
        (job(), {"queue": "fargate-low-priority"}, "is FARGATE, but the job definition"),
    ],
)
def test_wrong_retries(contract: Contract, job_: dict[str, Any], options: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(contract, Batch(job_), **options)
    assert what in caught.value.told(FlagWords())[0]


def test_a_deregistered_revision_and_the_latest(contract: Contract) -> None:
    with pytest.raises(UsageError, match="is deregistered") as caught:
        made(contract, Batch(job(), status="INACTIVE"))
    assert "--latest" in FlagWords().say(caught.value.remedy)
    batch = Batch(job(), status="INACTIVE")
    batch.newer = {
        "status": "ACTIVE",
        "containerProperties": {"image": "newer", "command": ["newer"], "environment": [{"name": "OWN", "value": "2"}]},
    }
    request = made(contract, batch, latest=True).request
    assert request.job_definition.endswith("/awa-batch-local-ec2-sample:9")
    assert request.image == "newer"


def test_with_no_revision_left_there_is_no_latest(contract: Contract) -> None:
    with pytest.raises(
        UsageError, match="there is no ACTIVE revision of the job definition awa-batch-local-ec2-sample"
    ):
        made(contract, Batch(job(), status="INACTIVE"), latest=True)


def test_what_a_promoted_candidate_ran_is_run_by_blues_revision_of_the_same_image(contract: Contract) -> None:
    """Its own definition went when it was promoted, and AWS takes no job for one that is deregistered."""
    was = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-local-ec2-sample-green:2"

    class Promoted(Batch):
        def _revisions(self, jobDefinitionName: str, status: str) -> Any:  # noqa: N803
            blue = jobDefinitionName == "awa-batch-local-ec2-sample"
            yield {"jobDefinitions": [self.revision(number, blue) for number in (7, 8)] if blue else []}

        def revision(self, number: int, blue: bool) -> dict[str, Any]:
            image = {"image": "repository@sha256:0" if number == 7 else "repository@sha256:1"}
            return {
                **self.definition, "status": "ACTIVE", "jobDefinitionName": "awa-batch-local-ec2-sample",
                "jobDefinitionArn": was.replace("-green:2", f":{number}"), "revision": number,
                "containerProperties": self.definition["containerProperties"] | image,
            }  # fmt: skip

    batch = Promoted({**job(), "jobDefinition": was}, status="INACTIVE")
    retry = made(contract, batch)
    assert retry.request.job_definition.endswith("/awa-batch-local-ec2-sample:7")
    assert "is there no more: awa-batch-local-ec2-sample:7 runs" in PLAIN.say(retry.notes[0])
    latest = made(contract, batch, latest=True)
    assert latest.request.job_definition.endswith("/awa-batch-local-ec2-sample:8")


def test_a_newer_revision_is_told_with_what_it_changes(contract: Contract) -> None:
    """The code was corrected and released: the same job as it was would run the old image again."""
    batch = Batch(job())
    assert not [note for note in made(contract, batch).notes if "There is" in PLAIN.say(note)]
    new = {
        **batch.definition["containerProperties"],
        "image": f"r/repository@sha256:{'ab' * 32}",
        "environment": [{"name": "TOKEN", "value": "hunter2"}],
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "4096"}],
    }
    batch.newer = {"containerProperties": new, "timeout": {"attemptDurationSeconds": 60}}
    (note,) = made(contract, batch).notes
    assert FlagWords().say(note) == (
        "awa-batch-local-ec2-sample:3 runs again. There is awa-batch-local-ec2-sample:9, which changes the image "
        "(repository@sha256:0 to abababababab) and MiB (2048 to 4096) and variables (OWN, TOKEN) and the timeout: "
        "--latest takes that one."
    )
    assert made(contract, batch, latest=True).notes == ()


def test_the_latest_revision_runs_with_its_own_settings_where_the_job_had_none(contract: Contract) -> None:
    plain = job(
        container={
            "command": ["own"],
            "environment": [{"name": "OWN", "value": "1"}],
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
        }
    )
    batch = Batch(plain)
    batch.newer = {"containerProperties": {"image": "newer", "command": ["newer"]}}
    assert made(contract, batch, latest=True).request.container_overrides == {}


def test_an_order_is_kept_and_other_dependencies_are_not(contract: Contract) -> None:
    depends = [{"jobId": "d"}, {"type": "SEQUENTIAL"}]
    array = Batch(job(arrayProperties={"size": 10}, dependsOn=depends), [1, 2])
    assert made(contract, array).request.depends_on == [{"type": "SEQUENTIAL"}]
    assert made(contract, array, failed_only=True).request.depends_on == [{"type": "SEQUENTIAL"}]
    array.failed = [1]
    assert made(contract, array, failed_only=True).request.depends_on == ()


def test_nothing_failed_is_nothing_to_do(contract: Contract) -> None:
    assert made(contract, Batch(job("SUCCEEDED", arrayProperties={"size": 3})), failed_only=True) is None
    assert made(contract, Batch(job("SUCCEEDED")), failed_only=True) is None


def test_a_job_that_is_not_there(contract: Contract) -> None:
    class Empty(Batch):
        def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
            return {"jobs": []}

    with pytest.raises(UsageError, match="has no job j"):
        made(contract, Empty(job()))

    class Refusing(Batch):
        def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "ServerException", "Message": "m"}}, "DescribeJobs")

    with pytest.raises(AwsError, match="ServerException"):
        made(contract, Refusing(job()))


@pytest.mark.parametrize(
    ("vcpu", "memory", "told"),
    [
        (2, None, {"VCPU": "2", "MEMORY": "4096"}),
        (0.25, "512", {"VCPU": "0.25", "MEMORY": "512"}),
        (3, None, "--vcpu 3: Fargate has no such size."),
        (0.25, "4096", "--memory 4096: Fargate has no 0.25 vCPU with 4096 MiB."),
        (float("nan"), None, "--vcpu nan: Fargate has no such size."),
    ],
)
def test_vcpus_that_were_asked_for_are_not_rounded_on_fargate(
    vcpu: float, memory: str | None, told: dict[str, str] | str
) -> None:
    had = {"VCPU": "0.5", "MEMORY": "1024"}
    if isinstance(told, dict):
        assert resize(had, vcpu=vcpu, memory=memory, on_fargate=True)[0] == told
        return
    with pytest.raises(UsageError) as caught:
        resize(had, vcpu=vcpu, memory=memory, on_fargate=True)
    assert caught.value.told(FlagWords())[0] == told
