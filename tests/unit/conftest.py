"""A contract, a small clone and a scripted terraform for the toolkit's unit tests."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toolkit_support import DATA, FAKE_TERRAFORM, FakeTerraform, write_program

from awa_batch.cli.words import FlagWords, speak
from awa_batch.contract import Contract
from awa_batch.paths import project_root
from awa_batch.terraform.binary import find_terraform


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No settings of the machine's user, nothing kept among what is theirs, no answer remembered from before."""
    for name in list(os.environ):
        if name.startswith(("AWA_BATCH_", "TF_", "AWS_")) and name != "AWS_CA_BUNDLE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    project_root.cache_clear()
    find_terraform.cache_clear()
    speak(FlagWords())
    monkeypatch.setattr("awa_batch.cli.words.program", lambda: "awa-batch")  # wherever the tests' environment lies
    on_ctrl_c = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, on_ctrl_c)  # a command that has ended ignores it
    project_root.cache_clear()
    find_terraform.cache_clear()


@pytest.fixture
def contract_value() -> dict[str, Any]:
    """The contract as Terraform puts it out."""
    return dict(json.loads((DATA / "contract.json").read_text()))


@pytest.fixture
def contract(contract_value: dict[str, Any]) -> Contract:
    return Contract.checked(contract_value)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with the environments local and dev, dev initialised with a local state."""
    root = tmp_path / "clone"
    for folder in ("terraform/modules/platform", "scripts/awa_batch"):
        (root / folder).mkdir(parents=True)
    (root / "terraform/modules/platform/main.tf").write_text('module "network" { source = "../network" }\n')
    for name in ("local", "dev"):
        folder = root / "terraform/environments" / name
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text('module "platform" { source = "../../modules/platform" }\n')
    (root / "terraform/environments/dev/.terraform").mkdir()
    monkeypatch.setenv("AWA_BATCH_ROOT", str(root))
    monkeypatch.setenv("AWA_BATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return root


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTerraform:
    folder = tmp_path / "fake-terraform"
    folder.mkdir()
    fake = FakeTerraform(folder)
    write_program(fake.path, FAKE_TERRAFORM.format(python=sys.executable, folder=str(folder)))
    fake.version('{"terraform_version": "1.11.4"}')
    (folder / "script.json").write_text("{}")
    monkeypatch.setenv("TF_BINARY", str(fake.path))
    return fake
