"""The table of jobs: which column is there, and what a job of a release's candidate is marked with."""

from __future__ import annotations

import dataclasses
import json

import pytest
from toolkit_support import DATA

from awa_batch.cli.jobs_shown import print_jobs
from awa_batch.contract import Contract
from awa_batch.observe import Job

SUMMARY = {"jobId": "6d0c6b9e-0c1b-4d3c-9a55-0b6f2f5d7f11", "jobName": "nightly", "status": "RUNNING", "createdAt": 1}
ARN = "arn:aws:batch:ap-northeast-1:123456789012:job-definition/awa-batch-local-"


def contract() -> Contract:
    """One with a candidate on EC2, and a released definition whose own name ends as a candidate's does."""
    plain = Contract.checked(json.loads((DATA / "contract.json").read_text()))
    sample = plain.job_definitions["ec2-sample"]
    more = {
        "ec2-sample-green": dataclasses.replace(sample, name=f"{sample.name}-green", slot="green"),
        "ever-green": dataclasses.replace(sample, name="awa-batch-local-ever-green"),
    }
    return dataclasses.replace(plain, job_definitions={**plain.job_definitions, **more})


@pytest.mark.parametrize(
    ("definition", "marked"),
    [
        ("ec2-sample-green:3", True),
        ("fargate-sample-green:1", True),  # a candidate that has been promoted since
        ("ec2-sample:7", False),
        ("ever-green:1", False),
    ],
)
def test_a_job_that_went_to_a_candidate_is_marked(
    definition: str, marked: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Job.from_summary({**SUMMARY, "jobDefinition": ARN + definition}, "arn/ec2-high-priority")
    print_jobs(contract(), [job, dataclasses.replace(job, id="7" + job.id[1:], definition="other:1", name="other")])
    header, *rows = capsys.readouterr().out.splitlines()
    assert ("IMAGE" in header.upper()) == marked
    assert [("green" in row.split()) for row in rows if "nightly" in row] == [marked]
    assert [("green" in row.split()) for row in rows if "other" in row] == [False]
