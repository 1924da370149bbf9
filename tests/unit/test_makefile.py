"""The front door: nothing acts on something else than what was named."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

if shutil.which("make") is None:
    pytest.skip("no make on PATH", allow_module_level=True)


def make(*words: str, dry: bool = False) -> subprocess.CompletedProcess[str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"ENV", "YES", "EMPTY", "MAKEFLAGS", "MAKELEVEL"}
    }
    # Nothing is set up: no target may get that far, or (dry) is run.
    return subprocess.run(
        ["make", *(["-n"] if dry else []), "--old-file=setup", *words],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("target", ["demo", "down", "clean"])
def test_what_concerns_env_local_alone_refuses_another(target: str) -> None:
    done = make(target, "ENV=prod")
    assert (done.returncode, done.stdout) == (2, "")
    what, fix, _make = done.stderr.splitlines()
    assert what == f"make {target}: this is of ENV=local alone but ENV=prod was given."
    assert fix.startswith("  Leave ENV out.")


@pytest.mark.parametrize("said", ["", "0", "n", "no", "No", "false", "off"])
def test_a_no_is_no_yes(said: str) -> None:
    assert "--yes" not in make("apply", f"YES={said}", dry=True).stdout


@pytest.mark.parametrize("said", ["1", "y", "yes", "true"])
def test_a_yes_is_one(said: str) -> None:
    assert "apply -E 'dev' --yes" in make("apply", "ENV=dev", f"YES={said}", dry=True).stdout


@pytest.mark.parametrize(("said", "meant"), [("", False), ("0", False), ("no", False), ("1", True), ("yes", True)])
def test_only_a_yes_empties(said: str, meant: bool) -> None:
    assert ("--empty" in make("destroy", "ENV=dev", f"EMPTY={said}", dry=True).stdout) == meant


@pytest.mark.parametrize("said", ["maybe", "2", "yess", "no yes maybe"])
@pytest.mark.parametrize(("target", "name"), [("apply", "YES"), ("destroy", "EMPTY")])
def test_what_is_neither_yes_nor_no_is_refused(target: str, name: str, said: str) -> None:
    done = make(target, f"{name}={said}", dry=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{name}={said} is neither yes nor no. Write {name}=1, or leave it out." in done.stderr


def test_no_variable_counts_for_a_flag_whatever_it_holds() -> None:
    """What is no value of its own is a yes or a no, and goes through the words for both."""
    text = (ROOT / "Makefile").read_text()
    assert re.findall(r"\$\(if \$\((\w+)\),\s*--(\w+)\)", text) == []


@pytest.mark.parametrize("name", ["a b", "a'b", "a;id", "a$$(id)", 'a"b', "日本"])
@pytest.mark.parametrize("target", ["up", "plan", "destroy", "build", "new-env", "demo"])
def test_a_name_is_one_word_for_the_shell(target: str, name: str) -> None:
    said = make(target, f"ENV={name}", dry=True).stdout
    words = shlex.split(said.replace("\\\n", ""))
    meant = name.replace("$$", "$")
    assert meant in words or any(f"ENV={meant} was given." in word for word in words), said


@pytest.mark.parametrize("way", ["-C", "-f"])
def test_the_jobs_makefile_works_in_a_folder_with_a_blank(way: str, tmp_path: Path) -> None:
    clone = tmp_path / "a b 日本"
    shutil.copytree(ROOT / "jobs/version_test", clone / "jobs/version_test")
    python = clone / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ -f "$1" ] && echo "ran $@"\n')
    python.chmod(0o755)
    words = ["-C", "jobs/version_test"] if way == "-C" else ["-f", "jobs/version_test/Makefile"]
    env = {name: value for name, value in os.environ.items() if name not in {"ENV", "MAKEFLAGS", "MAKELEVEL", "PYTHON"}}
    done = subprocess.run(
        ["make", *words, "ec2_simple_submit_job", "ARGS=--wait"],
        cwd=clone, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ec2_simple_submit_job.py --wait" in done.stdout
