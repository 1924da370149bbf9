"""Once a request may have left, its name and its id reach the user, and nothing looks like a failure that is none."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from scripted_batch import ScriptedBatch

CONTRACT = Path(__file__).resolve().parents[1] / "data" / "contract.json"
COMMAND = [sys.executable, "-m", "awa_batch"]
NO_HOME = """
import pwd, sys
def nobody(uid):
    raise KeyError(uid)
pwd.getpwuid = nobody
from awa_batch.cli.main import main
main()
"""
SUBMIT = ["submit", "ec2-sample", "--name", "hello"]


@pytest.fixture
def env(server: ScriptedBatch, tmp_path: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWA_BATCH_", "AWS_"))},
        "AWS_ENDPOINT_URL": server.url,
        "AWA_BATCH_CONTRACT": str(CONTRACT),
        "AWA_BATCH_STATE_DIR": str(tmp_path / "state"),
    }


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    file = tmp_path / "jobs of today.jsonl"
    file.write_text("".join(f'{{"command": ["echo", "{number}"]}}\n' for number in range(1, 5)))
    return file


def run(words: list[str], env: dict[str, str], **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, env=env, stderr=subprocess.PIPE, text=True, timeout=60, **more)  # type: ignore[call-overload, no-any-return]


def full(env: dict[str, str], words: list[str]) -> subprocess.CompletedProcess[str]:
    with Path("/dev/full").open("w") as stdout:
        return run(words, env, stdout=stdout)


def closed(env: dict[str, str], words: list[str]) -> subprocess.CompletedProcess[str]:
    return run(["sh", "-c", f"{shlex.join(words)} >&-"], env)


def without_a_reader(env: dict[str, str], words: list[str]) -> subprocess.CompletedProcess[str]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return run(words, env, stdout=writing)
    finally:
        os.close(writing)


@pytest.mark.parametrize("stdout", [full, closed, without_a_reader])
@pytest.mark.parametrize("more", [[], ["-o", "json"]])
def test_a_stdout_that_cannot_be_written_hides_no_id(
    more: list[str],
    stdout: Callable[[dict[str, str], list[str]], subprocess.CompletedProcess[str]],
    env: dict[str, str],
    server: ScriptedBatch,
    jobs: Path,
) -> None:
    done = stdout(env, [*COMMAND, *SUBMIT, *more])
    assert done.returncode == 0, done.stderr
    assert "stdout cannot be written" in done.stderr
    assert "id-1" in done.stderr
    assert "Traceback" not in done.stderr
    done = stdout(env, [*COMMAND, "submit", "ec2-sample", "--from", str(jobs), "--run", "r", *more])
    assert done.returncode == 0, done.stderr
    assert all(f"id-{number}" in done.stderr for number in range(2, 6))
    assert "Traceback" not in done.stderr
    assert len(server.accepted) == 5


def test_a_closed_stderr_ends_nothing(env: dict[str, str], server: ScriptedBatch) -> None:
    words = [*COMMAND, "submit", "ec2-sample"]
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join(words)} 2>&-"], env=env, stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "id-1\n")


def test_without_a_home_the_job_is_submitted_and_told(
    env: dict[str, str], server: ScriptedBatch, tmp_path: Path
) -> None:
    env = {name: value for name, value in env.items() if name not in ("HOME", "AWA_BATCH_STATE_DIR", "XDG_STATE_HOME")}
    env["TMPDIR"] = str(tmp_path)
    done = run([sys.executable, "-c", NO_HOME, *SUBMIT], env, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (0, "id-1\n"), done.stderr
    folder = tmp_path / f"awa-batch-{os.geteuid()}"
    assert done.stderr.count("No home directory") == done.stderr.count(str(folder)) == 1
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "id-1" in next(folder.rglob("history/local.jsonl")).read_text()
    folder.chmod(0o777)  # as if another user had made it
    done = run([sys.executable, "-c", NO_HOME, *SUBMIT], env, stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert "is not this user's own private folder" in done.stderr
    assert server.submits == 1


def test_a_history_that_cannot_be_written_is_a_note(env: dict[str, str], server: ScriptedBatch, tmp_path: Path) -> None:
    (tmp_path / "state" / "history" / "local.jsonl").mkdir(parents=True)
    done = run([*COMMAND, *SUBMIT], env, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (0, "id-1\n")
    assert "Job id-1 was accepted; the history of this clone could not take it: " in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_between_send_and_answer_names_the_job(
    number: signal.Signals, env: dict[str, str], server: ScriptedBatch
) -> None:
    server.script = ["accept+timeout"]
    with subprocess.Popen([*COMMAND, *SUBMIT], env=env, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 30
        while not server.accepted and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(number)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    ((name, _),) = server.accepted
    assert f"Job {name} may have been accepted: look for it with `awa-batch status --name {name}` before" in err
    assert "interrupted." in err
    assert "Traceback" not in err


def test_a_second_ctrl_c_in_a_run_says_what_was_accepted_and_what_may_have_been(
    env: dict[str, str], server: ScriptedBatch, jobs: Path
) -> None:
    server.script = ["accept", "accept", "accept+timeout", "accept+timeout"]
    words = [*COMMAND, "submit", "ec2-sample", "--from", str(jobs), "--run", "r", "--rate", "20"]
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 30
        while server.submits < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert "2 of 4 jobs were accepted, 2 more may have been" in err
    assert "To go on: awa-batch submit ec2-sample --from " in err
    assert "Traceback" not in err


def test_the_command_to_go_on_has_all_that_was_said_once_each(
    env: dict[str, str], server: ScriptedBatch, jobs: Path, tmp_path: Path
) -> None:
    said = ["ec2-sample", "-q", "ec2-low-priority", "--from", str(jobs), "--run", "r", "--rate=1234.5678"]
    said += ["--lookup-time", "2s", "--patience", "1m", "--never-double", "-o", "json", "--region", "ap-northeast-1"]
    server.script = ["refuse"]
    done = run([*COMMAND, "submit", *said], {**env, "AWA_BATCH_ENV": "local"}, stdout=subprocess.PIPE)
    assert done.returncode == 3, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("To go on: "))
    words = shlex.split(line.removeprefix("To go on: "))
    assert words[:3] == ["awa-batch", "submit", "ec2-sample"]
    for flag, value in {
        "--queue": "ec2-low-priority",
        "--from": str(jobs),
        "--run": "r",
        "--rate": "1234.5678",
        "--lookup-time": "2",
        "--patience": "60",
        "--output": "json",
        "--region": "ap-northeast-1",
        "--env-name": "local",
    }.items():
        assert words.count(flag) == 1, line
        assert words[words.index(flag) + 1] == value
    assert words.count("--never-double") == 1
    again = run([*COMMAND, *words[1:]], {**env, "AWA_BATCH_ENV": "dev"}, stdout=subprocess.PIPE)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["accepted"] == len(server.accepted) == 4
