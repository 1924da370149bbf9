"""The names of a run's jobs: unique, valid, and the same each time they are worked out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awa_batch.contract import Contract
from awa_batch.errors import UsageError
from awa_batch.submission.jobfile import JobFile, JobLine
from awa_batch.submission.plan import check_run_name, name_prefix, plan, run_mark

NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)


def file(*jobs: JobLine) -> JobFile:
    return JobFile(Path("jobs.jsonl"), "0" * 64, dict(enumerate(jobs, start=1)))


def test_the_name_says_run_line_and_what_and_the_request_is_that_of_a_single_job(contract: Contract) -> None:
    planned = plan(
        contract, file(JobLine(), JobLine(name="x", memory=2048)), "nightly", queue=None, definition="ec2-sample"
    )
    mark = run_mark(contract, "nightly", "0" * 64)
    assert re.fullmatch("[0-9a-f]{10}", mark)
    assert [entry.request.job_name for entry in planned] == [
        f"nightly-{mark}-000001-ec2-sample",
        f"nightly-{mark}-000002-x",
    ]
    assert [entry.line for entry in planned] == [1, 2]
    assert planned[1].request.container_overrides["resourceRequirements"][1] == {"type": "MEMORY", "value": "2048"}


def test_a_line_wins_over_the_commands_queue_and_definition(contract: Contract) -> None:
    lines = (
        JobLine(),
        JobLine(queue="ec2-low-priority"),
        JobLine(definition="fargate-sample", queue="fargate-low-priority"),
    )
    planned = plan(contract, file(*lines), "r", queue="ec2-high-priority", definition="ec2-sample")
    assert [entry.request.job_queue.rpartition("awa-batch-local-")[2] for entry in planned] == [
        "ec2-high-priority",
        "ec2-low-priority",
        "fargate-low-priority",
    ]


def test_the_mark_differs_by_run_file_and_environment(contract: Contract) -> None:
    other = replace(contract, prefix="awa-batch-dev")
    marks = {
        run_mark(contract, "r", "a"),
        run_mark(contract, "s", "a"),
        run_mark(contract, "r", "b"),
        run_mark(other, "r", "a"),
    }
    assert len(marks) == 4
    assert run_mark(contract, "r", "a") == run_mark(contract, "r", "a")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(run=NAME, name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", fullmatch=True))
def test_every_name_is_valid_unique_and_begins_as_its_run_does(contract: Contract, run: str, name: str) -> None:
    names = [
        entry.request.job_name
        for entry in plan(contract, file(*[JobLine(name=name)] * 3), run, queue=None, definition="ec2-sample")
    ]
    assert len(set(names)) == 3
    for line, found in enumerate(names, start=1):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", found)
        assert found.startswith(f"{name_prefix(run, run_mark(contract, run, '0' * 64))}{line:06d}-")


@pytest.mark.parametrize(
    ("run", "near"), [("", "run-1"), ("a b", "a-b"), ("-a", "a"), ("a" * 65, "a" * 64), ("é", "run-1")]
)
def test_a_runs_name_that_cannot_begin_a_jobs_name_is_refused(run: str, near: str) -> None:
    with pytest.raises(UsageError, match="--run") as caught:
        check_run_name(run)
    assert caught.value.fix == f"Use --run {near}."
    check_run_name(near)


@pytest.mark.parametrize(
    ("job", "what"),
    [
        (JobLine(definition="ec2-sampel"), "line 1: definition: local has no job definition 'ec2-sampel'"),
        (JobLine(queue="nowhere"), "line 1: queue: local has no job queue 'nowhere'"),
        (JobLine(env={"AWS_BATCH_X": "1"}), "line 1: env AWS_BATCH_X"),
        (JobLine(timeout=59), "line 1: timeout 59"),
        (JobLine(attempts=11), "line 1: attempts 11"),
        (JobLine(retry_on=["never"]), "line 1: retry_on never"),
        (JobLine(gpu=0), "line 1: gpu 0"),
        (
            JobLine(command=["python", "run_batch.py", "version_test"], config={"inputFile": "a"}),
            "line 1: config: outputPath: Field required (and 2 more).",
        ),
        (JobLine(vcpu=0.3), "line 1: vcpu 0.3"),
        (JobLine(share_identifier="a"), "line 1: share_identifier a"),
        (JobLine(scheduling_priority=10_000), "line 1: scheduling_priority 10000"),
        (JobLine(depends_on=["x"] * 21), "line 1: depends_on: 21 dependencies"),
        (JobLine(tags={"aws:x": "1"}), "line 1: tags: 'aws:x'"),
        (JobLine(name="a b"), "line 1: name 'a b'"),
        (JobLine(env={"A": "x" * 8192}), "line 1: containerOverrides has"),
    ],
)
def test_what_aws_would_refuse_names_the_field_not_the_flag(contract: Contract, job: JobLine, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(contract, file(job, JobLine()), "r", queue=None, definition="ec2-sample")
    assert what in caught.value.what
    assert "--" not in caught.value.what + caught.value.fix


def test_a_line_without_definition_needs_one_for_all(contract: Contract) -> None:
    with pytest.raises(UsageError, match=r"jobs.jsonl line 2: definition is missing"):
        plan(contract, file(JobLine(definition="ec2-sample"), JobLine()), "r", queue=None, definition=None)
