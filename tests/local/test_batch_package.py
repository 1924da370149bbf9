"""The local Batch's own package, in an environment that knows nothing of the clone: built, installed, used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "scripts" / "local_batch"
UV = Path(sys.executable).with_name("uv")
FIRST_JOB = """
import boto3, sys, time
batch = boto3.client("batch")
batch.register_job_definition(jobDefinitionName="hello", type="container", containerProperties={
    "image": sys.argv[1], "command": ["echo", "hello"],
    "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]})
job = batch.submit_job(jobName="first", jobQueue="default", jobDefinition="hello")["jobId"]
while (found := batch.describe_jobs(jobs=[job])["jobs"][0])["status"] not in ("SUCCEEDED", "FAILED"):
    time.sleep(0.05)
stream = found["container"]["logStreamName"]
logs = boto3.client("logs").get_log_events(logGroupName="/aws/batch/job", logStreamName=stream, startFromHead=True)
print(found["status"], [event["message"] for event in logs["events"]])
"""


def call(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(words, env=kept | env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel that was built from the source distribution, which alone is all that it needs."""
    out = tmp_path_factory.mktemp("dist")
    call(UV, "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", out, PACKAGE)
    (found,) = out.glob("*.whl")
    return found


def test_the_wheel_has_all_that_it_needs_and_nothing_of_the_toolkit(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {
        "local_batch",
        "eventbridge_schedules",
    }
    assert {"local_batch/py.typed", "eventbridge_schedules/cron.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    assert "Name: aws-batch-local\n" in text
    assert "# aws-batch-local" in text, "its README is what an index shows"


def test_a_first_job_without_the_clone(wheel: Path, tmp_path: Path) -> None:
    venv, place = tmp_path / "venv", {"AWS_BATCH_LOCAL_STATE_DIR": str(tmp_path / "state"), "HOME": str(tmp_path)}
    call(UV, "venv", "--quiet", "--python", sys.executable, venv)
    python, command = venv / "bin" / "python", venv / "bin" / "aws-batch-local"
    call(UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel)
    # Its dependencies are those of the tests' environment. The .pth files that lie there, which lead to the clone,
    # are not read of a folder that a .pth file names.
    (folder,) = (venv / "lib").glob("python*/site-packages")
    (folder / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = "import local_batch, eventbridge_schedules as e; print(local_batch.__file__, e.__file__)"
    assert all(Path(file).is_relative_to(venv) for file in call(python, "-c", where).stdout.split())

    up = call(command, "up", "--queues", "default", "--runner", "process", **place)
    try:
        image = up.stderr.split()[-1]
        lines = [line.split("=", 1) for line in call(command, "env", **place).stdout.splitlines() if "AWS_" in line]
        keys = {name.removeprefix("export "): value for name, *rest in lines for value in rest}
        assert call(python, "-c", FIRST_JOB, image, **keys, **place).stdout == "SUCCEEDED ['hello']\n"
        assert json.loads(call(command, "status", "-o", "json", **place).stdout)["runner"] == "process"
    finally:
        assert "Stopped" in call(command, "down", **place).stderr
