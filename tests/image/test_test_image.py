"""container/test: reports its version and checks its inputs."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from awa_batch.images.build import BuiltImage
from awa_batch.images.docker_engine import Engine
from tests.image.conftest import Run

CHECK = ("python3", "check.py")


def test_it_reports_its_version_and_where_it_runs(
    pushed: dict[str, str], built: dict[str, BuiltImage], run: Run
) -> None:
    done = run(pushed["test"], AWS_BATCH_JOB_ID="abc")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["image"] == {"name": "test", "version": "0.1.0", "revision": built["test"].revision}
    assert report["user_id"] == 10001
    assert report["writable"] == {"/": False, "/app": False, "/tmp": True}
    assert report["batch"] == {"AWS_BATCH_JOB_ID": "abc"}
    assert report["ok"] is True


def test_inputs_that_hold_are_passed(pushed: dict[str, str], run: Run) -> None:
    done = run(
        pushed["test"], *CHECK, "--env", "A", "--config", "s.b", "--file", "/etc/os-release",
        A="1", CONFIG_JSON='{"s": {"b": null}}',
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["config_fields"] == ["s"]


@pytest.mark.parametrize(
    ("args", "variables", "problem"),
    [
        (("--env", "A"), {}, "The environment variable A is not set."),
        (("--env", "A"), {"A": ""}, "The environment variable A is not set."),
        (("--config", "s.b"), {}, "CONFIG_JSON is not set; it should hold s.b."),
        (("--config", "s.b"), {"CONFIG_JSON": '{"s": {}}'}, "CONFIG_JSON has no field s.b."),
        ((), {"CONFIG_JSON": "{,}"}, "CONFIG_JSON is not valid JSON: line 1, column 2"),
        ((), {"CONFIG_JSON": "[]"}, "CONFIG_JSON holds a list, not an object."),
        (("--file", "/no/such"), {}, "The file /no/such cannot be read."),
    ],
)
def test_inputs_that_do_not_hold_end_with_2(
    pushed: dict[str, str], run: Run, args: tuple[str, ...], variables: dict[str, str], problem: str
) -> None:
    done = run(pushed["test"], *CHECK, *args, **variables)
    assert done.returncode == 2
    assert done.stderr.startswith(problem)
    assert json.loads(done.stdout)["ok"] is False


def test_no_value_is_shown(pushed: dict[str, str], run: Run) -> None:
    done = run(pushed["test"], *CHECK, "--env", "A", A="hunter2", CONFIG_JSON='{"password": "hunter2"}')
    assert done.returncode == 0
    assert "hunter2" not in done.stdout + done.stderr


def test_it_ends_on_sigterm(pushed: dict[str, str], engine: Engine) -> None:
    docker, name = str(engine.command), f"awa-batch-test-{time.time_ns()}"
    process = subprocess.Popen(
        [docker, "run", "--rm", "--name", name, pushed["test"], *CHECK, "--sleep", "60"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["process_id"] == 1
    subprocess.run([docker, "kill", "--signal", "TERM", name], check=True, capture_output=True)
    assert process.wait(timeout=20) == 143
    process.stdout.close()
