"""The pytest plugin, as a project uses it that knows nothing of this one: its tests run in a pytest of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).resolve().parents[2] / "scripts/local_batch/README.md").read_text()
MORE = """
import time
import boto3, pytest

NAMES = []

@pytest.mark.parametrize("number", range(2))
def test_each_begins_empty(aws_batch, number):
    s3 = boto3.client("s3")
    assert s3.list_buckets()["Buckets"] == []
    s3.create_bucket(Bucket="mine")
    jobs = boto3.client("batch").list_jobs(jobQueue=aws_batch.queue, jobStatus="SUCCEEDED")["jobSummaryList"]
    assert jobs == []
    aws_batch.wait(aws_batch.submit("true"))

def test_clients_of_a_session_that_was_there_before(aws_batch, batch_client, logs_client):
    queues = {one["jobQueueName"] for one in boto3.client("batch").describe_job_queues()["jobQueues"]}
    assert queues == {aws_batch.queue, aws_batch.fargate_queue}
    aws_batch.wait(aws_batch.submit("echo", "x", queue=aws_batch.fargate_queue))
    assert logs_client.describe_log_groups()["logGroups"][0]["logGroupName"] == "/aws/batch/job"

def test_reclaim(aws_batch):
    job = aws_batch.submit("sleep", "60")
    aws_batch.wait(job, "RUNNING")
    assert aws_batch.reclaim(job) == [job]
    assert aws_batch.wait(job)["statusReason"].startswith("Host EC2")

def test_starve(aws_batch):
    aws_batch.starve()
    job = aws_batch.submit("true")
    while not aws_batch.job(job).get("statusReason", "").startswith("CAPACITY:"):
        time.sleep(0.01)
    aws_batch.feed()
    assert aws_batch.wait(job)["status"] == "SUCCEEDED"

def test_time_scale(aws_batch, time_scale):
    time_scale(6000)
    job = aws_batch.submit("sleep", "100", timeout={"attemptDurationSeconds": 600})
    assert "timeout" in aws_batch.wait(job, "FAILED")["statusReason"]

def test_a_wait_says_what_went_wrong(aws_batch):
    job = aws_batch.submit("sh", "-c", "echo out of paper; exit 3")
    with pytest.raises(AssertionError, match="FAILED, not SUCCEEDED: Essential container in task exited\\\\n  out of"):
        aws_batch.wait(job, "SUCCEEDED")

def test_each_job_begins_in_an_empty_folder(aws_batch):
    for _ in range(2):
        job = aws_batch.submit("sh", "-c", "ls -A; echo x >left; mkdir folder")
        assert aws_batch.wait(job)["status"] == "SUCCEEDED"
        assert aws_batch.lines(job) == []

def test_without_the_fixture_nothing_is_changed():
    import os
    assert os.environ["AWS_PROFILE"] == "somebody"
    assert "AWS_ENDPOINT_URL" not in os.environ
"""


def test_a_projects_tests_run_on_two_workers(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n((?:import boto3\n+)?def test_.*?)```", README, re.DOTALL)
    assert len(example.strip().splitlines()) <= 5
    (tmp_path / "pytest.ini").write_text("[pytest]\naws_batch_runner = process\naws_batch_options = --max-vcpus 2\n")
    (tmp_path / "test_example.py").write_text(example)
    (tmp_path / "test_more.py").write_text(MORE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_", "COV_"))}
    words = ["-q", "-n", "2", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "base")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env=kept | {"AWS_PROFILE": "somebody"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 passed" in done.stdout
    assert not [*(tmp_path / "base").glob("**/server.json")], "every server was stopped"


def test_a_runner_that_there_is_not_is_named(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naws_batch_runner = podman\n")
    (tmp_path / "test_it.py").write_text("def test_it(aws_batch):\n    pass\n")
    words = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--basetemp", str(tmp_path / "base")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "podman is no runner." in done.stdout
