"""miniwdl's plugin for AWS Batch: the workflow is a job, and submits its tasks from there."""

from __future__ import annotations

import json
from pathlib import Path

from bench.peers import aws_command
from local_batch.testing import BatchForTests
from tests.clients.support import HERE, jobs, programs, run, with_programs

# Any folder: jobs mount the shared file system from their host.
SERVER = ("--host-mounts", "/")


def test_miniwdl_submits_a_workflow_that_submits_its_tasks(
    aws: BatchForTests, env: dict[str, str], tmp_path: Path
) -> None:
    bin_folder = programs("miniwdl")
    # The workflow uploads what came out with the `aws` command, which its users' image has too.
    image = with_programs(aws, "miniwdl", bin_folder, aws_command().parent)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="workflow")
    shared = tmp_path / "shared"
    shared.mkdir()
    env |= {
        "PATH": f"{bin_folder}:{env['PATH']}",
        "MINIWDL__AWS__SUBMIT_PERIOD": "0.1",
        "MINIWDL__AWS__DESCRIBE_PERIOD": "0.2",
    }
    words: list[str | Path] = [
        bin_folder / "miniwdl-aws-submit", HERE / "squares.wdl", "numbers=2", "numbers=3", f"image={aws.image}",
        "--no-efs", "--mount", shared, "--workflow-queue", aws.queue, "--task-queue", aws.queue,
        "--image", image, "--memory-GiB", "1", "--s3upload", "s3://workflow/run", "--delete-after", "always",
        "--follow",
    ]  # fmt: skip
    said = run(words, env, tmp_path)
    assert '"squares.sum": 13' in said, said
    (key,) = [one["Key"] for one in s3.list_objects_v2(Bucket="workflow")["Contents"] if "outputs.json" in one["Key"]]
    assert json.load(s3.get_object(Bucket="workflow", Key=key)["Body"]) == {"squares.sum": 13}
    found = jobs(aws)
    assert [job["status"] for job in found] == ["SUCCEEDED"] * 4
    (workflow,) = [job["jobId"] for job in found if job["jobName"].startswith("miniwdl_run_squares-")]
    assert [job["tags"].get("AWS_BATCH_PARENT_JOB_ID") for job in found].count(workflow) == 3
