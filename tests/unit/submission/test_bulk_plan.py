"""The names of a run's jobs: unique, valid, and the same each time they are worked out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.submission.jobfile import JobFile
from awa_batch.submission.plan import check_run_name, name_prefix, plan, run_mark

NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)


def file(*jobs: JobSpec) -> JobFile:
    return JobFile(Path("jobs.jsonl"), "0" * 64, dict(enumerate(jobs, start=1)))


def test_the_name_says_run_line_and_what_and_the_request_is_that_of_a_single_job(contract: Contract) -> None:
    planned = plan(
        contract, file(JobSpec(), JobSpec(name="x", memory=2048)), "nightly", queue=None, definition="ec2-sample"
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
        JobSpec(),
        JobSpec(queue="ec2-low-priority"),
        JobSpec(definition="fargate-sample", queue="fargate-low-priority"),
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
        for entry in plan(contract, file(*[JobSpec(name=name)] * 3), run, queue=None, definition="ec2-sample")
    ]
    assert len(set(names)) == 3
    for line, found in enumerate(names, start=1):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", found)
        assert found.startswith(f"{name_prefix(run, run_mark(contract, run, '0' * 64))}{line:06d}-")


@pytest.mark.parametrize(
    ("run", "near"), [("", "run-1"), ("a b", "a-b"), ("-a", "a"), ("a" * 65, "a" * 64), ("é", "run-1")]
)
def test_a_runs_name_that_cannot_begin_a_jobs_name_is_refused(run: str, near: str) -> None:
    with pytest.raises(UsageError, match=r"^run ") as caught:
        check_run_name(run)
    assert caught.value.fix == f"Use run {near}."
    check_run_name(near)


@pytest.mark.parametrize(
    ("job", "what"),
    [
        (JobSpec(definition="ec2-sampel"), "line 1: definition: local has no job definition 'ec2-sampel'"),
        (JobSpec(queue="nowhere"), "line 1: queue: local has no job queue 'nowhere'"),
        (JobSpec(env={"AWS_BATCH_X": "1"}), "line 1: env AWS_BATCH_X"),
        (JobSpec(timeout=59), "line 1: timeout 59"),
        (JobSpec(attempts=11), "line 1: attempts 11"),
        (JobSpec(retry_on=["never"]), "line 1: retry_on never"),
        (JobSpec(gpu=0), "line 1: gpu 0"),
        (
            JobSpec(command=["python", "run_batch.py", "version_test"], config={"inputFile": "a"}),
            "line 1: config: outputPath: Field required (and 2 more).",
        ),
        (JobSpec(vcpu=0.3), "line 1: vcpu 0.3"),
        (JobSpec(share_identifier="a"), "line 1: share_identifier a"),
        (JobSpec(scheduling_priority=10_000), "line 1: scheduling_priority 10000"),
        (JobSpec(depends_on=["x"] * 21), "line 1: depends_on: 21 dependencies"),
        (JobSpec(tags={"aws:x": "1"}), "line 1: tags: 'aws:x'"),
        (JobSpec(name="a b"), "line 1: name 'a b'"),
        (JobSpec(tags={"a,b": "1"}), "line 1: tags: the key 'a,b' has ','"),
        (JobSpec(command=["a", ""]), "line 1: command: word 2 of the command is empty"),
        (JobSpec(params={"a": "\0"}), "line 1: params: 'a' has a NUL character"),
        (JobSpec(env={"A": "\ud800"}), "line 1: env: 'A' has half of a surrogate pair"),
        (JobSpec(env={"A": "x" * 8192}), "line 1: containerOverrides has"),
        (JobSpec(command=[]), "line 1: command is an empty list."),
        (JobSpec(array=1), "line 1: array 1: an array has 2 to 10000 children."),
        (JobSpec(sequential=True), "line 1: sequential orders the children of an array"),
        (JobSpec(depends_on=["id-1:N_TO_N"]), "line 1: depends_on id-1:N_TO_N: N_TO_N pairs the children"),
        (JobSpec(container_overrides={"comand": ["a"]}), "line 1: container_overrides: Unknown parameter in input"),
    ],
)
def test_what_aws_would_refuse_names_the_field_not_the_flag(contract: Contract, job: JobSpec, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(contract, file(job, JobSpec()), "r", queue=None, definition="ec2-sample")
    told = caught.value.told(FlagWords())
    assert what in told[0]
    assert "--" not in "".join(told)


def test_a_line_without_definition_needs_one_for_all(contract: Contract) -> None:
    with pytest.raises(UsageError, match=r"jobs.jsonl line 2: definition is missing") as caught:
        plan(contract, file(JobSpec(definition="ec2-sample"), JobSpec()), "r", queue=None, definition=None)
    fix = caught.value.told(FlagWords())[1]  # the command of it is said with flags, also of a file
    assert fix.endswith("name one for all: `awa-batch submit fargate-sample --from jobs.jsonl --run r`.")


def test_an_array_is_one_request_of_a_run(contract: Contract) -> None:
    spec = JobSpec(array=3, sequential=True, depends_on=["id-1:N_TO_N"], container_overrides={"command": ["a"]})
    (planned,) = plan(contract, file(spec), "r", queue=None, definition="ec2-sample")
    assert planned.request.array_size == 3
    assert planned.request.depends_on == [{"jobId": "id-1", "type": "N_TO_N"}, {"type": "SEQUENTIAL"}]
    assert planned.request.container_overrides == {"command": ["a"]}
