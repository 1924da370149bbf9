"""The front door: nothing acts on something else than what was named."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _make() -> None:
    if shutil.which("make") is None:
        missing("no make on PATH")


def make(*words: str, dry: bool = False) -> subprocess.CompletedProcess[str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"ENV", "YES", "EMPTY", "POLICIES", "MAKEFLAGS", "MAKELEVEL"}
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


@pytest.mark.parametrize(
    ("variable", "words", "runner"),
    [(None, [], "auto"), ("process", [], "process"), ("", [], "auto"), ("docker", ["RUNNER=process"], "process")],
)
def test_the_variable_of_the_runner_counts_unless_make_is_told_another(
    clone: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None, words: list[str], runner: str
) -> None:
    """As for every other way to call the command line: AWA_BATCH_RUNNER in a shell, in a profile or in CI."""
    monkeypatch.delenv("RUNNER", raising=False)
    monkeypatch.delenv("AWA_BATCH_RUNNER", raising=False)
    if variable is not None:
        monkeypatch.setenv("AWA_BATCH_RUNNER", variable)
    (clone / ".venv/bin/awa-batch").write_text('#!/bin/sh\necho "$AWA_BATCH_RUNNER"\n')
    done = step(clone, "demo", *words)
    assert (done.returncode, done.stdout) == (0, f"{runner}\n"), done.stderr


def test_a_folder_for_policies_is_one_word_for_the_shell() -> None:
    said = make("bootstrap", "ENV=dev", "POLICIES=a b", dry=True).stdout
    assert shlex.split(said)[-4:] == ["-E", "dev", "--deployer-policies", "a b"]
    assert "--deployer-policies" not in make("bootstrap", "ENV=dev", dry=True).stdout


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


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose programs say what they were called with."""
    shutil.copy(ROOT / "Makefile", tmp_path / "Makefile")
    for name in ("s3_concat", "mine", "version_test"):
        (tmp_path / "jobs" / name).mkdir(parents=True)
    for name in ("s3_concat", "mine"):
        (tmp_path / "jobs" / name / "init.py").touch()
    for name in (".venv/bin/python", ".venv/bin/awa-batch", "bin/docker"):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\n[ "$1" = local ] || echo {program.name} "$@"\n')
        program.chmod(0o755)
    return tmp_path


def step(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    left_out = {"ENV", "JOB", "IMAGE", "ARGS", "MAKEFLAGS", "MAKELEVEL"}
    env = {name: value for name, value in os.environ.items() if name not in left_out}
    env["PATH"] = f"{clone / 'bin'}:{env['PATH']}"
    return subprocess.run(
        ["make", "--old-file=setup", *words], cwd=clone, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("words", "called"),
    [
        (["local-init"], ["python jobs/mine/init.py local", "python jobs/s3_concat/init.py local"]),
        (["local-init", "JOB=s3_concat", "ENV=dev"], ["python jobs/s3_concat/init.py dev"]),
        (
            ["local-run", "ARGS=--param_json 'a b'"],
            ["python container/latest/run_batch.py version_test --param_json a b"],
        ),
        (["docker-build", "IMAGE=test"], ["awa-batch build -E local --image test"]),
        (
            ["docker-run", "ENV=dev", "JOB=mine"],
            ["awa-batch image run -E dev --image latest -- python run_batch.py mine"],
        ),
        (["docker-run", "IMAGE=test"], ["awa-batch image run -E local --image test"]),
        (["docker-shell"], ["awa-batch image run -E local --image latest --shell"]),
        (["build", "IMAGE=test"], ["awa-batch build -E local --image test"]),
        (["push", "IMAGE=test", "ENV=dev"], ["awa-batch push -E dev --image test"]),
        (["release", "ENV=dev", "YES=1"], ["awa-batch release run -E dev --image latest --yes"]),
        (["rollback"], ["awa-batch release rollback -E local --image latest"]),
        (["ecr-push", "ENV=dev"], ["awa-batch push -E dev --image latest"]),
    ],
)
def test_each_step_of_the_image_calls_what_it_says(clone: Path, words: list[str], called: list[str]) -> None:
    done = step(clone, *words)
    assert (done.returncode, done.stdout.splitlines()) == (0, called), done.stderr


def test_a_job_without_input_is_refused_in_two_lines(clone: Path) -> None:
    done = step(clone, "local-init", "JOB=version_test")
    assert done.returncode == 2
    assert done.stderr.splitlines()[:2] == [
        "make local-init: there is no jobs/version_test/init.py.",
        "  The job reads nothing that is uploaded, or JOB is misspelt.",
    ]


def test_the_images_of_the_engine_are_removed_each_once(clone: Path) -> None:
    docker = clone / "bin/docker"
    docker.write_text('#!/bin/sh\necho "$@" >>"$0.log"\n[ "$2" = rm ] || printf "b\\na\\nb\\n"\n')
    assert step(clone, "docker-clean").returncode == 0
    listed, removed = (clone / "bin/docker.log").read_text().splitlines()
    assert listed.split()[-4:] == ["--filter", "reference=awa-batch/*", "--filter", "reference=awa-batch/*/*"]
    assert removed == "image rm --force a b"


def test_a_package_is_of_all_jobs_unless_one_is_named() -> None:
    assert shlex.split(make("add", "PKG=polars", dry=True).stdout)[-3:] == ["image", "add", "polars"]
    named = make("add", "PKG=polars", "JOB=a b", dry=True).stdout
    assert shlex.split(named)[-5:] == ["image", "add", "polars", "--job", "a b"]


def test_a_new_image_is_of_the_environment_that_is_named() -> None:
    said = shlex.split(make("new-image", "NAME=g p'u", "ENV=dev", dry=True).stdout)
    assert said[-5:] == ["image", "new", "g p'u", "--in", "dev"]
