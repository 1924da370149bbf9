"""What AWS is asked before a submission, and what is refused because of its answer."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from toolkit_support import OpenBatch

from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.errors import AwsError, UsageError
from awa_batch.job import JobSpec
from awa_batch.request import JobRequest, build_request
from awa_batch.submission.preflight import check_requests
from awa_batch.text import PLAIN

QUEUE = "awa_batch_local_ec2_high_priority"
DEFINITION = "awa_batch_local_ec2_sample_1"


def made(contract: Contract, definition: str = "ec2-sample", **options: Any) -> JobRequest:
    return build_request(contract, JobSpec(definition, **options))


def refusal(contract: Contract, batch: Any, *requests: JobRequest) -> str:
    with pytest.raises(UsageError) as caught:
        check_requests(batch, requests or (made(contract),))
    return "\n".join(caught.value.told(FlagWords()))


def test_it_reads_with_one_call_each_however_many_requests(contract: Contract) -> None:
    client = boto3.client("batch", region_name="ap-northeast-1", aws_access_key_id="a", aws_secret_access_key="b")
    requests = [made(contract, depends_on=["id-1"]), made(contract, depends_on=["id-2:N_TO_N"], array=3)]
    queue, definition = requests[0].job_queue, requests[0].job_definition
    with Stubber(client) as stub:
        stub.add_response(
            "describe_job_queues",
            {
                "jobQueues": [
                    {
                        "jobQueueName": "q",
                        "jobQueueArn": queue,
                        "state": "ENABLED",
                        "status": "VALID",
                        "priority": 1,
                        "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "arn/ce"}],
                    }
                ]
            },
            {"jobQueues": [queue]},
        )
        stub.add_response(
            "describe_job_definitions",
            {
                "jobDefinitions": [
                    {
                        "jobDefinitionName": "d",
                        "jobDefinitionArn": definition,
                        "revision": 1,
                        "status": "ACTIVE",
                        "type": "container",
                    }
                ]
            },
            {"jobDefinitions": [definition]},
        )
        stub.add_response(
            "describe_compute_environments",
            {
                "computeEnvironments": [
                    {
                        "computeEnvironmentName": "ce",
                        "computeEnvironmentArn": "arn/ce",
                        "computeResources": {"type": "EC2", "maxvCpus": 16, "subnets": []},
                    }
                ]
            },
            {"computeEnvironments": ["arn/ce"]},
        )
        job = {"jobName": "n", "jobQueue": queue, "status": "RUNNING", "startedAt": 1, "jobDefinition": definition}
        stub.add_response(
            "describe_jobs",
            {"jobs": [{**job, "jobId": "id-1"}, {**job, "jobId": "id-2", "arrayProperties": {"size": 3}}]},
            {"jobs": ["id-1", "id-2"]},
        )
        assert check_requests(client, requests) == []
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({QUEUE: {"state": "DISABLED"}}, "--queue awa-batch-local-ec2-high-priority is DISABLED: it takes no jobs."),
        ({QUEUE: {"status": "INVALID", "statusReason": "no role"}}, "is INVALID: no role."),
        ({QUEUE: {"missing": True}}, "AWS has no such queue"),
        (
            {DEFINITION: {"status": "INACTIVE"}},
            "DEFINITION awa-batch-local-ec2-sample:1: this revision is deregistered",
        ),
        ({DEFINITION: {"missing": True}}, "this revision is deregistered"),
    ],
)
def test_a_closed_queue_and_a_deregistered_revision(contract: Contract, changes: dict[str, Any], what: str) -> None:
    assert what in refusal(contract, OpenBatch(**changes))


@pytest.mark.parametrize(
    ("job", "options", "what"),
    [
        ({"missing": True}, {"depends_on": ["d"]}, "--depends-on d: AWS Batch has no such job"),
        ({"status": "FAILED"}, {"depends_on": ["d"]}, "--depends-on d has FAILED"),
        ({}, {"depends_on": ["d:N_TO_N"], "array": 3}, "that job has no children, this 3"),
        (
            {"arrayProperties": {"size": 2}},
            {"depends_on": ["d:N_TO_N"], "array": 3},
            "Use --array 2.",
        ),
    ],
)
def test_dependencies(contract: Contract, job: dict[str, Any], options: dict[str, Any], what: str) -> None:
    assert what in refusal(contract, OpenBatch(d=job), made(contract, **options))


def test_a_job_larger_than_each_compute_environment_is_refused_whatever_they_have_together(contract: Contract) -> None:
    two = {"computeEnvironmentOrder": [{"order": n, "computeEnvironment": name} for n, name in enumerate(("a", "b"))]}
    changes: dict[str, Any] = {QUEUE: two, "a": {"computeResources": {"maxvCpus": 8}}}
    told = refusal(contract, OpenBatch(**changes, b={"computeResources": {"maxvCpus": 8}}), made(contract, vcpu=9))
    assert "--vcpu 9: no compute environment of the queue awa-batch-local-ec2-high-priority has more than 8" in told
    assert check_requests(OpenBatch(**changes), [made(contract, vcpu=9)]) == []  # type: ignore[arg-type]
    # What is UNMANAGED tells no maximum: nothing can be said.
    assert check_requests(OpenBatch(**changes, b={"computeResources": {}}), [made(contract, vcpu=9)]) == []  # type: ignore[arg-type]


TYPES: dict[str, Any] = {
    "m7i": {"computeResources": {"maxvCpus": 999, "instanceTypes": ["m7i.large", "m7i.2xlarge"]}},
    "gpu": {"computeResources": {"maxvCpus": 999, "instanceTypes": ["g5.xlarge"]}},
    "unknown": {"computeResources": {"maxvCpus": 999, "instanceTypes": ["z99"]}},
    "fargate": {"computeResources": {"maxvCpus": 999}},
}


def served(*names: str) -> dict[str, Any]:
    order = [{"order": n, "computeEnvironment": name} for n, name in enumerate(names)]
    return {QUEUE: {"computeEnvironmentOrder": order}, **{name: TYPES[name] for name in names}}


@pytest.mark.parametrize(
    ("names", "options", "what", "fix"),
    [
        (["m7i"], {"memory": 32768}, "--memory 32768: no instance type of the queue", "--memory 30720"),
        (["m7i"], {"vcpu": 9}, "--vcpu 9: no instance type of the queue", "--vcpu 8"),
        (["m7i"], {"gpu": 1}, "--gpu 1: no instance type of the queue", "another --queue"),
        (["m7i", "gpu"], {"gpu": 2}, "has more than 1 GPUs", "--gpu 1"),
        (["m7i", "gpu"], {"gpu": 1, "vcpu": 8}, "has them together with 8 vCPUs", "fewer --vcpu"),
        (["m7i", "gpu"], {"gpu": 1, "memory": 20000}, "has more than 16384 MiB", "--memory 15360"),
    ],
)
def test_a_job_that_no_instance_type_of_the_queue_can_hold_is_refused(
    contract: Contract, names: list[str], options: dict[str, Any], what: str, fix: str
) -> None:
    told = refusal(contract, OpenBatch(**served(*names)), made(contract, **options))
    assert what in told
    assert fix in told
    assert "RUNNABLE for ever" in told


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (["m7i"], {"memory": 32767}),
        (["m7i"], {"vcpu": 8}),
        (["m7i", "gpu"], {"gpu": 1, "vcpu": 4}),
        (["m7i", "unknown"], {"memory": 4 << 20}),
        (["m7i", "fargate"], {"gpu": 1}),
    ],
)
def test_what_may_fit_is_not_refused(contract: Contract, names: list[str], options: dict[str, Any]) -> None:
    assert check_requests(OpenBatch(**served(*names)), [made(contract, **options)]) == []  # type: ignore[arg-type]


def test_tags_that_reach_the_task_are_fifty_in_all_with_the_definitions(contract: Contract) -> None:
    own = {f"k{n}": "v" for n in range(20)}
    definition: dict[str, Any] = {"tags": {f"d{n}": "v" for n in range(30)} | {"k0": "v"}}
    request = made(contract, tags=own)
    check_requests(OpenBatch(**{DEFINITION: definition}), [request])  # type: ignore[arg-type]
    definition["tags"]["d30"] = "v"
    told = refusal(contract, OpenBatch(**{DEFINITION: definition}), request)
    assert told == "--tag: 51 tags, 31 of them the job definition's; a job has at most 50.\nRemove 1 of them."


def notes_of(contract: Contract, definition: dict[str, Any], *options: dict[str, Any]) -> list[str]:
    requests = [made(contract, **one) for one in options]
    return [FlagWords().say(note) for note in check_requests(OpenBatch(**{DEFINITION: definition}), requests)]  # type: ignore[arg-type]


def test_a_reference_without_a_value_is_told(contract: Contract) -> None:
    own = {"containerProperties": {"command": ["echo", "Ref::a", "--x=Ref::b-1"]}, "parameters": {"a": "1"}}
    (note,) = notes_of(contract, own, {})
    assert note.startswith("Ref::b-1 in the command has no value, here or in the job definition")
    assert note.endswith("Give one with --param b-1=VALUE.")
    assert notes_of(contract, own, {"params": {"b-1": ""}}) == []
    assert notes_of(contract, own, {"command": ["echo"]}) == []
    assert len(notes_of(contract, own, {"command": ["Ref::c"]}, {"command": ["Ref::c"]})) == 1


@pytest.mark.parametrize(
    ("word", "told"),
    [("echo a && echo b", True), ("echo hello", True), ("a;b", True), ("$HOME/x", True), ("echo", False)],
)
def test_a_command_of_one_word_that_a_shell_would_read_is_told(contract: Contract, word: str, told: bool) -> None:
    found = notes_of(contract, {}, {"command": [word]})
    assert bool(found) is told
    if told:
        assert found[0].startswith(f"The command is one word, {word!r}")
        assert '--command \'["sh", "-c", ' in found[0]


def test_a_parameter_that_no_reference_takes_is_told(contract: Contract) -> None:
    own = {"containerProperties": {"command": ["echo", "Ref::a"]}, "parameters": {"a": "1"}}
    assert notes_of(contract, own, {"params": {"a": "2", "A": "3"}}) == [
        "--param A: no Ref::A is in the command (it has Ref::a), so the job never sees it. "
        "For a variable use --env A=VALUE."
    ]
    image = {"containerProperties": {}}
    (note,) = notes_of(contract, image, {"params": {"a": "2"}})
    assert "no Ref::a is in the command, so the job never sees it" in note


def test_a_job_on_a_fair_share_queue_has_a_priority(contract: Contract) -> None:
    without = OpenBatch(awa_batch_local_fargate_sample_1={"schedulingPriority": None})
    told = refusal(contract, without, made(contract, "fargate-sample"))
    assert told.startswith("--scheduling-priority is missing: the queue awa-batch-local-fargate-high-priority is fair-")
    assert told.endswith("Use --scheduling-priority 1, or give the job definition one.")
    assert check_requests(without, [made(contract, "fargate-sample", scheduling_priority=0)]) == []  # type: ignore[arg-type]
    assert check_requests(OpenBatch(), [made(contract, "fargate-sample")]) == []  # type: ignore[arg-type]


def test_a_priority_on_a_fifo_queue_is_told_to_have_no_effect(contract: Contract) -> None:
    (note,) = notes_of(contract, {}, {"scheduling_priority": 0})
    assert note.startswith("--scheduling-priority 0 has no effect: the queue awa-batch-local-ec2-high-priority is FIFO")
    assert notes_of(contract, {}, {}) == []


def test_a_platform_version_must_be_the_definitions(contract: Contract) -> None:
    def wanted(version: str, definition: str = "fargate-sample") -> JobRequest:
        return made(contract, definition, platform_version=version)

    newer = OpenBatch(
        awa_batch_local_fargate_sample_1={
            "containerProperties": {"fargatePlatformConfiguration": {"platformVersion": "1.4.0"}}
        }
    )
    (note,) = check_requests(newer, [wanted("1.4.0"), made(contract, "fargate-sample"), wanted("1.4.0")])  # type: ignore[arg-type]
    assert "is the job definition's alone" in PLAIN.say(note)
    assert "Use --platform-version 1.4.0, or set platform_version" in refusal(contract, newer, wanted("LATEST"))
    assert "Use --platform-version LATEST" in refusal(contract, OpenBatch(), wanted("1.4.0"))
    assert "is not a Fargate definition" in refusal(contract, OpenBatch(), wanted("LATEST", "ec2-sample"))


def denied(code: str) -> Any:
    class Denied(OpenBatch):
        def describe_job_queues(self, jobQueues: list[str]) -> dict[str, Any]:  # noqa: N803
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeJobQueues")

    return Denied()


def test_what_may_not_be_read_is_not_checked_but_said(contract: Contract) -> None:
    (note,) = check_requests(denied("AccessDeniedException"), [made(contract)])
    assert PLAIN.say(note).startswith("Not checked, since the credentials may not read it")
    with pytest.raises(AwsError, match="ServerException"):
        check_requests(denied("ServerException"), [made(contract)])


def test_a_job_that_the_image_does_not_hold_is_told_once(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, list[str]]] = []

    def missing(image: str, command: Any) -> str | None:
        seen.append((image, list(command)))
        return "mine" if "mine" in command else None

    monkeypatch.setattr("awa_batch.submission.preflight.missing_job", missing)
    image = {"containerProperties": {"image": "r@sha256:0", "command": ["python", "run_batch.py", "mine"]}}
    run = ["python", "run_batch.py", "mine"]
    assert notes_of(contract, image, {"command": run}, {"command": run}, {}) == [
        "The released image does not hold the job mine. Put it there: `make up`."
    ]
    assert notes_of(contract, image, {"command": ["python", "run_batch.py", "s3_concat"]}) == []
    assert ("r@sha256:0", run) in seen
