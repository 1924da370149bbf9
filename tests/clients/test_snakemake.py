"""Snakemake with the executor plugin for AWS Batch and the storage plugin for S3."""

from __future__ import annotations

from pathlib import Path

from local_batch.testing import BatchForTests
from tests.clients.support import jobs, programs, run, with_programs

# The plugin asks for privileged containers, whatever the workflow is.
SERVER = ("--privileged", "yes")

SNAKEFILE = """
NUMBERS = [2, 3]

rule all:
    input: "total.txt"
    localrule: True

rule square:
    output: "squares/{number}.txt"
    shell: "echo $(({wildcards.number} * {wildcards.number})) > {output}"

rule total:
    input: expand("squares/{number}.txt", number=NUMBERS)
    output: "total.txt"
    shell: "cat {input} | python -c 'import sys; print(sum(map(int, sys.stdin)))' > {output}"
"""


def test_snakemake_adds_up_what_rules_left_in_s3(aws: BatchForTests, env: dict[str, str], tmp_path: Path) -> None:
    bin_folder = programs("snakemake")
    # Each job begins with `pip install` of the storage plugin, from PyPI. Here the image has that plugin already.
    ours = tmp_path / "image"
    ours.mkdir()
    (ours / "pip").write_text("#!/bin/sh\necho pip $*\n")
    (ours / "pip").chmod(0o755)
    image = with_programs(aws, "snakemake", ours, bin_folder)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="workflow")
    work = tmp_path / "work"
    work.mkdir()
    (work / "Snakefile").write_text(SNAKEFILE)
    batch = aws.client("batch")
    queue = batch.describe_job_queues(jobQueues=[aws.queue])["jobQueues"][0]["jobQueueArn"]
    words: list[str | Path] = [
        bin_folder / "snakemake", "--executor", "aws-batch", "--jobs", "4",
        "--aws-batch-region", aws.region, "--aws-batch-job-queue", queue,
        "--aws-batch-job-role", "arn:aws:iam::123456789012:role/job", "--container-image", image,
        "--default-storage-provider", "s3", "--default-storage-prefix", "s3://workflow/run",
    ]  # fmt: skip
    run(words, env, work)
    assert s3.get_object(Bucket="workflow", Key="run/total.txt")["Body"].read() == b"13\n"
    found = jobs(aws)
    assert [job["status"] for job in found] == ["SUCCEEDED"] * 3
    assert all(job["container"]["privileged"] for job in found)
    # It takes back the definition that it made for each job.
    assert batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []
