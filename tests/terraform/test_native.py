"""Terraform's own tests and checks of every module and root, run as a user would, on a copy."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from refusals import LISTED, write_native
from terraform_support import EVERY, ROOTS, TERRAFORM, TESTED, command, environment, name_of, why_no_terraform

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of terraform/ without anybody's state, and the environment to run terraform in."""
    if trouble := why_no_terraform():
        pytest.skip(trouble)
    scratch = tmp_path_factory.mktemp("terraform")
    return copied(scratch), environment(scratch)


def copied(scratch: Path) -> Path:
    left_out = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.auto.tfvars.json", "*.tfplan", "backend.hcl")
    shutil.copytree(TERRAFORM, scratch / "terraform", ignore=left_out)
    return scratch / "terraform"


def init(folder: Path, env: dict[str, str]) -> Done:
    lock = folder / ".terraform.lock.hcl"
    if not lock.exists():
        shutil.copy(TERRAFORM / "environments" / "dev" / ".terraform.lock.hcl", lock)
    return command("init", "-backend=false", "-input=false", "-no-color", cwd=folder, env=env)


@pytest.fixture(scope="session")
def attached(copy: tuple[Path, dict[str, str]]) -> Iterator[dict[str, str]]:
    """The environment in which every terraform uses one provider process: each start of its own takes it a second.

    It is how Terraform lets one debug a provider: started with -debug it prints the variable that names it.
    """
    target, env = copy
    done = init(target / "environments" / "dev", env)
    assert done.returncode == 0, done.stdout + done.stderr
    # As a pattern, since the folder of a mirror is a link.
    providers = target / "environments" / "dev" / ".terraform" / "providers"
    (program,) = providers.glob("*/hashicorp/aws/*/*/terraform-provider-aws*")
    process = subprocess.Popen(
        [program, "-debug"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    )
    try:
        assert process.stdout is not None
        lines = (re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line) for line in process.stdout)
        found = next(filter(None, lines), None)
        assert found is not None, f"{program} -debug ended without an address"
        yield {**env, "TF_REATTACH_PROVIDERS": found[1]}
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("folder", TESTED, ids=name_of)
def test_native(copy: tuple[Path, dict[str, str]], attached: dict[str, str], folder: Path) -> None:
    target, env = copy
    place = target / folder.relative_to(TERRAFORM)
    tests = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("tests/*.tftest.hcl")))
    if not re.search(r"(?m)^provider ", tests):  # one that is configured must be its own; mocks ask for the schema only
        env = attached
    if folder in LISTED:
        write_native(folder, place)
    done = init(place, env)
    assert done.returncode == 0, done.stdout + done.stderr
    done = command("test", "-no-color", cwd=place, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed." in done.stdout


@pytest.mark.parametrize("folder", ROOTS, ids=name_of)
def test_root_is_valid(copy: tuple[Path, dict[str, str]], attached: dict[str, str], folder: Path) -> None:
    place = copy[0] / folder.relative_to(TERRAFORM)
    done = init(place, attached)
    assert done.returncode == 0, done.stdout + done.stderr
    done = command("validate", "-no-color", cwd=place, env=attached)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_locks_of_all_roots_are_one() -> None:
    assert len({(folder / ".terraform.lock.hcl").read_bytes() for folder in ROOTS}) == 1


@pytest.mark.parametrize("folder", ROOTS, ids=name_of)
def test_a_lock_stays_as_it_is(copy: tuple[Path, dict[str, str]], folder: Path) -> None:
    """With the provider itself: of one that is attached, init writes nothing into the lock."""
    place = copy[0] / folder.relative_to(TERRAFORM)
    done = init(place, copy[1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert (place / ".terraform.lock.hcl").read_bytes() == (folder / ".terraform.lock.hcl").read_bytes()


def test_format(copy: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    done = command("fmt", "-check", "-recursive", "-no-color", cwd=copied(tmp_path), env=copy[1])
    assert done.returncode == 0, done.stdout


def test_every_module_has_native_tests() -> None:
    assert {folder for folder in EVERY if folder.parent.name == "modules"} <= set(TESTED)
