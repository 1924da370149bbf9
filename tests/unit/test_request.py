"""The request: what is sent is what a dry run shows, and what AWS would refuse or fail is refused before."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.errors import AwaBatchError, NotAppliedError, UsageError
from awa_batch.job import JobSpec
from awa_batch.request import build_request
from awa_batch.request.build import unique_job_name

GOLDEN = Path(__file__).parent / "golden"
QUEUE = "arn:aws:batch:ap-northeast-1:123456789012:job-queue/awa-batch-local-"

CASES: dict[str, tuple[str, str | None, JobSpec]] = {
    "plain-fargate": ("fargate-sample", None, JobSpec()),
    "plain-ec2": ("ec2-sample", None, JobSpec()),
    "command": ("fargate-sample", "fargate-low-priority", JobSpec(name="hello", command=["echo", "a b", "é"])),
    "everything": (
        "awa-batch-local-fargate-sample:1",
        "awa-batch-local-fargate-high-priority",
        JobSpec(
            name="all",
            command=["python", "run_batch.py", "Ref::job"],
            env={"CONFIG_JSON": '{"a":1}', "EMPTY": ""},
            params={"job": "nightly"},
            vcpu=2,
            memory=4096,
            array=2,
            depends_on=("id-1", "id-2"),
            share_identifier="teamA",
            scheduling_priority=0,
            attempts=3,
            timeout=60,
            tags={"team": "a"},
        ),
    ),
    "vcpu-alone": ("ec2-sample", None, JobSpec(vcpu=2)),
    "memory-alone": ("fargate-sample", None, JobSpec(memory=4096)),
}


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWA_TEST_GOLDEN=write writes the expected files anew: read the difference before you commit it."""
    monkeypatch.setattr("awa_batch.request.build.secrets.choice", lambda _: "x")
    definition, queue, options = CASES[case]
    request = build_request(contract, replace(options, definition=definition, queue=queue)).submit_job
    file = GOLDEN / f"request-{case}.json"
    if os.environ.get("AWA_TEST_GOLDEN") == "write":
        file.write_text(json.dumps(request, indent=2, ensure_ascii=False) + "\n")
    assert request == json.loads(file.read_text())


@pytest.mark.parametrize("case", CASES)
def test_botocore_takes_it(case: str, contract: Contract) -> None:
    shape = botocore.session.Session().get_service_model("batch").shape_for("SubmitJobRequest")
    definition, queue, options = CASES[case]
    request = build_request(contract, replace(options, definition=definition, queue=queue)).submit_job
    assert ParamValidator().validate(request, shape).generate_report() == ""


def test_asking_twice_gives_the_same_object(contract: Contract) -> None:
    definition, queue, options = CASES["everything"]
    spec = replace(options, definition=definition, queue=queue)
    requests = [build_request(contract, spec, exact_name="all-1") for _ in range(2)]
    assert requests[0] == requests[1]
    assert (requests[0].job_name, requests[0].array_size) == ("all-1", 2)
    assert [entry["jobId"] for entry in requests[0].depends_on] == ["id-1", "id-2"]


def test_what_the_request_has_beside_the_call(contract: Contract) -> None:
    request = build_request(contract, JobSpec("ec2-sample", platform_version="1.4.0"))
    assert request.platform_version == "1.4.0"
    assert "1.4.0" not in json.dumps(request.submit_job)
    assert (request.array_size, request.depends_on, request.container_overrides) == (None, (), {})


# ------------------------------------------------------------------ defaults
@pytest.mark.parametrize(("definition", "platform"), [("ec2-sample", "ec2"), ("fargate-sample", "fargate")])
def test_the_default_queue_is_the_platforms_high_priority(definition: str, platform: str, contract: Contract) -> None:
    assert build_request(contract, JobSpec(definition)).job_queue == f"{QUEUE}{platform}-high-priority"


def test_without_a_high_priority_queue_the_first_by_priority_is_taken(contract: Contract) -> None:
    high = contract.queues["ec2-high-priority"]
    others = {
        "ec2-slow": replace(high, arn=f"{QUEUE}slow", priority=1),
        "ec2-night": replace(high, arn=f"{QUEUE}night", priority=70),
        "fargate-first": replace(high, arn=f"{QUEUE}first", priority=900, platform="FARGATE"),
    }
    assert build_request(replace(contract, queues=others), JobSpec("ec2-sample")).job_queue == f"{QUEUE}night"


def test_the_definition_is_pinned_with_its_revision_and_its_image_is_told(contract: Contract) -> None:
    wanted = contract.job_definitions["ec2-sample"]
    for name in ("ec2-sample", wanted.name, wanted.arn):
        request = build_request(contract, JobSpec(name))
        assert request.job_definition == wanted.arn
        assert re.search(r":\d+$", request.job_definition)
        assert request.image == wanted.image


def test_the_share_identifier_is_the_contracts_on_a_fair_share_queue_alone(contract: Contract) -> None:
    def share(spec: JobSpec) -> str | None:
        return build_request(contract, spec).submit_job.get("shareIdentifier")

    assert share(JobSpec("fargate-sample")) == "default"
    assert share(JobSpec("fargate-sample", share_identifier="b")) == "b"
    assert share(JobSpec("fargate-sample", "fargate-low-priority")) is None
    assert share(JobSpec("ec2-sample")) is None


def test_a_scheduling_priority_of_0_is_sent(contract: Contract) -> None:
    request = build_request(contract, JobSpec("fargate-sample", scheduling_priority=0))
    assert request.submit_job["schedulingPriorityOverride"] == 0


def test_names_are_unique_and_told_apart_whatever_their_case(contract: Contract) -> None:
    names = {build_request(contract, JobSpec("ec2-sample")).job_name for _ in range(50)}
    assert len({name.lower() for name in names}) == 50  # ListJobs filters names without regard to case
    assert all(re.fullmatch(r"ec2-sample-[a-z0-9]{8}", name) for name in names)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", fullmatch=True))
def test_a_name_with_its_suffix_is_still_a_job_name(prefix: str) -> None:
    name = unique_job_name(prefix)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", name)
    assert name.startswith(prefix[:119])


# ------------------------------------------------------------------ refusals
# fmt: off
# ruff: noqa: E501 - a table reads better with one refusal a line
REFUSED: list[tuple[str, str | None, JobSpec, str, str]] = [
    ("ec2-sampl", None, JobSpec(), "DEFINITION: local has no job definition 'ec2-sampl'", "Did you mean 'ec2-sample'?"),
    ("ec2-sample", "none", JobSpec(), "--queue: local has no job queue 'none'", "It has: ec2-high-priority"),
    (
        "ec2-sample",
        "fargate-low-priority",
        JobSpec(),
        "--queue awa-batch-local-fargate-low-priority is FARGATE, but the job definition awa-batch-local-ec2-sample is EC2.",
        "Use --queue ec2-high-priority or ec2-low-priority.",
    ),
    ("ec2-sample", None, JobSpec(name="a b"), "--name 'a b'", "Use --name a-b."),
    ("ec2-sample", None, JobSpec(name=""), "--name ''", "Use --name job."),
    ("ec2-sample", None, JobSpec(env={"AWS_BATCH_JOB_ID": "1"}), "--env AWS_BATCH_JOB_ID:", "Use another name"),
    ("ec2-sample", None, JobSpec(array=1), "--array 1:", "Leave it out"),
    ("ec2-sample", None, JobSpec(array=0), "--array 0:", "Leave it out"),
    ("ec2-sample", None, JobSpec(attempts=0), "--attempts 0:", "Use --attempts 1."),
    ("ec2-sample", None, JobSpec(timeout=0), "--timeout 0:", "Use --timeout 60."),
    ("ec2-sample", None, JobSpec(scheduling_priority=-1), "--scheduling-priority -1:", "Use --scheduling-priority 0."),
    ("ec2-sample", None, JobSpec(depends_on=["x"] * 21), "--depends-on: 21", "Make the earlier jobs one array"),
    ("ec2-sample", None, JobSpec(tags={"aws:a": "b"}), "--tag: 'aws:a'", "Use a shorter key"),
    ("ec2-sample", None, JobSpec(share_identifier="a"), "--share-identifier a: the queue", "Leave it out"),
    ("fargate-sample", None, JobSpec(share_identifier="a-b"), "--share-identifier a-b:", "Use --share-identifier ab."),
    ("ec2-sample", None, JobSpec(vcpu=0.5), "--vcpu 0.5: a job on EC2 takes whole vCPUs", "Use --vcpu 1."),
    ("ec2-sample", None, JobSpec(vcpu=2.6), "--vcpu 2.6: a job on EC2", "Use --vcpu 3."),
    ("ec2-sample", None, JobSpec(vcpu=0), "--vcpu 0: a job on EC2", "Use --vcpu 1."),
    ("ec2-sample", None, JobSpec(vcpu=float("nan")), "--vcpu nan: not a number", "Use --vcpu 1."),
    ("fargate-sample", None, JobSpec(vcpu=float("inf")), "--vcpu inf: not a number", "Use --vcpu 0.5."),
    ("ec2-sample", None, JobSpec(memory=3), "--memory 3: a job takes 4 MiB or more", "Use --memory 4 or more"),
    ("ec2-sample", None, JobSpec(vcpu=17), "--vcpu 17: the queue awa-batch-local-ec2-high-priority never", "Use --vcpu 16 or less"),
    ("fargate-sample", None, JobSpec(vcpu=32, memory=61440), "--vcpu 32: the queue", "Use --vcpu 16 or less"),
    ("fargate-sample", None, JobSpec(vcpu=3), "--vcpu 3: Fargate has no such size", "Use --vcpu 2"),
    ("fargate-sample", None, JobSpec(vcpu=4), "--memory 1024: Fargate has no 4 vCPU", "Use --memory 8192"),
    ("fargate-sample", None, JobSpec(memory=512), "--memory 512: Fargate has no 0.5 vCPU", "Use --memory 1024, or --vcpu 0.25"),
    ("ec2-sample", None, JobSpec(tags={"a": "50%"}), "--tag: the value of 'a' has '%'", "Use letters, digits"),
    ("ec2-sample", None, JobSpec(command=["echo", ""]), "--command: word 2 of the command is empty", "Leave the word out"),
    ("ec2-sample", None, JobSpec(container_overrides={"command": [""]}), "--container-overrides-file: word 1", "Leave the word out"),
    ("ec2-sample", None, JobSpec(container_overrides={"command": ["\0"]}), "--container-overrides-file: 'command': entry 1 has a NUL", "Take that"),
    ("ec2-sample", None, JobSpec(command=["a\0"]), "--command: entry 1 has a NUL", "Take that"),
    ("ec2-sample", None, JobSpec(env={"A": "\0"}), "--env: 'A' has a NUL", "Take that"),
    ("ec2-sample", None, JobSpec(params={"a": "\ud800"}), "--param: 'a' has half of a surrogate pair", "Take that"),
    ("ec2-sample", None, JobSpec(config={"a": ["\udfff"]}), "--config: 'a': entry 1 has half of a surrogate pair", "Take that"),
    ("ec2-sample", None, JobSpec(name="a\0"), "--name has a NUL", "Take that"),
    ("ec2-sample", None, JobSpec(env={"C": "x" * 8192}), "containerOverrides has ", "Put the configuration in S3"),
    ("ec2-sample", None, JobSpec(command=["x" * 8192]), "containerOverrides has ", "Put the configuration in S3"),
    ("ec2-sample", None, JobSpec(params={"a": "x" * 31000}), "The request has ", "Put large parameters in S3"),
]
# fmt: on


@pytest.mark.parametrize(("definition", "queue", "options", "what", "fix"), REFUSED)
def test_refused(definition: str, queue: str | None, options: JobSpec, what: str, fix: str, contract: Contract) -> None:
    with pytest.raises(UsageError) as caught:
        build_request(contract, replace(options, definition=definition, queue=queue))
    said = caught.value.told(FlagWords())
    assert said[0].startswith(what)
    assert said[1].startswith(fix)
    assert caught.value.exit_code == 2
    assert "\n" not in "".join(said)


def test_without_a_release_nothing_can_be_submitted(contract: Contract) -> None:
    with pytest.raises(NotAppliedError) as caught:
        build_request(replace(contract, job_definitions={}), JobSpec("ec2-sample"))
    assert caught.value.exit_code == 4


def test_a_fair_share_queue_without_a_default_wants_an_identifier(contract_value: dict[str, Any]) -> None:
    contract_value["queues"]["fargate-high-priority"]["default_share_identifier"] = None
    contract = Contract.checked(contract_value)
    with pytest.raises(UsageError, match=r"^share_identifier is missing") as caught:
        build_request(contract, JobSpec("fargate-sample"))
    assert caught.value.fix == "Pass share_identifier NAME."


def test_a_definition_that_fits_no_instance_is_refused_though_nothing_was_overridden(
    contract_value: dict[str, Any],
) -> None:
    contract_value["queues"]["ec2-high-priority"]["max_vcpus"] = 4
    contract_value["job_definitions"]["ec2-sample"]["vcpu"] = 8
    contract = Contract.checked(contract_value)
    with pytest.raises(UsageError, match=r"vcpu 8: the queue .* never has more than 4 vCPUs"):
        build_request(contract, JobSpec("ec2-sample"))


def test_a_config_that_just_fits_is_taken(contract: Contract) -> None:
    room = 8192 - len('{"environment":[{"name":"CONFIG_JSON","value":""}]}')
    fits = build_request(contract, JobSpec("ec2-sample", env={"CONFIG_JSON": "x" * room}))
    assert fits.overrides_characters == 8192
    assert fits.uploads == ()


def test_a_larger_config_goes_to_s3_and_its_uri_to_the_job(contract: Contract) -> None:
    text = json.dumps({"a": "é" * 8192}, ensure_ascii=False)
    options = JobSpec(env={"A": "b", "CONFIG_JSON": text, "C": "d"})
    request = build_request(contract, replace(options, definition="ec2-sample"))
    (upload,) = request.uploads
    assert upload.body == text.encode()
    assert upload.uri == f"s3://{contract.data_bucket.name}/submit/{hashlib.sha256(text.encode()).hexdigest()}.json"
    assert request.container_overrides["environment"] == [
        {"name": "A", "value": "b"},
        {"name": "CONFIG_JSON", "value": upload.uri},
        {"name": "C", "value": "d"},
    ]
    assert build_request(contract, replace(options, definition="ec2-sample")).uploads == request.uploads


def test_without_a_bucket_a_larger_config_is_refused(contract_value: dict[str, Any]) -> None:
    contract_value["data_bucket"] = {"name": "", "arn": ""}
    with pytest.raises(UsageError, match="containerOverrides has"):
        build_request(
            Contract.checked(contract_value),
            JobSpec("ec2-sample", env={"CONFIG_JSON": "1" * 8192}),
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    options=st.builds(
        JobSpec,
        name=st.none() | st.text(max_size=10),
        vcpu=st.none() | st.floats(),
        memory=st.none() | st.integers(),
        array=st.none() | st.integers(),
        attempts=st.none() | st.integers(),
        timeout=st.none() | st.integers(),
        scheduling_priority=st.none() | st.integers(),
        share_identifier=st.none() | st.text(max_size=5),
        env=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
        tags=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    ),
    definition=st.sampled_from(["ec2-sample", "fargate-sample"]),
)
def test_whatever_is_asked_for_is_built_or_refused_in_two_lines(
    options: JobSpec, definition: str, contract: Contract
) -> None:
    refusal: AwaBatchError | None = None
    try:
        request = build_request(contract, replace(options, definition=definition)).submit_job
        json.dumps(request, allow_nan=False)
    except AwaBatchError as error:
        refusal = error
    if refusal:
        assert refusal.fix
        assert "\n" not in refusal.what + refusal.fix
