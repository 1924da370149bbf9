"""The command line of Nextstrain, which sends a folder to a job and fetches what the job has changed in it.

Its jobs begin with a program of Nextstrain's image, by its absolute path, so they are containers here. That image is
not to be had without a registry: this one has a program of its own that does the same, as Nextstrain's documentation of
AWS Batch describes it.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_batch.testing import BatchForTests
from tests.clients.support import container_image, jobs, programs, run

RUNNER = "docker"

ENTRYPOINT = """#!/usr/local/bin/python3
import os, subprocess, sys, zipfile
from urllib.parse import urlparse

sys.path.insert(0, "/opt/sdk")
import boto3

there = urlparse(os.environ["NEXTSTRAIN_AWS_BATCH_WORKDIR_URL"])
archive = boto3.resource("s3").Object(there.netloc, there.path.lstrip("/"))
archive.download_file("/tmp/build.zip")
zipfile.ZipFile("/tmp/build.zip").extractall(".")
code = subprocess.run(sys.argv[1:]).returncode
with zipfile.ZipFile("/tmp/build.zip", "w") as made:
    for folder, _, names in os.walk("."):
        for name in names:
            made.write(os.path.join(folder, name))
archive.upload_file("/tmp/build.zip")
sys.exit(code)
"""
ROLE = "arn:aws:iam::123456789012:role/job"
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image in the place of Nextstrain's. The SDK in it is the client's own, which is Python alone."""
    folder = tmp_path_factory.mktemp("image")
    (packages,) = (programs("nextstrain").parent / "lib").glob("python3.*/site-packages")
    for name in SDK:
        shutil.copytree(packages / name, folder / "sdk" / name)
    shutil.copy(packages / "six.py", folder / "sdk")
    program = folder / "entrypoint-aws-batch"
    program.write_text(ENTRYPOINT)
    program.chmod(0o755)
    lines = ("COPY sdk /opt/sdk", "COPY entrypoint-aws-batch /sbin/", "WORKDIR /nextstrain/build")
    with container_image(f"clients/nextstrain:{uuid.uuid4().hex[:12]}", folder, *lines) as name:
        yield name


def test_nextstrain_builds_a_folder_and_fetches_what_came_out(
    aws: BatchForTests, image: str, env: dict[str, str], tmp_path: Path
) -> None:
    aws.client("s3").create_bucket(Bucket="nextstrain")
    batch = aws.client("batch")
    batch.register_job_definition(
        jobDefinitionName="nextstrain-job",
        type="container",
        containerProperties={
            "image": "nextstrain/base",
            "command": ["true"],
            "jobRoleArn": ROLE,
            "resourceRequirements": [{"type": "VCPU", "value": "4"}, {"type": "MEMORY", "value": "15000"}],
        },
        retryStrategy={"attempts": 2},
        timeout={"attemptDurationSeconds": 600},
        tags={"team": "a"},
    )
    build = tmp_path / "build"
    build.mkdir()
    (build / "numbers.txt").write_text("2\n3\n")
    words: list[str | Path] = [
        programs("nextstrain") / "nextstrain", "build", "--aws-batch", "--aws-batch-queue", aws.queue,
        "--aws-batch-s3-bucket", "nextstrain", "--image", image, "--cpus", "1", "--memory", "256MiB",
        "--env", "FACTOR=10", "--exec", "sh", build, "-c",
        'while read n; do echo $((n * n * FACTOR)); done < numbers.txt > squares.txt; echo all squared',
    ]  # fmt: skip
    said = run(words, env, tmp_path)
    assert re.search(r"\[batch\] \[.*\] all squared\n", said), said
    assert "Job SUCCEEDED" in said
    assert (build / "squares.txt").read_text() == "40\n90\n"
    (job,) = jobs(aws)
    # It made a definition of its own from ours, with its image, and kept the rest.
    assert "/nextstrain-job_1_clients-nextstrain_" in job["jobDefinition"]
    assert (job["container"]["image"], job["container"]["jobRoleArn"]) == (image, ROLE)
    assert (job["retryStrategy"]["attempts"], job["timeout"]["attemptDurationSeconds"]) == (2, 600)
    asked = {one["type"]: one["value"] for one in job["container"]["resourceRequirements"]}
    assert asked == {"VCPU": "1", "MEMORY": "256"}
