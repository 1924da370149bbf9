"""What the commands call: the order of things, and what is refused before anything is built."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from awa_batch.batch.registry import ecr_sign_in
from awa_batch.contract import Contract
from awa_batch.errors import AwsError, NotAppliedError
from awa_batch.images import pipeline
from awa_batch.images.build import BuiltImage
from awa_batch.images.docker_engine import Engine, EngineUnavailableError
from awa_batch.images.platforms import PlatformUnavailableError
from tests.unit.images.conftest import FakeDocker

ROOT = Path(__file__).resolve().parents[3]
ENGINE = Engine(Path("docker"), (), "27", "Docker Engine", "amd64")
URL = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/awa-batch-local/latest"
DIGEST = "sha256:" + "ab" * 32

Steps = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def contract() -> Contract:
    return Contract.checked(json.loads((ROOT / "tests/data/contract.json").read_text()))


@pytest.fixture
def ecr() -> Any:
    return boto3.client("ecr", region_name="ap-northeast-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Steps:
    """Note builds and pushes instead of doing them."""
    done: Steps = []

    def build(name: str, **arguments: Any) -> BuiltImage:
        done.append(("build", {"name": name, **arguments}))
        return BuiltImage(name, f"awa-batch/{name}:rev", "sha256:id", "rev", 1.0)

    def push(_engine: Engine, image: str, repository: str, tag: str, **arguments: Any) -> str:
        done.append(("push", {"image": image, "repository": repository, "tag": tag, **arguments}))
        return f"{repository}@{DIGEST}"

    monkeypatch.setattr(pipeline, "build_image", build)
    monkeypatch.setattr(pipeline, "push_image", push)
    monkeypatch.setattr(pipeline, "image_tag", lambda *_: "rev")
    monkeypatch.setattr(pipeline, "start_registry", lambda *_: "127.0.0.1:5001")
    monkeypatch.setenv("AWA_BATCH_ROOT", str(ROOT))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(pipeline, "find_builder", lambda _: None)
    monkeypatch.setattr(pipeline, "check_buildable", lambda *_: None)
    return done


def signed_in(stub: Stubber) -> None:
    token = base64.b64encode(b"AWS:word").decode()
    stub.add_response("get_authorization_token", {"authorizationData": [{"authorizationToken": token}]}, {})


def test_the_local_push_goes_to_the_local_registry_unsigned(steps: Steps, tmp_path: Path) -> None:
    reference = pipeline.build_and_push_local(tmp_path, print, ENGINE)
    assert reference == f"127.0.0.1:5001/awa-batch-local/latest@{DIGEST}"
    (_, built), (_, pushed) = steps
    assert built.get("platform") is None  # it runs on this machine's engine
    assert pushed["tag"] == "rev"
    assert not pushed.get("auth")


@pytest.mark.parametrize(
    ("architectures", "given", "platform", "tag"),
    [
        (["X86_64"], (), "linux/amd64", "rev"),
        ([], (), "linux/amd64", "rev"),
        (["ARM64"], (), "linux/arm64", "rev-arm64"),
        (["X86_64"], ("linux/arm64",), "linux/arm64", "rev-arm64"),
    ],
)
def test_an_accounts_image_is_built_for_what_runs_it(
    contract: Contract,
    ecr: Any,
    steps: Steps,
    architectures: list[str],
    given: tuple[str, ...],
    platform: str,
    tag: str,
) -> None:
    repository = replace(contract.repositories["latest"], architectures=architectures)
    contract = replace(contract, repositories={"latest": repository})
    with Stubber(ecr) as stub:
        signed_in(stub)
        reference = pipeline.build_and_push_ecr(
            contract, lambda: ecr_sign_in(ecr), print, engine=ENGINE, platforms=given
        )
    assert reference == f"{URL}@{DIGEST}"
    (_, built), (_, pushed) = steps
    assert built["platform"] == platform
    assert (pushed["repository"], pushed["tag"], pushed["move"]) == (URL, tag, False)
    assert pushed["auth"] == {"username": "AWS", "password": "word"}


def test_an_image_for_both_is_two_under_one_name(
    contract: Contract, ecr: Any, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[tuple[str, dict[str, str]]] = []
    other = "sha256:" + "cd" * 32
    monkeypatch.setattr(pipeline, "push_index", lambda _api, tag, images: put.append((tag, dict(images))) or other)
    with Stubber(ecr) as stub:
        signed_in(stub)
        reference = pipeline.build_and_push_ecr(
            contract, lambda: ecr_sign_in(ecr), print, engine=ENGINE, platforms=("linux/amd64", "linux/arm64")
        )
    assert reference == f"{URL}@{other}"
    assert [(kind, values.get("platform") or values["tag"]) for kind, values in steps] == [
        ("build", "linux/amd64"),
        ("push", "rev"),
        ("build", "linux/arm64"),
        ("push", "rev-arm64"),
    ]
    assert put == [("rev-multi", {"linux/amd64": DIGEST, "linux/arm64": DIGEST})]


def test_what_the_engine_cannot_build_is_refused_before_anything(
    contract: Contract, ecr: Any, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PlatformUnavailableError("not that one", fix="Another.")

    monkeypatch.setattr(pipeline, "check_buildable", refuse)
    with Stubber(ecr), pytest.raises(PlatformUnavailableError):
        pipeline.build_and_push_ecr(
            contract, lambda: ecr_sign_in(ecr), print, engine=ENGINE, platforms=("linux/amd64", "linux/arm64")
        )
    assert steps == []


def test_a_repository_that_is_not_there_is_refused_first(contract: Contract, ecr: Any, steps: Steps) -> None:
    bare = replace(contract, repositories={})
    with Stubber(ecr), pytest.raises(NotAppliedError, match=r"no repository 'latest' \(it has: none\)"):
        pipeline.build_and_push_ecr(bare, lambda: ecr_sign_in(ecr), print, engine=ENGINE)
    assert steps == []


def test_a_refused_sign_in_costs_no_build(contract: Contract, ecr: Any, steps: Steps) -> None:
    with Stubber(ecr) as stub:
        stub.add_client_error("get_authorization_token", "AccessDeniedException")
        with pytest.raises(AwsError):
            pipeline.build_and_push_ecr(contract, lambda: ecr_sign_in(ecr), print, engine=ENGINE)
    assert steps == []


def test_without_an_engine_nothing_is_called(
    docker: FakeDocker, contract: Contract, ecr: Any, steps: Steps, calls: Callable[[], list[str]]
) -> None:
    with Stubber(ecr), pytest.raises(EngineUnavailableError):
        pipeline.build_and_push_ecr(contract, lambda: ecr_sign_in(ecr), print)
    assert steps == []
    assert calls() == []
