"""`aws-batch-local`, the local Batch's own command, as somebody uses it who has nothing else of this project."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from batch_support import LocalBatch  # noqa: TC002 - as in the other tests

from local_batch.command import cli
from local_batch.options import OPTIONS


def run(*words: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    command = [sys.executable, "-m", "local_batch", *words]
    done = subprocess.run(command, env=kept | env, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def test_up_status_env_reset_down(tmp_path: Path) -> None:
    place = {"AWS_BATCH_LOCAL_STATE_DIR": str(tmp_path / "state")}
    url = run("up", "--runner", "process", "--max-vcpus", "3", **place).stdout.strip()
    try:
        assert url.startswith("http://127.0.0.1:")
        again = run("up", "--runner", "process", "--state-dir", str(tmp_path / "state"))
        assert (again.stdout, again.stderr) == (f"{url}\n", "")
        info = json.loads(run("status", "-o", "json", **place).stdout)
        assert (info["endpoint_url"], info["runner"]) == (url, "process")
        assert info["state_dir"] == str(tmp_path / "state")
        assert f"endpoint_url  {url}\n" in run("status", **place).stdout

        exports = run("env", "--region", "eu-west-1", **place).stdout
        code = (
            "import boto3; b = boto3.client('batch'); print(b.meta.region_name, b.describe_job_queues()['jobQueues'])"
        )
        script = f"{exports}\n{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
        called = subprocess.run(
            ["sh", "-c", script],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_PROFILE": "none"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert called.returncode == 0, called.stderr
        assert called.stdout == "eu-west-1 []\n"

        refused = run("reset", "--in-place", "--time-scale", "2", code=2, **place)
        assert "--time-scale cannot be changed" in refused.stderr
        emptied = run("reset", "--in-place", **place)
        assert emptied.stdout == f"{url}\n"
        assert json.loads(run("status", "-o", "json", **place).stdout) == info

        reset = run("reset", "--runner", "process", **place)
        assert reset.stderr.splitlines()[0] == "Stopped the local AWS and its jobs."
        assert json.loads(run("status", "-o", "json", **place).stdout)["server_id"] != info["server_id"]
    finally:
        down = run("down", **place)
    assert down.stderr == "Stopped the local AWS and its jobs.\n"
    assert run("down", **place).stderr == "Nothing was running.\n"
    assert "ready at" in run("logs", "-n", "1000", **place).stdout
    assert "server-stopped" in run("logs", "--jobs", "-n", "1", **place).stdout


def test_the_command_reclaims_and_shows_the_history(process_aws: LocalBatch) -> None:
    aws, place = process_aws, ("--state-dir", str(process_aws.state_dir))
    job = aws.submit(aws.queue(kind="SPOT"), aws.definition("sleep", "60"))
    aws.wait(job, "RUNNING")
    assert run("reclaim", job, *place).stdout == f"{job}\n"
    assert aws.wait(job)["statusReason"].startswith("Host EC2")
    environment = aws.environment()
    run("capacity", environment, *place)
    starved = aws.submit(aws.queue(environment), aws.definition("true"))
    aws.until(lambda: str(aws.job(starved).get("statusReason", "")).startswith("CAPACITY:"))
    run("capacity", environment, "--restore", *place)
    assert aws.wait(starved)["status"] == "SUCCEEDED"
    refused = run("reclaim", job, *place, code=1)
    assert "only a STARTING or RUNNING job" in refused.stderr
    assert refused.stderr.splitlines()[1].startswith("  See what runs: aws batch list-jobs")
    lines = [json.loads(line) for line in run("logs", "--jobs", "-n", "1000", *place).stdout.splitlines()]
    assert [line["event"] for line in lines if line.get("job") == job] == ["submitted", "process", "running", "failed"]


@pytest.mark.parametrize("words", [("status",), ("env",), ("reclaim", "x"), ("logs",)])
def test_the_command_says_that_nothing_runs(tmp_path: Path, words: tuple[str, ...]) -> None:
    lines = run(*words, "--state-dir", str(tmp_path), code=4).stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("aws-batch-local: ")
    assert lines[1] == "  Run: aws-batch-local up"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("up", "--max-vcpus", "0"), "--max-vcpus 0: it must be above 0."),
        (("up", "--port", "65536"), "--port 65536: it must be between 0 and 65535."),
        (("up", "--runner", "podman"), "'--runner'"),
        (("reset", "--time-scale", "x"), "'--time-scale'"),
        (("up", "--colour"), "--colour"),
        (("start",), "start"),
        (("logs", "-n", "0"), "'--lines'"),
        (("status", "-o", "yaml"), "'--output'"),
        (("reclaim",), "'JOB'"),
    ],
)
def test_the_command_refuses_bad_input(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    place = tmp_path / "state"
    lines = run(*words, code=2, AWS_BATCH_LOCAL_STATE_DIR=str(place)).stderr.splitlines()
    assert said in lines[0]
    assert len(lines) == 2
    assert lines[1].startswith("  ")
    assert not place.exists()


def test_the_command_refuses_a_folder_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for command in ("up", "reset", "status", "down"):
        assert str(file) in run(command, "--state-dir", str(file), code=2).stderr
    assert "Not a directory" in run("up", "--state-dir", str(file / "below"), code=2).stderr


def test_every_command_has_help() -> None:
    assert set(cli.commands) == {"up", "serve", "down", "status", "reset", "logs", "reclaim", "capacity", "env"}
    for name, command in cli.commands.items():
        shown = run(name, "--help").stdout
        assert command.help
        assert "--state-dir" in shown
        if name in {"up", "reset"}:
            assert [option.flag for option in OPTIONS if option.flag not in shown] == []
    assert "Usage: aws-batch-local" in run("--help").stdout
    assert "Usage: aws-batch-local" in run(code=2).stderr
    assert run("--version").stdout.startswith("aws-batch-local, version ")
