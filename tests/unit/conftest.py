"""A contract, a small clone and a scripted terraform for the toolkit's unit tests."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from awa_batch.contract import Contract
from awa_batch.paths import project_root
from awa_batch.terraform.binary import find_terraform

DATA = Path(__file__).resolve().parents[1] / "data"

FAKE_TERRAFORM = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path({folder!r})
args = [a for a in sys.argv[1:] if not a.startswith("-chdir=")]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(args) + "\\n")
(here / "environment.json").write_text(json.dumps(dict(os.environ)))
if args[0] == "version":
    print((here / "version").read_text())
    sys.exit(0)
script = json.loads((here / "script.json").read_text()).get(args[0], {{}})
root = next(a for a in sys.argv if a.startswith("-chdir="))[7:]
if args[0] == "init" and not script.get("code"):
    (pathlib.Path(root) / ".terraform" / "providers").mkdir(parents=True, exist_ok=True)
if script.get("sleep"):
    import signal, time
    signal.signal(signal.SIGINT, lambda *_: (here / "interrupted").touch())
    (here / "started").touch()
    time.sleep(script["sleep"])
    print("a line to a reader that may be gone " * 4000, flush=True)
    (here / "ended").touch()
sys.stdout.write(script.get("out", ""))
sys.stderr.write(script.get("err", ""))
sys.exit(script.get("code", 0))
"""


@dataclass(frozen=True)
class FakeTerraform:
    """A program that counts its calls and answers as it was told."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "terraform"

    @property
    def calls(self) -> list[list[str]]:
        """The calls but those of ``version``."""
        file = self.folder / "calls"
        found = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [call for call in found if call[0] != "version"]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the last call."""
        return dict(json.loads((self.folder / "environment.json").read_text()))

    def version(self, text: str) -> None:
        (self.folder / "version").write_text(text)

    def answer(self, command: str, **what: Any) -> None:
        """Let ``command`` print ``out`` and ``err`` and exit with ``code``."""
        file = self.folder / "script.json"
        script = json.loads(file.read_text())
        script[command] = what
        file.write_text(json.dumps(script))


def write_program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings of the machine's user, and no answer remembered from the test before."""
    for name in list(os.environ):
        if name.startswith(("AWA_BATCH_", "TF_", "AWS_")) and name != "AWS_CA_BUNDLE":
            monkeypatch.delenv(name)
    project_root.cache_clear()
    find_terraform.cache_clear()
    yield
    project_root.cache_clear()
    find_terraform.cache_clear()


@pytest.fixture
def contract_value() -> dict[str, Any]:
    """The contract as Terraform puts it out."""
    return dict(json.loads((DATA / "contract.json").read_text()))


@pytest.fixture
def contract(contract_value: dict[str, Any]) -> Contract:
    return Contract.model_validate(contract_value)


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
