"""Toil's batch system for AWS Batch, with its job store in S3."""

from __future__ import annotations

import os
from pathlib import Path

from local_batch.testing import BatchForTests
from tests.clients.support import jobs, programs, run, with_programs

# Its jobs are privileged, and ask for folders and the engine's socket of their host. A process mounts nothing.
SOCKETS = ["/var/run/docker.sock"]
if runtime := os.environ.get("XDG_RUNTIME_DIR"):
    SOCKETS += [f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock"]
SERVER = ("--privileged", "yes", "--host-mounts", os.pathsep.join(("/", *SOCKETS)))

ROLE = "arn:aws:iam::123456789012:role/job"
WORKFLOW = """
from toil.common import Toil
from toil.job import Job

def square(job, number):
    return number * number

def total(job, squares):
    return sum(squares)

def start(job, numbers):
    squares = [job.addChildJobFn(square, number, memory="128Mi", cores=1, disk="1Mi").rv() for number in numbers]
    return job.addFollowOnJobFn(total, squares, memory="128Mi", cores=1, disk="1Mi").rv()

if __name__ == "__main__":
    options = Job.Runner.getDefaultArgumentParser().parse_args()
    with Toil(options) as toil:
        print("the total is", toil.start(Job.wrapJobFn(start, [2, 3], memory="128Mi", cores=1, disk="1Mi")))
"""


def test_toil_adds_up_what_jobs_returned(aws: BatchForTests, env: dict[str, str], tmp_path: Path) -> None:
    bin_folder = programs("toil")
    # It asks a registry for every image but those that have its own commit in their name, as its makers' have.
    asked = [bin_folder / "python", "-c", "from toil.version import currentCommit; print(currentCommit)"]
    image = with_programs(aws, f"toil-{run(asked, env, tmp_path).strip()}", bin_folder)
    (tmp_path / "workflow.py").write_text(WORKFLOW)
    words: list[str | Path] = [
        bin_folder / "python", "workflow.py", f"aws:{aws.region}:toil", "--batchSystem", "aws_batch",
        "--awsBatchRegion", aws.region, "--awsBatchQueue", aws.queue, "--awsBatchJobRoleArn", ROLE,
        "--workDir", tmp_path, "--coordinationDir", tmp_path,
        # Else it makes the script public in S3 and reads it without a key. The local AWS answers nobody without one.
        "--disableAutoDeployment", "True",
    ]  # fmt: skip
    said = run(words, env | {"TOIL_APPLIANCE_SELF": image}, tmp_path)
    assert said.rstrip().endswith("the total is 13"), said
    found = jobs(aws)
    assert sorted(job["jobName"].partition("-")[0] for job in found) == ["square", "square", "start", "total"]
    assert {job["status"] for job in found} == {"SUCCEEDED"}
    assert {job["container"]["jobRoleArn"] for job in found} == {ROLE}
    # It takes back the definition of the run, and deletes its job store.
    assert aws.client("batch").describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []
    assert aws.client("s3").list_buckets()["Buckets"] == []
