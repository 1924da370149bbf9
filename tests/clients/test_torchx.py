"""TorchX, whose jobs are multi-node ones, whatever the number of their replicas."""

from __future__ import annotations

import re
from pathlib import Path

from local_batch.testing import BatchForTests
from tests.clients.support import jobs, programs, run

SCHEDULER: list[str | Path] = ["--scheduler", "aws_batch"]
# A replica that still runs is followed; both are needed, as the job ends with node 0.
SAY = "echo node $AWS_BATCH_JOB_NODE_INDEX of $AWS_BATCH_JOB_NUM_NODES; sleep 2"


def start(aws: BatchForTests, command: str, *more: str, scheduled: str = "") -> list[str | Path]:
    """Return the words that run a shell's command on two nodes."""
    # With a workspace (here: an empty name) it would build an image of the folder, on an engine, and push it.
    options = ["--scheduler_args", scheduled or f"queue={aws.queue}", "--workspace", "", *more]
    component = ["utils.sh", "--image", aws.image, "--num_replicas", "2", "--memMB", "128", "sh", "-c", command]
    return [programs("torchx") / "torchx", "run", *SCHEDULER, *options, *component]


def handle(said: str) -> str:
    """Return by what name TorchX knows the job that it has started."""
    found: list[str] = re.findall(r"^aws_batch://\S+$", said, re.MULTILINE)
    return found[0]


def test_torchx_runs_two_replicas_and_reads_the_log_of_each(
    aws: BatchForTests, env: dict[str, str], tmp_path: Path
) -> None:
    torchx = programs("torchx") / "torchx"
    said = run(start(aws, SAY, "--wait", "--log"), env, tmp_path)
    assert set(re.findall(r"sh/[01] (node .*)", said)) == {"node 0 of 2", "node 1 of 2"}, said
    assert "Job finished: SUCCEEDED" in said
    name = handle(said)
    listed = run([torchx, "list", *SCHEDULER], env, tmp_path)
    assert re.search(rf"^{re.escape(name)} +SUCCEEDED *$", listed, re.MULTILINE), listed
    assert "node 1 of 2" in run([torchx, "log", f"{name}/sh/1"], env, tmp_path)
    (job,) = jobs(aws)
    assert job["nodeProperties"]["numNodes"] == 2


def test_torchx_cancels_a_job_of_a_share(aws: BatchForTests, env: dict[str, str], tmp_path: Path) -> None:
    torchx, batch = programs("torchx") / "torchx", aws.client("batch")
    (queue,) = batch.describe_job_queues(jobQueues=[aws.queue])["jobQueues"]
    batch.create_job_queue(
        jobQueueName="shared",
        priority=1,
        computeEnvironmentOrder=queue["computeEnvironmentOrder"],
        schedulingPolicyArn=batch.create_scheduling_policy(name="shares", fairsharePolicy={})["arn"],
    )
    name = handle(run(start(aws, "sleep 600", scheduled="queue=shared,share_id=teamA,priority=7"), env, tmp_path))
    (job,) = jobs(aws, "shared")
    running = aws.wait(job["jobId"], "RUNNING")
    assert (running["shareIdentifier"], running["schedulingPriority"]) == ("teamA", 7)
    run([torchx, "cancel", name], env, tmp_path)
    ended = aws.wait(job["jobId"])
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "killed via torchx CLI")
    assert "State: FAILED" in run([torchx, "status", name], env, tmp_path)
