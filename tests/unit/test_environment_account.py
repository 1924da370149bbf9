"""An environment in an account: only what was shown and agreed to is applied, the image between the two applies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from awa_batch.environment import AccountEnvironment
from awa_batch.errors import UsageError
from awa_batch.target import AccountTarget

if TYPE_CHECKING:
    from awa_batch.contract import Contract


class FakeRoot:
    def __init__(self, folder: Path, done: list[str], changes: list[bool]) -> None:
        self.plan_path = folder / "awa-batch.tfplan"
        self._done, self._changes = done, changes

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
