"""Terraform's own tests and checks of every module and root, run as a user would, on a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from terraform_support import EVERY, ROOTS, TERRAFORM, TESTED, command, environment, name_of, why_no_terraform

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of terraform/ without anybody's state, and the environment to run terraform in."""
    if trouble := why_no_terraform():
        pytest.skip(trouble)
    scratch = tmp_path_factory.mktemp("terraform")
    target = scratch / "terraform"
    left_out = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.auto.tfvars.json", "*.tfplan", "backend.hcl")
    shutil.copytree(TERRAFORM, target, symlinks=True, ignore=left_out)
    return target, environment(scratch)


def init(folder: Path, env: dict[str, str]) -> Done:
    lock = folder / ".terraform.lock.hcl"
    if not lock.exists():
        shutil.copy(TERRAFORM / "environments" / "dev" / ".terraform.lock.hcl", lock)
    return command("init", "-backend=false", "-input=false", "-no-color", cwd=folder, env=env)


@pytest.fixture(scope="session")
def natives(copy: tuple[Path, dict[str, str]]) -> Iterator[dict[Path, Future[Done]]]:
    """Every native test, as many at once as there are cores: each spends its time starting the provider."""
    target, env = copy

    def run(folder: Path) -> Done:
        place = target / folder.relative_to(TERRAFORM)
        done = init(place, env)
        return done if done.returncode else command("test", "-no-color", cwd=place, env=env)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield {folder: pool.submit(run, folder) for folder in TESTED}


@pytest.mark.parametrize("folder", TESTED, ids=name_of)
def test_native(natives: dict[Path, Future[Done]], folder: Path) -> None:
    done = natives[folder].result()
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed." in done.stdout


@pytest.mark.parametrize("folder", ROOTS, ids=name_of)
def test_root_is_valid_and_its_lock_stays(copy: tuple[Path, dict[str, str]], folder: Path) -> None:
    target, env = copy
    place = target / folder.relative_to(TERRAFORM)
    done = init(place, env)
    assert done.returncode == 0, done.stdout + done.stderr
    done = command("validate", "-no-color", cwd=place, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (place / ".terraform.lock.hcl").read_bytes() == (folder / ".terraform.lock.hcl").read_bytes()


def test_format(copy: tuple[Path, dict[str, str]]) -> None:
    target, env = copy
    done = command("fmt", "-check", "-recursive", "-no-color", cwd=target, env=env)
    assert done.returncode == 0, done.stdout


def test_every_module_has_native_tests() -> None:
    assert {folder for folder in EVERY if folder.parent.name == "modules"} <= set(TESTED)
