"""`submit --image`: what is registered and what is not, what is refused, and how it is told from what was released."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from observe_support import detail
from toolkit_support import OpenBatch

from awa_batch.batch.definitions import describe_definitions
from awa_batch.batch.derived import MAX_NAME, DerivedDefinition, derived_name
from awa_batch.batch.derived_definitions import find_derived, register_derived
from awa_batch.batch.revisions import newer_revision
from awa_batch.cli.jobs_shown import logical_definition
from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.control import RetryOptions, build_retry
from awa_batch.environment.holdings import deregister_derived
from awa_batch.errors import AwsError, NotThereError, UsageError
from awa_batch.explain import explain
from awa_batch.images.make_process_image import PROCESS_REGISTRY
from awa_batch.job import JobSpec
from awa_batch.request import JobRequest, build_request
from awa_batch.submission.derive import with_derived
from awa_batch.submission.image_there import check_images
from awa_batch.submission.preflight import check_requests
from awa_batch.target import target_of
from awa_batch.text import PLAIN

ARN = "arn:aws:batch:ap-northeast-1:123456789012:job-definition"
DIGEST = "0123456789abcdef" * 4
ECR = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"
IMAGE = f"{ECR}/awa-batch-dev/latest@sha256:{DIGEST}"
SIZES = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]


@pytest.fixture
def client() -> Any:
    return boto3.client("batch", region_name="ap-northeast-1", aws_access_key_id="a", aws_secret_access_key="b")


def base(**more: Any) -> dict[str, Any]:
    return {
        "jobDefinitionName": "dev-ec2-sample",
        "jobDefinitionArn": f"{ARN}/dev-ec2-sample:3",
        "revision": 3,
        "status": "ACTIVE",
        "type": "container",
        "containerOrchestrationType": "ECS",
        "parameters": {"a": "b"},
        "schedulingPriority": 0,
        "propagateTags": True,
        "platformCapabilities": ["EC2"],
        "retryStrategy": {"attempts": 2, "evaluateOnExit": []},
        "timeout": {"attemptDurationSeconds": 60},
        "tags": {"Project": "awa-batch", "aws:cloudformation:stack-name": "s"},
        **more,
    }


def single(**more: Any) -> dict[str, Any]:
    properties = {"image": "old@sha256:0", "jobRoleArn": "arn/role", "resourceRequirements": SIZES, "volumes": []}
    return base(containerProperties=properties, **more)


def several() -> dict[str, Any]:
    containers = [
        {"name": "fetch", "image": "tool@sha256:1", "essential": False, "resourceRequirements": SIZES},
        {"name": "main", "image": "old@sha256:0", "essential": True, "resourceRequirements": SIZES},
    ]
    return base(ecsProperties={"taskProperties": [{"containers": containers, "taskRoleArn": "arn/role"}]})


DERIVED = DerivedDefinition(f"{ARN}/dev-ec2-sample:3", IMAGE)
NAME = "dev-ec2-sample-image-0123456789ab-3"
TAGS = {"awa-batch:base": DERIVED.base, "awa-batch:image": IMAGE}


# ------------------------------------------------------------------------- names
def test_a_name_says_base_image_and_revision() -> None:
    assert DERIVED.name == NAME
    for text in (NAME, f"{NAME}:7", f"{ARN}/{NAME}:7"):
        found = derived_name(text)
        assert found is not None
        assert (found.base, found.revision, found.digest) == ("dev-ec2-sample", 3, "0123456789ab")
    for text in ("dev-ec2-sample:3", "dev-ec2-image-sample:3", "dev-ec2-sample-image-0123456789-3:1", "", "x:1"):
        assert derived_name(text) is None


def test_long_names_are_cut_and_stay_apart() -> None:
    first, second = (DerivedDefinition(f"{ARN}/dev-ec2-{'a' * 120}{end}:1234", IMAGE) for end in "xy")
    assert len(first.name) == len(second.name) == MAX_NAME
    assert first.name != second.name
    assert first.name.startswith("dev-ec2-aaa")
    assert derived_name(first.name)
    longest = DerivedDefinition(f"{ARN}/{'a' * (MAX_NAME - len('-image-0123456789ab-1'))}:1", IMAGE)
    assert longest.name == f"{'a' * 107}-image-0123456789ab-1"


# -------------------------------------------------------------------- registered
def test_all_that_the_base_says_is_registered_but_for_the_image(client: Any) -> None:
    described = single()
    sent = {key: described[key] for key in (
        "type", "parameters", "schedulingPriority", "propagateTags", "platformCapabilities", "retryStrategy", "timeout",
    )}  # fmt: skip
    sent |= {
        "jobDefinitionName": NAME,
        "containerProperties": {**described["containerProperties"], "image": IMAGE},
        "tags": {"Project": "awa-batch", **TAGS},
    }
    answer = {"jobDefinitionName": NAME, "jobDefinitionArn": f"{ARN}/{NAME}:1", "revision": 1}
    with Stubber(client) as stub:
        stub.add_response("describe_job_definitions", {"jobDefinitions": [described]})
        stub.add_response("register_job_definition", answer, sent)
        (found,) = describe_definitions(client, [DERIVED.base]).values()
        assert register_derived(client, found, DERIVED) == f"{ARN}/{NAME}:1"
        stub.assert_no_pending_responses()
    assert described["containerProperties"]["image"] == "old@sha256:0"


def test_of_several_containers_only_the_main_one_has_the_image(client: Any) -> None:
    answer = {"jobDefinitionName": NAME, "jobDefinitionArn": f"{ARN}/{NAME}:1", "revision": 1}
    asked: dict[str, Any] = {}
    client.meta.events.register(
        "provide-client-params.batch.RegisterJobDefinition", lambda params, **_: asked.update(params)
    )
    with Stubber(client) as stub:
        stub.add_response("describe_job_definitions", {"jobDefinitions": [several()]})
        stub.add_response("register_job_definition", answer)
        (found,) = describe_definitions(client, [DERIVED.base]).values()
        register_derived(client, found, DERIVED)
    assert "containerProperties" not in asked
    (task,) = asked["ecsProperties"]["taskProperties"]
    assert [(one["name"], one["image"]) for one in task["containers"]] == [("fetch", "tool@sha256:1"), ("main", IMAGE)]
    assert task["taskRoleArn"] == "arn/role"


def registered(revision: int, **more: Any) -> dict[str, Any]:
    found = single(tags=TAGS) | {"revision": revision, "jobDefinitionArn": f"{ARN}/{NAME}:{revision}"}
    found["containerProperties"] = {**found["containerProperties"], "image": IMAGE}
    return found | {"jobDefinitionName": NAME} | more


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ([], None),
        ([registered(1)], 1),
        ([registered(2), registered(1)], 2),
        # Of the same name, and something else: other 52 digits, or not from this base.
        ([registered(2, containerProperties={"image": "x@sha256:0123456789ab"}), registered(1)], 1),
        ([registered(1, tags={**TAGS, "awa-batch:base": "another"})], None),
        ([registered(1, tags={})], None),
    ],
)
def test_what_is_there_is_taken(client: Any, there: list[dict[str, Any]], taken: int | None) -> None:
    with Stubber(client) as stub:
        stub.add_response(
            "describe_job_definitions", {"jobDefinitions": there}, {"jobDefinitionName": NAME, "status": "ACTIVE"}
        )
        assert find_derived(client, DERIVED) == (f"{ARN}/{NAME}:{taken}" if taken else None)


def test_a_permission_that_is_missing_is_named(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("register_job_definition", "AccessDeniedException", "no iam:PassRole", 403)
        with pytest.raises(AwsError, match="no iam:PassRole") as caught:
            register_derived(client, single(), DERIVED)  # type: ignore[arg-type]
    assert "batch:RegisterJobDefinition" in caught.value.fix
    assert caught.value.exit_code == 3


# ----------------------------------------------------------------------- requests
def made(contract: Contract, **fields: Any) -> JobRequest:
    return build_request(contract, JobSpec(**{"definition": "ec2-sample", "image": IMAGE, **fields}))


def test_a_request_says_which_image_and_keeps_everything_else(contract: Contract, tmp_path: Path) -> None:
    released = contract.job_definitions["ec2-sample"]
    request = made(contract, tags={"team": "a"})
    assert request.submit_job["jobDefinition"] == f"{released.name}-image-0123456789ab-{released.revision}"
    assert (request.image, request.base_definition) == (IMAGE, released.arn)
    assert request.submit_job["tags"] == {"awa-batch:image": IMAGE, "team": "a"}
    assert request.job_name.startswith("ec2-sample-")
    same = made(contract, image=released.image)
    assert (same.derived, same.job_definition) == (None, released.arn)
    assert "tags" not in same.submit_job
    for name in (
        "container/latest/run_batch.py",
        "container/runtime/awa_runtime/__init__.py",
        "jobs/mine/run_batch.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("")
    both = made(contract, code=str(tmp_path), command=["python", "run_batch.py", "mine"])
    assert sorted(both.submit_job["tags"]) == ["awa-batch:code", "awa-batch:image"]
    assert both.derived == request.derived


@pytest.mark.parametrize(
    "image",
    ["repository:1.0", "repository", f"sha256:{DIGEST}", f"repository:1.0@sha256:{DIGEST}", f"@sha256:{DIGEST}",
     f"repo sitory@sha256:{DIGEST}", f"repository@sha256:{DIGEST.upper()}", f"repository@sha256:{DIGEST}\n"],
)  # fmt: skip
def test_only_a_whole_digest_names_an_image(contract: Contract, image: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(contract, image=image)
    assert caught.value.field.name == "image"
    assert "image list -o json" in caught.value.told(FlagWords())[1]


def test_what_is_longer_than_aws_takes_is_refused(contract: Contract) -> None:
    fits = f"{'r' * (255 - len(f'@sha256:{DIGEST}'))}@sha256:{DIGEST}"
    assert made(contract, image=fits).image == fits
    with pytest.raises(UsageError, match="AWS Batch takes 255 at most"):
        made(contract, image=f"r{fits}")


def test_an_environment_may_run_released_images_alone(contract: Contract) -> None:
    closed = replace(contract, unreleased_code=False)
    with pytest.raises(UsageError, match="runs released images alone"):
        made(closed)
    released = contract.job_definitions["ec2-sample"].image
    assert made(closed, image=released).derived is None


class Registering(OpenBatch):
    """Takes definitions, and has those that it took."""

    def __init__(self, **changes: dict[str, Any]) -> None:
        super().__init__(**changes)
        self.registered: list[dict[str, Any]] = []

    def register_job_definition(self, **asked: Any) -> dict[str, Any]:
        name, revision = asked["jobDefinitionName"], len(self.registered) + 1
        self.registered.append({**asked, "revision": revision, "jobDefinitionArn": f"{ARN}/{name}:{revision}"})
        return self.registered[-1]

    def get_paginator(self, _name: str) -> Any:
        def pages(status: str, jobDefinitionName: str | None = None) -> list[dict[str, Any]]:  # noqa: N803
            assert status == "ACTIVE"
            return [
                {"jobDefinitions": [one]}
                for one in self.registered
                if jobDefinitionName in (None, one["jobDefinitionName"])
            ]

        return SimpleNamespace(paginate=pages)

    def deregister_job_definition(self, jobDefinition: str) -> None:  # noqa: N803
        self.registered = [one for one in self.registered if one["jobDefinitionArn"] != jobDefinition]


SAMPLE = "awa_batch_local_ec2_sample_1"
PROPERTIES = {"type": "container", "containerProperties": {"image": "old", "resourceRequirements": SIZES}}


def test_each_definition_is_registered_once_for_all_jobs(contract: Contract) -> None:
    batch = Registering(**{SAMPLE: PROPERTIES})
    clients: Any = SimpleNamespace(batch=batch)
    other = IMAGE.replace("0123", "3210")
    requests = [made(contract), made(contract, image=None), made(contract), made(contract, image=other)]
    told: list[Any] = []
    ready = with_derived(clients, requests, told.append)
    assert [one["containerProperties"]["image"] for one in batch.registered] == [IMAGE, other]
    assert len(told) == 2
    first, second = (one["jobDefinitionArn"] for one in batch.registered)
    assert [one.job_definition for one in ready] == [first, requests[1].job_definition, first, second]
    assert [one.job_name for one in ready] == [one.job_name for one in requests]
    assert with_derived(clients, requests, told.append) == ready
    assert len(batch.registered) == len(told) == 2


def test_the_preflight_looks_at_the_base(contract: Contract) -> None:
    batch: Any = Registering(**{SAMPLE: PROPERTIES})
    assert check_requests(batch, [made(contract)]) == []
    gone: Any = Registering(**{SAMPLE: {"status": "INACTIVE"}})
    with pytest.raises(NotThereError, match="ec2-sample:1: this revision is deregistered"):
        check_requests(gone, [made(contract)])
    with pytest.raises(UsageError, match="51 tags"):
        check_requests(
            Registering(**{SAMPLE: PROPERTIES | {"tags": {f"k{number}": "v" for number in range(49)}}}),  # type: ignore[arg-type]
            [made(contract)],
        )


# ----------------------------------------------------------------- is it there at all
class Ecr:
    def __init__(self, *answers: Any) -> None:
        self.asked: list[Any] = []
        self.answers = list(answers)

    def describe_images(self, **asked: Any) -> Any:
        from botocore.exceptions import ClientError

        self.asked.append(asked)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer, "Message": "m"}}, "DescribeImages")
        return {"imageDetails": answer}


def look(contract: Contract, ecr: Ecr, image: str = IMAGE) -> list[str]:
    clients: Any = SimpleNamespace(contract=contract, make=lambda _service: ecr)
    return [PLAIN.say(note) for note in check_images(clients, [made(contract, image=image)] * 2)]


@pytest.fixture
def dev(contract: Contract) -> Contract:
    repository = contract.repositories["latest"]
    return replace(
        contract,
        environment="dev",
        repositories={"latest": replace(repository, url=f"{ECR}/awa-batch-dev/latest")},
    )


def test_ecr_is_asked_once_for_an_image(dev: Contract) -> None:
    ecr = Ecr([{"imageDigest": f"sha256:{DIGEST}"}])
    assert look(dev, ecr) == []
    assert ecr.asked == [
        {
            "registryId": "123456789012",
            "repositoryName": "awa-batch-dev/latest",
            "imageIds": [{"imageDigest": f"sha256:{DIGEST}"}],
        }
    ]


@pytest.mark.parametrize("code", ["ImageNotFoundException", "RepositoryNotFoundException"])
def test_an_image_that_is_not_there_is_refused(dev: Contract, code: str) -> None:
    with pytest.raises(NotThereError, match="its registry has no such image"):
        look(dev, Ecr(code))


def test_where_it_cannot_be_asked_a_note_says_so(dev: Contract) -> None:
    (note,) = look(dev, Ecr("AccessDeniedException"))
    assert "was not looked for" in note
    ecr = Ecr()
    own, unasked = look(dev, ecr, IMAGE.replace("ap-northeast-1", "us-east-1"))
    assert "images.extra_repository_arns" in own
    assert "was not looked for" in unasked
    assert "was not looked for" in look(dev, ecr, f"quay.io/some/thing@sha256:{DIGEST}")[-1]
    assert ecr.asked == []
    with pytest.raises(AwsError, match="ServerException"):
        look(dev, Ecr("ServerException"))


def test_a_process_image_is_looked_for_in_the_state(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    image = f"{PROCESS_REGISTRY}/latest@sha256:{DIGEST}"
    with pytest.raises(NotThereError):
        look(contract, Ecr(), image)
    folder = tmp_path / "process-images" / DIGEST
    folder.mkdir(parents=True)
    (folder / "image.json").write_text("{}")
    assert look(contract, Ecr(), image) == []


# -------------------------------------------------------------------- afterwards
def test_there_is_no_newer_revision_of_a_derived_definition() -> None:
    class Never:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    never: Any = Never()
    assert newer_revision(never, f"{ARN}/{NAME}:1", None) is None


def test_the_history_names_base_and_image(contract: Contract) -> None:
    name = contract.job_definitions["ec2-sample"].name
    assert logical_definition(contract, f"{name}-image-0123456789ab-4:2") == "ec2-sample:4 image 0123456789ab"
    assert logical_definition(contract, f"{name}:4") == "ec2-sample:4"


def test_a_destroy_takes_its_own_along_and_no_others(contract: Contract) -> None:
    batch = Registering()
    prefix, tags = contract.prefix, {"awa-batch:base": "b"}
    own = {f"{prefix}-ec2-sample-image-0123456789ab-1", f"{prefix}-fargate-gone-image-0123456789ab-9"}
    others = {
        f"{prefix}-2-ec2-sample-image-0123456789ab-1",  # of an environment whose name begins alike
        f"{prefix}-ec2-sample",
        f"{prefix}-ec2-own-image-0123456789ab-1",  # without the tag: somebody's own
    }
    for name in sorted(own | others):
        batch.register_job_definition(jobDefinitionName=name, tags={} if "-own-" in name else tags)
    said: list[Any] = []
    clients: Any = SimpleNamespace(contract=contract, batch=batch)
    deregister_derived(clients, said.append)
    assert {one["jobDefinitionName"] for one in batch.registered} == others
    assert said == ["2 job definitions of images that were not released deregistered"]
    deregister_derived(clients, said.append)
    assert len(said) == 1


def test_who_may_not_deregister_is_told_and_goes_on(contract: Contract, client: Any) -> None:
    said: list[Any] = []
    with Stubber(client) as stub:
        stub.add_response(
            "describe_job_definitions",
            {"jobDefinitions": [registered(1, jobDefinitionName=f"{contract.prefix}-ec2-sample-image-0123456789ab-1")]},
        )
        stub.add_client_error("deregister_job_definition", "AccessDeniedException", "no", 403)
        clients: Any = SimpleNamespace(contract=contract, batch=client)
        deregister_derived(clients, said.append)
    assert "AccessDeniedException" in PLAIN.say(said[0])
    assert "awa-batch:base" in PLAIN.say(said[0])


def job_of(definition: str, **more: Any) -> dict[str, Any]:
    container = {"image": IMAGE, "command": ["python", "run_batch.py", "mine"], "exitCode": 2, "reason": "Exited"}
    return detail("j", "FAILED", container=container, jobDefinition=definition, **more)


def test_why_names_the_image_and_sends_nobody_to_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.explain.gather.missing_job", lambda *_: "mine")
    batch = SimpleNamespace(describe_jobs=lambda jobs: {"jobs": [job_of(f"{ARN}/{NAME}:1") for _ in jobs]})
    clients: Any = SimpleNamespace(batch=batch, contract=SimpleNamespace(target=target_of("dev")))
    found = explain(clients, "j", log_lines=0)
    assert found.evidence[-1] == "the image 0123456789ab that it was given ran in place of that of dev-ec2-sample:3"
    assert (found.verdict, found.newer) == ("JOB_NOT_IN_IMAGE", None)
    steps = " ".join(FlagWords().say(step) for step in found.next)
    assert "--image" in steps
    assert "--latest" not in steps
    assert "make up" not in steps


def test_a_retry_of_what_was_deregistered_says_how_to_submit_anew(contract: Contract) -> None:
    gone = registered(1, status="INACTIVE")
    batch = SimpleNamespace(
        describe_jobs=lambda jobs: {"jobs": [job_of(f"{ARN}/{NAME}:1") for _ in jobs]},
        describe_job_definitions=lambda jobDefinitions: {"jobDefinitions": [gone for _ in jobDefinitions]},  # noqa: N803
    )
    clients: Any = SimpleNamespace(batch=batch, contract=contract)
    with pytest.raises(UsageError, match="is deregistered") as caught:
        build_retry(clients, "j", RetryOptions())
    assert caught.value.told(FlagWords())[1].strip() == "Submit it anew, with --image."
    with pytest.raises(UsageError, match="has no newer revision"):
        build_retry(clients, "j", RetryOptions(latest=True))
