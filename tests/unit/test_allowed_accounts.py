"""No plan, apply or destroy with the credentials of another account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from awa_batch.environment import AccountEnvironment
from awa_batch.errors import UsageError
from awa_batch.target import AccountTarget
from awa_batch.terraform.allowed_accounts import allowed_accounts, region_of
from awa_batch.terraform.root import Root

ACCOUNT_OF = "awa_batch.environment.account_root.account_of"
PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n%s}\n'


@pytest.fixture
def dev(project: Path) -> Path:
    folder = project / "terraform/environments/dev"
    (folder / "providers.tf").write_text(PROVIDER % "")
    return folder


def test_a_root_without_them_allows_all(dev: Path) -> None:
    assert allowed_accounts(dev) == ()
    assert region_of(dev) == "eu-west-1"


def test_those_of_backend_hcl_count(dev: Path) -> None:
    (dev / "backend.hcl").write_text('bucket = "b"\nallowed_account_ids = ["111111111111"]\n')
    assert allowed_accounts(dev) == ("111111111111",)


def test_those_of_the_provider_count_before_them(dev: Path) -> None:
    (dev / "backend.hcl").write_text('allowed_account_ids = ["111111111111"]\n')
    (dev / "providers.tf").write_text(PROVIDER % '  allowed_account_ids = ["222222222222", "333333333333"]\n')
    assert allowed_accounts(dev) == ("222222222222", "333333333333")


@pytest.mark.parametrize("value", ["[var.account]", "local.accounts", "[]"])
def test_what_is_not_written_out_is_left_to_terraform(dev: Path, value: str) -> None:
    (dev / "providers.tf").write_text(PROVIDER % f"  allowed_account_ids = {value}\n")
    assert allowed_accounts(dev) == ()


def test_another_account_is_refused_before_terraform_runs(dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (dev / "backend.hcl").write_text('allowed_account_ids = ["111111111111"]\n')
    asked: list[Any] = []
    monkeypatch.setattr(ACCOUNT_OF, lambda *words: asked.append(words) or "999999999999")
    monkeypatch.setattr(Root, "init", lambda *_: pytest.fail("terraform ran"))
    with pytest.raises(UsageError, match="of account 999999999999; environment dev is in account 111111111111"):
        AccountEnvironment(AccountTarget("dev")).root(print)
    assert [words[1:] for words in asked] == [(None, "eu-west-1")]


def test_its_own_account_goes_on(dev: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (dev / "backend.hcl").write_text('allowed_account_ids = ["111111111111"]\n')
    monkeypatch.setattr(ACCOUNT_OF, lambda *_: "111111111111")
    monkeypatch.setattr(Root, "init", lambda *_: True)
    assert AccountEnvironment(AccountTarget("dev")).root(print).environment == "dev"
