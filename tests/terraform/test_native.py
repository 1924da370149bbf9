"""Terraform's own tests and checks of every module and root, run as a user would, on a copy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from refusals import LISTED, write_native
from terraform_support import EVERY, ROOTS, TERRAFORM, TESTED, command, copied, init, name_of


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
