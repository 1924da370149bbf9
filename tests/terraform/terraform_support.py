"""The sources under terraform/ as data, and terraform itself for the native tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "terraform"
MODULES = sorted(path.parent for path in TERRAFORM.glob("modules/*/main.tf")) + sorted(
    path.parent for path in TERRAFORM.glob("modules/*/variables.tf") if not (path.parent / "main.tf").is_file()
)
ENVIRONMENTS = sorted(path.parent for path in TERRAFORM.glob("environments/*/main.tf"))
ROOTS = [*ENVIRONMENTS, TERRAFORM / "bootstrap"]
EVERY = [*MODULES, *ROOTS]
TESTED = sorted({path.parents[1] for path in TERRAFORM.glob("**/tests/*.tf*") if ".terraform" not in path.parts})
"""Folders with native tests, or with a list that becomes some."""


def name_of(folder: Path) -> str:
    """Return a folder as it is named below terraform/."""
    return str(folder.relative_to(TERRAFORM))


def plain(value: Any) -> Any:
    """Return what python-hcl2 read without its quotes and marks."""
    if isinstance(value, dict):
        return {plain(key): plain(one) for key, one in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str) and len(value) >= 2 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value


@cache
def parsed(folder: Path) -> dict[str, list[Any]]:
    """Return the blocks of a folder's .tf files, by kind."""
    blocks: dict[str, list[Any]] = {}
    for file in sorted(folder.glob("*.tf")):
        with file.open(encoding="utf-8") as stream:
            for kind, found in plain(hcl2.load(stream)).items():
                blocks.setdefault(kind, []).extend(found)
    return blocks


def named(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Return blocks with one label (variables, outputs, modules) by that label."""
    return {name: body for block in parsed(folder).get(kind, []) for name, body in block.items()}


def typed(folder: Path, kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the type, name and body of blocks with two labels (resources, data)."""
    for block in parsed(folder).get(kind, []):
        for type_, rest in block.items():
            for name, body in rest.items():
                yield type_, name, body


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key and value inside, at any depth."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield key, one
            yield from walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one)


def source(folder: Path) -> str:
    """Return the text of a folder's .tf files, without comments."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.tf")))
    return re.sub(r"(?m)^\s*#.*$", "", text)


def command(*args: str, cwd: Path, env: dict[str, str], timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run terraform and return what it said."""
    from awa_batch.terraform.binary import find_terraform

    return subprocess.run(
        [find_terraform().path, *args], cwd=cwd, env=env, text=True, capture_output=True, timeout=timeout, check=False
    )


def environment(scratch: Path) -> dict[str, str]:
    """Return an environment for terraform: unattended, no AWS settings, a provider mirror if there is one."""
    from awa_batch.terraform.binary import clean_environment
    from awa_batch.terraform.mirror import find_mirror

    env = {name: value for name, value in clean_environment().items() if not name.startswith(("AWS_", "TF_VAR_"))}
    mirror = find_mirror(TERRAFORM / "environments" / "dev" / ".terraform.lock.hcl")
    if mirror:
        config = scratch / "terraform.rc"
        config.write_text(
            f"provider_installation {{\n  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n}}\n"
        )
        env["TF_CLI_CONFIG_FILE"] = str(config)
    return env


def copied(scratch: Path) -> Path:
    """Return a copy of terraform/ in a folder, without anybody's state."""
    left_out = shutil.ignore_patterns(
        ".terraform", "*.tfstate*", "*.auto.tfvars.json", "*.awsconfig", "*.tfplan", "backend.hcl"
    )
    shutil.copytree(TERRAFORM, scratch / "terraform", ignore=left_out)
    return scratch / "terraform"


def init(folder: Path, env: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run terraform init of a copied folder, with the lock of the environments where it has none."""
    lock = folder / ".terraform.lock.hcl"
    if not lock.exists():
        shutil.copy(TERRAFORM / "environments" / "dev" / ".terraform.lock.hcl", lock)
    return command("init", "-backend=false", "-input=false", "-no-color", *options, cwd=folder, env=env)


def why_no_terraform() -> str | None:
    """Return why terraform cannot be run here, or None. With CI=true that is an error, not a reason to skip."""
    from awa_batch.errors import AwaBatchError
    from awa_batch.terraform.binary import find_terraform

    try:
        find_terraform()
    except AwaBatchError as error:
        if os.environ.get("CI") == "true":
            raise
        return str(error)
    return None
