"""An environment in an account: only what was shown and agreed to is applied, the image between the two applies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from awa_batch.batch.scanning import Scan
from awa_batch.environment import AccountEnvironment
from awa_batch.errors import UsageError
from awa_batch.images.push import PushFailedError
from awa_batch.target import AccountTarget

if TYPE_CHECKING:
    from awa_batch.contract import Contract


class FakeRoot:
    def __init__(self, folder: Path, done: list[str], changes: list[bool]) -> None:
        self.path, self.plan_path = folder, folder / "awa-batch.tfplan"
        self._done, self._changes = done, changes
        self.shown: dict[str, Any] = {}

    def saved_plan(self) -> dict[str, Any]:
        return self.shown

    def plan(self, *, save: bool) -> bool:
        assert save
        self._done.append("plan")
        self.plan_path.touch()
        return self._changes.pop(0)

    def apply(self, *, plan_file: bool) -> None:
        assert plan_file  # what was shown is what is applied
        self._done.append("apply")


@pytest.fixture
def done() -> list[str]:
    return []


def environment(monkeypatch: pytest.MonkeyPatch, root: FakeRoot, done: list[str]) -> AccountEnvironment:
    monkeypatch.setattr(AccountEnvironment, "root", lambda _self, _say: root)
    monkeypatch.setattr(AccountEnvironment, "release", lambda _self, _say, **_: done.append("release"))
    return AccountEnvironment(AccountTarget("dev"))


def test_platform_image_release_in_that_order(tmp_path: Path, monkeypatch: Any, done: list[str]) -> None:
    dev = environment(monkeypatch, FakeRoot(tmp_path, done, [True, True]), done)
    assert dev.up(print, agree=done.append) == ()
    assert done == [
        "plan", "Apply the platform to dev?", "apply", "release", "plan", "Apply the release to dev?", "apply",
    ]  # fmt: skip


def test_the_images_that_jobs_name_are_released_too(tmp_path: Path, monkeypatch: Any, done: list[str]) -> None:
    (tmp_path / "main.tf").write_text(
        'module "platform" {\n  jobs = {\n    a = { image = "test" }\n    b = { image = "elsewhere" }\n'
        '    c = { image = "latest" }\n  }\n}\n'
    )
    dev = environment(monkeypatch, FakeRoot(tmp_path, done, [False, False]), done)
    monkeypatch.setattr(AccountEnvironment, "release", lambda _self, _say, *, image, **_: done.append(image))
    dev.up(print, agree=done.append)
    assert done == ["plan", "latest", "test", "plan"]


def test_what_changes_nothing_is_not_asked_for_and_leaves_no_plan(
    tmp_path: Path, monkeypatch: Any, done: list[str]
) -> None:
    root = FakeRoot(tmp_path, done, [False, False])
    environment(monkeypatch, root, done).up(print, agree=done.append)
    assert done == ["plan", "release", "plan"]
    assert not root.plan_path.exists()


def test_a_no_ends_it_there(tmp_path: Path, monkeypatch: Any, done: list[str]) -> None:
    def no(_question: str) -> None:
        raise UsageError("Not confirmed: nothing was changed.")

    dev = environment(monkeypatch, FakeRoot(tmp_path, done, [True, True]), done)
    with pytest.raises(UsageError, match="Not confirmed"):
        dev.up(print, agree=no)
    assert done == ["plan"]


def test_a_compute_environment_with_jobs_is_not_deleted_by_it(
    tmp_path: Path, monkeypatch: Any, done: list[str]
) -> None:
    root = FakeRoot(tmp_path, done, [True, True])
    before = {"arn": "a", "ecs_cluster_arn": "busy", "compute_resources": [{"type": "EC2"}]}
    change = {"actions": ["delete"], "before": before, "after": None}
    entry = {"type": "aws_batch_compute_environment", "index": "spot/a", "address": "x", "change": change}
    root.shown = {"resource_changes": [entry]}
    monkeypatch.setattr("awa_batch.environment.account.load_contract", lambda _name: None)
    monkeypatch.setattr("awa_batch.environment.account.Clients.make", lambda _self, _service: None)
    monkeypatch.setattr("awa_batch.environment.jobs_left.tasks_on", lambda _ecs, _clusters: {"busy": 2})
    with pytest.raises(UsageError, match="2 on ec2/spot/a"):
        environment(monkeypatch, root, done).up(print, agree=done.append)
    assert done == ["plan", "Apply the platform to dev?"]


def test_no_image_is_built_for_an_environment_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no environment 'nope'"):
        AccountEnvironment(AccountTarget("nope")).build(print)


def test_no_image_is_built_for_another_account(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.environment.account.load_contract", lambda _name: contract)
    monkeypatch.setattr("awa_batch.environment.account.Root", lambda _name: None)
    monkeypatch.setattr("awa_batch.batch.account.caller_account", lambda _clients: "999999999999")
    monkeypatch.setattr(
        "awa_batch.environment.account.build_and_push_ecr", lambda *_, **__: pytest.fail("it was built")
    )
    with pytest.raises(UsageError, match=f"of account 999999999999; .* is in account {contract.account_id}"):
        AccountEnvironment(AccountTarget("dev")).release(print)


@pytest.fixture
def account(contract: Contract, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """An account in which an image may be released; returns what was done."""
    done: list[str] = []
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setattr(
        "awa_batch.environment.account.load_contract", lambda _name: replace(contract, environment="dev")
    )
    monkeypatch.setattr("awa_batch.environment.account.Root", lambda _name: type("FakeRoot", (), {"path": tmp_path})())
    monkeypatch.setattr("awa_batch.batch.account.caller_account", lambda _clients: contract.account_id)
    monkeypatch.setattr("awa_batch.environment.account.revision", lambda *_: "1f2e3d4c5b6a")
    monkeypatch.setattr(
        "awa_batch.environment.account.build_and_push_ecr",
        lambda *_, **__: done.append("built") or f"{contract.repositories['latest'].url}@sha256:{'1' * 64}",
    )
    monkeypatch.setattr(
        "awa_batch.environment.image_scan.check_scan", lambda _ecr, reference, *_: done.append(f"scanned {reference}")
    )
    return done


def test_an_image_of_the_same_commit_is_taken_not_built_again(
    account: list[str], contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = f"sha256:{'2' * 64}"
    monkeypatch.setattr("awa_batch.batch.ecr_images.digest_of_tag", lambda *_: digest)
    reference = AccountEnvironment(AccountTarget("dev")).release(print)
    assert (reference, account) == (f"{contract.repositories['latest'].url}@{digest}", [])
    monkeypatch.setattr("awa_batch.batch.ecr_images.digest_of_tag", lambda *_: None)
    reference = AccountEnvironment(AccountTarget("dev")).release(print, scan=Scan("HIGH", 1))
    assert account == ["built", f"scanned {reference}"]


def test_changes_that_are_not_committed_are_refused_where_released_code_alone_runs(
    account: list[str], contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awa_batch.environment.account.revision", lambda *_: "1f2e3d4c5b6a-dirty")
    AccountEnvironment(AccountTarget("dev")).release(print)
    assert account == ["built"]
    strict = replace(contract, environment="dev", unreleased_code=False)
    monkeypatch.setattr("awa_batch.environment.account.load_contract", lambda _name: strict)
    with pytest.raises(UsageError, match="changes that are not committed"):
        AccountEnvironment(AccountTarget("dev")).release(print)
    assert account == ["built"]


def test_a_push_that_breaks_off_leaves_the_release_file_alone(
    account: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awa_batch.batch.ecr_images.digest_of_tag", lambda *_: None)
    AccountEnvironment(AccountTarget("dev")).release(print)
    released = (tmp_path / "release.auto.tfvars.json").read_bytes()

    def breaks(*_: object, **__: object) -> str:
        raise PushFailedError("The push to x failed: EOF.", fix="Push again.")

    monkeypatch.setattr("awa_batch.environment.account.build_and_push_ecr", breaks)
    with pytest.raises(PushFailedError):
        AccountEnvironment(AccountTarget("dev")).release(print)
    assert (tmp_path / "release.auto.tfvars.json").read_bytes() == released
    assert [path.name for path in tmp_path.iterdir()] == ["release.auto.tfvars.json"]


@pytest.mark.parametrize(
    ("variable", "given", "built", "told"),
    [
        ("", None, ("linux/amd64",), False),
        ("linux/arm64", None, ("linux/arm64",), True),
        ("linux/arm64", "linux/amd64,linux/arm64", ("linux/amd64", "linux/arm64"), False),
    ],
)
def test_an_image_for_another_processor_than_jobs_ask_for_is_told(
    account: list[str],
    contract: Contract,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    given: str | None,
    built: tuple[str, ...],
    told: bool,
) -> None:
    assert contract.repositories["latest"].architectures == ["X86_64"]
    monkeypatch.setenv("IMAGE_PLATFORM", variable)
    looked: list[str] = []
    monkeypatch.setattr("awa_batch.batch.ecr_images.digest_of_tag", lambda _e, _r, tag: looked.append(tag))
    monkeypatch.setattr(
        "awa_batch.environment.account.build_and_push_ecr",
        lambda *_, platforms, **__: account.extend(platforms) or f"x/latest@sha256:{'1' * 64}",
    )
    said: list[str] = []
    AccountEnvironment(AccountTarget("dev")).release(lambda line: said.append(str(line)), platform=given)
    assert tuple(account) == built
    assert [tag.endswith(("-arm64", "-multi")) for tag in looked] == [built != ("linux/amd64",)]
    assert any("Job definitions run latest on X86_64, where an image for linux/arm64" in line for line in said) == told


def test_a_platform_that_is_none_is_refused_first(account: list[str]) -> None:
    with pytest.raises(UsageError, match="is no platform of AWS Batch"):
        AccountEnvironment(AccountTarget("dev")).release(print, platform="linux/riscv64")
    assert account == []
