"""The command line with a job that has sidecars, on a running local Batch: submit, logs, why, retry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from batch_support import LocalBatch  # noqa: TC002 - as in the other tests
from offered import ACCOUNT, REGION, Offered


@pytest.fixture(scope="module")
def offered(process_aws: LocalBatch, tmp_path_factory: pytest.TempPathFactory) -> Offered:
    made = Offered(process_aws, tmp_path_factory.mktemp("sidecars"), "true", vcpus=4)
    aws = process_aws

    def container(name: str, script: str, **more: Any) -> dict[str, Any]:
        sizes = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
        return {
            "name": name,
            "image": aws.image,
            "command": ["sh", "-c", script],
            "resourceRequirements": sizes,
            **more,
        }

    name = aws.name("jd")
    aws.batch.register_job_definition(
        jobDefinitionName=name,
        type="container",
        platformCapabilities=["EC2"],
        ecsProperties={
            "taskProperties": [
                {
                    "containers": [
                        container("main", "echo main", dependsOn=[{"containerName": "fetch", "condition": "SUCCESS"}]),
                        container("fetch", "echo fetched $FROM", essential=False),
                    ]
                }
            ]
        },
    )
    contract = json.loads(made.contract.read_text())
    contract["job_definitions"]["ec2-shipped"] = contract["job_definitions"]["ec2-sample"] | {
        "name": name,
        "arn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/{name}:1",
        "container": "main",
        "sidecar_vcpu": 1.0,
        "sidecar_memory": 128,
    }
    made.contract.write_text(json.dumps(contract))
    return made


def submitted(offered: Offered, *words: str) -> str:
    job_id = offered.run("submit", "ec2-shipped", *words).stdout.strip()
    offered.aws.wait(job_id)
    return job_id


def test_the_overrides_are_the_main_containers(offered: Offered) -> None:
    job_id = submitted(offered, "--memory", "256", "--env", "WORD=there", "--", "sh", "-c", "echo $WORD; exit 3")
    assert offered.run("logs", job_id).stdout == "there\n"
    assert offered.run("logs", job_id, "--container", "fetch").stdout == "fetched\n"
    refused = offered.run("logs", job_id, "--container", "other", code=2)
    assert "It has fetch, main." in refused.stderr
    found = json.loads(offered.run("why", job_id, "-o", "json").stdout)
    assert (found["verdict"], "exit code 3" in found["what"]) == ("EXIT_CODE", True)


def test_a_dry_run_shows_what_would_be_sent(offered: Offered) -> None:
    shown = offered.run(
        "submit", "ec2-shipped", "--dry-run", "--as", "awscli", "--env", "PASSWORD=x", "--", "true"
    ).stdout
    (task,) = json.loads(shown)["ecsPropertiesOverride"]["taskProperties"]
    (main,) = task["containers"]
    assert (main["name"], main["command"]) == ("main", ["true"])
    assert main["environment"] == [{"name": "PASSWORD", "value": "**********"}]
    table = offered.run("submit", "ec2-shipped", "--dry-run", "--", "true").stdout
    assert "main: command" in table


def test_what_does_not_fit_with_its_sidecars_is_refused(offered: Offered) -> None:
    refused = offered.run("submit", "ec2-shipped", "--vcpu", "4", "--dry-run", code=2)
    assert "never has more than 4 vCPUs and its sidecars have 1" in refused.stderr
    assert "--vcpu 3" in refused.stderr


def test_a_retry_is_the_job_as_it_was_with_its_sidecars(offered: Offered) -> None:
    aws = offered.aws
    contract = json.loads(offered.contract.read_text())
    override = {
        "taskProperties": [
            {
                "containers": [
                    {"name": "main", "command": ["sh", "-c", "echo again; exit 1"]},
                    {"name": "fetch", "environment": [{"name": "FROM", "value": "here"}]},
                ]
            }
        ]
    }
    first = aws.batch.submit_job(
        jobName="first",
        jobQueue=offered.queues["ec2"],
        jobDefinition=contract["job_definitions"]["ec2-shipped"]["arn"],
        ecsPropertiesOverride=override,
    )["jobId"]
    aws.wait(first)
    second = offered.run("retry", first, "--memory", "x2").stdout.strip()
    aws.wait(second)
    assert offered.run("logs", second).stdout == "again\n"
    assert offered.run("logs", second, "--container", "fetch").stdout == "fetched here\n"
    (task,) = aws.job(second)["ecsProperties"]["taskProperties"]
    assert {"type": "MEMORY", "value": "256"} in task["containers"][0]["resourceRequirements"]
    assert {"type": "MEMORY", "value": "128"} in task["containers"][1]["resourceRequirements"]
