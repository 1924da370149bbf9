"""The job that a roll tries on a new environment, on the local AWS: on a queue of its own that never stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from awa_batch.batch.probe_queue import make_probe_queue
from awa_batch.compute.site import Applied, ProbeError, TerraformSite

if TYPE_CHECKING:
    from batch_support import LocalBatch


def site(aws: LocalBatch, *command: str, patience: float = 60) -> TerraformSite:
    """Return a site whose probe is a job of a definition that runs ``command``, whatever the probe asks it to run."""
    definition = SimpleNamespace(arn=aws.definition(*command)) if command else None
    contract: Any = SimpleNamespace(
        prefix="it",
        project="it",
        environment="dev",
        target=SimpleNamespace(watch_intervals=SimpleNamespace(first_tick=0.02)),
    )
    clients: Any = SimpleNamespace(contract=contract, batch=aws.batch, batch_submit=aws.batch)
    return TerraformSite(SimpleNamespace(), clients, lambda: None, lambda _platform: definition, patience)  # type: ignore[arg-type,return-value]


def there(aws: LocalBatch, name: str) -> Applied:
    detail = aws.environment_detail(name)
    return Applied(
        ("ec2", "on_demand"), name, "standby", name, detail["computeEnvironmentArn"], detail["ecsClusterArn"]
    )


def queues(aws: LocalBatch) -> list[str]:
    return [
        one["jobQueueName"] for one in aws.batch.describe_job_queues()["jobQueues"] if "-probe-" in one["jobQueueName"]
    ]


def disabled(aws: LocalBatch, name: str) -> None:
    """Disable an environment and wait until nothing of it is being changed."""
    aws.batch.update_compute_environment(computeEnvironment=name, state="DISABLED")
    aws.until(lambda: aws.environment_detail(name)["status"] == "VALID")


def test_a_job_runs_there_and_its_queue_is_gone(process_aws: LocalBatch) -> None:
    name = process_aws.environment()
    site(process_aws, "sh", "-c", "exit 1").probe(there(process_aws, name))  # the probe's own command: true
    assert queues(process_aws) == []
    disabled(process_aws, name)
    process_aws.batch.delete_compute_environment(computeEnvironment=name)  # no queue names it


def test_a_queue_that_a_killed_probe_left_is_replaced_or_removed(process_aws: LocalBatch) -> None:
    name = process_aws.environment()
    place, here = site(process_aws, "true"), there(process_aws, name)
    queue = f"it-probe-ec2-on-demand-{name}"
    arn = make_probe_queue(process_aws.batch, queue, here.arn, {}, 0.02)
    left = process_aws.submit(arn, process_aws.definition("sleep", "60"))
    place.probe(here)
    assert process_aws.wait(left, "FAILED")
    make_probe_queue(process_aws.batch, queue, here.arn, {}, 0.02)
    place.forget_probe(here.pool, name)
    place.forget_probe(here.pool, name)
    assert queues(process_aws) == []


def test_a_job_that_fails_or_does_not_start_is_told_and_its_queue_is_gone(process_aws: LocalBatch) -> None:
    name = process_aws.environment(vcpus=1)
    place = site(process_aws, "true")
    process_aws.batch.register_job_definition(
        jobDefinitionName="no-image", type="container", platformCapabilities=["EC2"],
        containerProperties={"image": "nowhere/none@sha256:" + "0" * 64, "resourceRequirements": [
            {"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]},
    )  # fmt: skip
    failing = TerraformSite(place.root, place.clients, place.noted, lambda _: SimpleNamespace(arn="no-image"), 60)  # type: ignore[arg-type,return-value]
    with pytest.raises(ProbeError, match="failed: "):
        failing.probe(there(process_aws, name))
    assert queues(process_aws) == []
    busy = process_aws.submit(process_aws.queue(name), process_aws.definition("sleep", "60"))
    process_aws.wait(busy, "RUNNING")
    with pytest.raises(ProbeError, match="still RUNNABLE after 1 s"):
        site(process_aws, "true", patience=1).probe(there(process_aws, name))
    assert queues(process_aws) == []
    process_aws.batch.terminate_job(jobId=busy, reason="end")


def test_an_environment_that_is_invalid_or_gone_is_told(process_aws: LocalBatch) -> None:
    name, other = process_aws.environment(kind="FARGATE"), process_aws.environment(kind="FARGATE")
    here = there(process_aws, name)
    queue = process_aws.queue(name)
    job = process_aws.submit(queue, process_aws.definition("sleep", "60", fargate=True, vcpu="0.25", memory="512"))
    process_aws.wait(job, "RUNNING")
    order = [{"order": 1, "computeEnvironment": other}]
    process_aws.batch.update_job_queue(jobQueue=queue, computeEnvironmentOrder=order)
    process_aws.until(lambda: process_aws.queue_detail(queue)["status"] == "VALID")
    disabled(process_aws, name)
    process_aws.batch.delete_compute_environment(computeEnvironment=name)
    with pytest.raises(ProbeError, match="INVALID: CLIENT_ERROR"):
        site(process_aws).probe(here)
    process_aws.batch.terminate_job(jobId=job, reason="end")
    process_aws.wait(job)
    process_aws.batch.delete_compute_environment(computeEnvironment=name)
    process_aws.until(lambda: not process_aws.environment_detail(name))
    with pytest.raises(ProbeError, match="not there"):
        site(process_aws).probe(here)
