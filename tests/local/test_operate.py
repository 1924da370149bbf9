"""why, retry, cancel, queues and history on a running local Batch: real failures, real waits."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_support import ENDED, LocalBatch
from offered import ROOT, Offered


@pytest.fixture(scope="module")
def offered(process_aws: LocalBatch, tmp_path_factory: pytest.TempPathFactory) -> Offered:
    return Offered(process_aws, tmp_path_factory.mktemp("offered"), "sleep", "600", vcpus=2)


@pytest.fixture(autouse=True)
def emptied(offered: Offered) -> Iterator[None]:
    """Leave no job behind for the next test."""
    yield
    for queue in offered.queues.values():
        for state, ids in offered.aws.statuses(queue).items():
            for job_id in ids if state not in ENDED else ():
                offered.aws.batch.terminate_job(jobId=job_id, reason="the test is over")


def why(offered: Offered, job_id: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(offered.run("why", job_id, "-o", "json").stdout)
    return value


def submitted(offered: Offered, *words: str) -> str:
    return offered.run("submit", "ec2-sample", *words).stdout.strip()


def ended(offered: Offered, *words: str) -> str:
    job_id = submitted(offered, *words)
    offered.aws.wait(job_id)
    return job_id


def test_why_real_jobs_failed(offered: Offered, tmp_path: Path) -> None:
    job_id = ended(offered, "--", "sh", "-c", "echo the last words; exit 3")
    found = why(offered, job_id)
    assert (found["verdict"], found["log"]) == ("EXIT_CODE", ["the last words"])
    text = offered.run("why").stdout
    assert "Its container ended with exit code 3." in text
    assert f"awa-batch retry {job_id}" in text

    assert why(offered, ended(offered, "--", "no-such-command"))["verdict"] == "COMMAND_NOT_FOUND"
    assert why(offered, ended(offered, "--", "sh", "-c", "kill -9 $$"))["verdict"] in ("KILLED", "OUT_OF_MEMORY")
    timed_out = why(offered, ended(offered, "--timeout", "60", "--", "sleep", "50"))
    assert (timed_out["verdict"], "after 1 min 00 s" in timed_out["what"]) == ("TIMED_OUT", True)

    may_end = tmp_path / "may_end"
    first = submitted(offered, "--", "sh", "-c", f"until [ -e {may_end} ]; do sleep 0.05; done; exit 1")
    second = submitted(offered, "--depends-on", first, "--", "true")
    waits = why(offered, second)
    assert waits["verdict"] == "DEPENDENCY"
    may_end.touch()
    offered.aws.wait(second)
    broken = why(offered, second)
    assert (broken["verdict"], f"awa-batch why {first}" in broken["next"]) == ("DEPENDENCY_FAILED", True)

    stopped = submitted(offered)
    offered.aws.wait(stopped, "RUNNING")
    offered.run("cancel", stopped)
    offered.aws.wait(stopped)
    told = why(offered, stopped)
    assert (told["verdict"], "with awa-batch cancel" in told["what"]) == ("CANCELLED", True)


def test_why_a_job_waits_behind_others(offered: Offered) -> None:
    running = [submitted(offered) for _ in range(2)]
    for job_id in running:
        offered.aws.wait(job_id, "RUNNING")
    waiting = [submitted(offered) for _ in range(2)]
    for job_id in waiting:
        offered.aws.wait(job_id, "RUNNABLE")
    found = why(offered, waiting[1])
    assert found["verdict"] == "QUEUE_FULL"
    assert "2 of 2 vCPUs are in use" in found["what"]
    assert "It is number 2 of the 2 that are ready" in found["what"]
    (state,) = json.loads(offered.run("queues", "ec2-high-priority", "-o", "json").stdout)
    assert (state["jobs"], state["vcpus_in_use"]) == ({"RUNNABLE": 2, "RUNNING": 2}, 2.0)
    offered.aws.update_queue(offered.queues["ec2"], state="DISABLED")
    try:
        found = why(offered, waiting[0])
        assert (found["verdict"], "takes no new jobs" in found["evidence"][0]) == ("QUEUE_FULL", True)
        assert "the queue is DISABLED" in offered.run("queues").stderr
    finally:
        offered.aws.update_queue(offered.queues["ec2"], state="ENABLED")


SCRIPT = """
import sys
sys.path.insert(0, {runtime!r})
from awa_runtime import array_index, array_size, manifest_row
row = manifest_row()
print("row", row["city"], array_index(), array_size(), flush=True)
sys.exit(0 if row["city"] in {good!r} else 9)
"""


def test_failed_children_are_retried_each_with_its_own_row(offered: Offered, tmp_path: Path) -> None:
    cities = ["Tokyo", "Osaka", "Nagoya", "Kobe", "Kyoto", "Sendai"]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"city": city}) + "\n" for city in cities))
    script = tmp_path / "job.py"

    def good(*names: str) -> None:
        script.write_text(SCRIPT.format(runtime=str(ROOT / "container" / "runtime"), good=names))

    import sys

    good("Tokyo", "Kobe")
    environment = ["--env", "PYTHONDONTWRITEBYTECODE=1"]
    words = ["--each", str(rows), *environment, "--", sys.executable, str(script)]
    array = ended(offered, *words)
    found = why(offered, array)
    assert [(group["verdict"], group["count"], group["example"]) for group in found["groups"]] == [("EXIT_CODE", 4, 1)]
    assert f"awa-batch retry {array} --failed-only" in found["next"]

    good("Osaka", "Kyoto")
    second = offered.run("retry", array, "--failed-only", "--wait", code=9)
    assert "keep the original index" in second.stderr
    again = second.stdout.strip()
    lines = sorted(offered.run("logs", again).stdout.splitlines())
    assert lines == ["[1] row Osaka 1 6", "[2] row Nagoya 2 6", "[4] row Kyoto 4 6", "[5] row Sendai 5 6"]
    failed = json.loads(offered.run("status", again, "--failed", "-o", "json").stdout)
    assert [(job["array_index"], job["original_index"]) for job in failed] == [(1, 2), (3, 5)]
    assert 'row 2: {"city": "Nagoya"}' in why(offered, f"{again}:1")["evidence"]

    good("Nagoya", "Sendai")
    third = offered.run("retry", "@last", "--failed-only", "--wait").stdout.strip()
    assert sorted(offered.run("logs", third).stdout.splitlines()) == ["[2] row Nagoya 2 6", "[5] row Sendai 5 6"]
    assert offered.run("retry", third, "--failed-only").stdout == ""
    one = offered.run("retry", f"{array}:5", "--wait").stdout.strip()
    assert offered.run("logs", one).stdout == "row Sendai 5 6\n"


def test_a_retry_with_more_memory_is_otherwise_the_same(offered: Offered) -> None:
    job_id = ended(offered, "--tag", "team=a", "--env", "A=1", "--attempts", "2", "--", "sh", "-c", "exit 4")
    again = offered.run("retry", "--memory", "x2", "--wait", code=4).stdout.strip()
    before, after = offered.aws.job(job_id), offered.aws.job(again)
    for key in ("jobDefinition", "jobQueue", "tags", "retryStrategy"):
        assert after[key] == before[key]
    for key in ("command", "environment"):
        assert after["container"][key] == before["container"][key]
    memory = {entry["type"]: entry["value"] for entry in after["container"]["resourceRequirements"]}["MEMORY"]
    assert memory == "256"
    entry = json.loads(offered.run("history", "-n", "1", "-o", "json").stdout)[0]
    assert (entry["job_id"], entry["origin"], entry["status"]) == (again, f"retry of {job_id}", "FAILED")
    refused = offered.run("retry", job_id, "--memory", "9000000", code=2)
    assert "--memory 9000000: no instance type of the queue" in refused.stderr
    assert not refused.stdout


def test_a_corrected_job_is_retried_with_its_newest_revision(offered: Offered) -> None:
    """As after `make up` with corrected code: `why` prints the command that runs that, and plain `retry` says so."""
    aws = offered.aws
    name = offered.definitions["ec2"]
    container = aws.batch.describe_job_definitions(jobDefinitionName=name)["jobDefinitions"][0]["containerProperties"]

    def release(command: list[str]) -> int:
        made = aws.batch.register_job_definition(
            jobDefinitionName=name, type="container", containerProperties={**container, "command": command}
        )
        return int(made["revision"])

    broken = aws.batch.submit_job(
        jobName="it", jobQueue=offered.queues["ec2"], jobDefinition=f"{name}:{release(['sh', '-c', 'exit 3'])}"
    )["jobId"]
    aws.wait(broken)
    corrected = release(["true"])
    found = why(offered, broken)
    assert found["newer"]["name"] == f"{name}:{corrected}"
    assert found["newer"]["changes"] == ["the command"]
    step = next(step for step in found["next"] if "--latest" in step)
    assert (
        f"There is {name}:{corrected}, which changes the command"
        in offered.run("retry", broken, "--wait", code=3).stderr
    )
    again = offered.run(*shlex.split(step)[1:], "--wait").stdout.strip()
    assert aws.job(again)["jobDefinition"].endswith(f"{name}:{corrected}")


def test_a_run_and_a_queue_are_cancelled_as_a_whole(offered: Offered, tmp_path: Path) -> None:
    jobs = tmp_path / "jobs.jsonl"
    jobs.write_text('{"command": ["sleep", "600"]}\n' * 60)
    offered.run("submit", "ec2-sample", "--from", str(jobs), "--run", "long", "--rate", "1000")
    array = submitted(offered, "--array", "3")
    asked = offered.run("cancel", "--run", "long", code=2)
    assert "Cancel 60 jobs of run long? Nobody is there to answer." in asked.stderr
    shown = offered.run("cancel", "--run", "long", "--dry-run", "-o", "id").stdout.splitlines()
    assert len(shown) == 60
    done = offered.run("cancel", "--run", "long", "--yes", "-o", "id")
    assert sorted(done.stdout.splitlines()) == sorted(shown)
    for job_id in shown:
        assert "with awa-batch cancel" in offered.aws.wait(job_id)["statusReason"]
    assert offered.aws.state(array) not in ("SUCCEEDED", "FAILED")
    assert "nothing to cancel" in offered.run("cancel", "--run", "long", "--yes").stderr
    offered.run("cancel", "--queue", "ec2-high-priority", "--yes", "--reason", "the night is over")
    assert offered.aws.wait(array)["status"] == "FAILED"
    assert "the night is over" in offered.aws.wait(f"{array}:1")["statusReason"]
    deadline = time.monotonic() + 20
    while offered.aws.statuses(offered.queues["ec2"]).keys() & {"RUNNING", "RUNNABLE", "STARTING"}:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_commands_name_the_environment_that_they_are_for(offered: Offered, tmp_path: Path) -> None:
    contract = json.loads(offered.contract.read_text()) | {"environment": "dev"}
    (tmp_path / "dev.json").write_text(json.dumps(contract))
    job_id = ended(offered, "--", "false")
    told = offered.run("why", job_id, "-E", "dev", AWA_BATCH_CONTRACT=str(tmp_path / "dev.json")).stdout
    assert f"awa-batch retry -E dev {job_id}" in told
    told = offered.run("why", job_id, AWA_BATCH_ENV="dev", AWA_BATCH_CONTRACT=str(tmp_path / "dev.json")).stdout
    assert f"awa-batch retry {job_id}" in told
