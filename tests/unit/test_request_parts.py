"""Dependencies, exit rules, overrides from a file, rows of a file and configurations: the parts of a request."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from awa_batch.cli.words import FlagWords
from awa_batch.contract import Contract
from awa_batch.errors import UsageError
from awa_batch.job import JobSpec
from awa_batch.paths import project_root
from awa_batch.request import build_each, build_request, read_items
from awa_batch.request.config import check_config, is_uri, job_of
from awa_batch.request.dependencies import depends_on, split_dependency
from awa_batch.request.each import manifest
from awa_batch.request.retry_strategy import retry_rules
from local_batch.scheduler.evaluate_on_exit import retried


def refusal(action: Any) -> str:
    with pytest.raises(UsageError) as caught:
        action()
    return "\n".join(caught.value.told(FlagWords()))


# ---------------------------------------------------------------- dependencies
@pytest.mark.parametrize(
    ("text", "expected"),
    [("a-1", ("a-1", None)), ("a-1:7", ("a-1:7", None)), ("a-1:N_TO_N", ("a-1", "N_TO_N")), (" a ", ("a", None))],
)
def test_a_dependency_is_an_id_and_a_type(text: str, expected: tuple[str, str | None]) -> None:
    assert split_dependency(text) == expected


def test_dependencies_become_what_submit_job_takes() -> None:
    assert depends_on(["a", "b:N_TO_N"], sequential=True, array_size=3) == [
        {"jobId": "a"},
        {"jobId": "b", "type": "N_TO_N"},
        {"type": "SEQUENTIAL"},
    ]


@pytest.mark.parametrize(
    ("given_", "sequential", "size", "what"),
    [
        (["a:n_to_n"], False, 2, "there is no type 'n_to_n'"),
        (["a:SEQUENTIAL"], False, 2, "Use --sequential, which takes no id."),
        (["a:N_TO_N"], False, None, "pairs the children of two arrays"),
        ([], True, None, "--sequential orders the children of an array"),
        (["a", "a"], False, None, "--depends-on a is there twice"),
        (["a b"], False, None, "'a b' is not a job id"),
        ([f"job-{number}" for number in range(20)], True, 2, "21 dependencies; a job has at most 20"),
    ],
)
def test_wrong_dependencies(given_: list[str], sequential: bool, size: int | None, what: str) -> None:
    assert what in refusal(lambda: depends_on(given_, sequential=sequential, array_size=size))


def test_twenty_dependencies_are_taken() -> None:
    ids = [f"job-{number}" for number in range(20)]
    assert len(depends_on(ids, sequential=False, array_size=None)) == 20


# ------------------------------------------------------------------ exit rules
def test_exit_rules_retry_just_what_is_named_and_end_the_rest(contract: Contract) -> None:
    request = build_request(contract, JobSpec("ec2-sample", retry_on=["spot", "pull", "oom", "exit:7"]))
    assert request.submit_job["retryStrategy"] == {
        "attempts": 3,
        "evaluateOnExit": [
            {"onStatusReason": "Host EC2*", "action": "RETRY"},
            {"onReason": "CannotPullContainer*", "action": "RETRY"},
            {"onReason": "OutOfMemoryError*", "action": "RETRY"},
            {"onExitCode": "7", "action": "RETRY"},
            {"onReason": "*", "action": "EXIT"},
        ],
    }


def test_spot_is_told_otherwise_on_fargate_and_attempts_win(contract: Contract) -> None:
    spec = JobSpec("fargate-sample", retry_on=["spot"], attempts=5)
    assert build_request(contract, spec).submit_job["retryStrategy"] == {
        "attempts": 5,
        "evaluateOnExit": [
            {"onStatusReason": "Your Spot Task*", "action": "RETRY"},
            {"onReason": "*", "action": "EXIT"},
        ],
    }


def test_a_task_that_did_not_start_is_tried_again_in_the_words_of_each_platform(contract: Contract) -> None:
    failed = {"onStatusReason": "Task failed to start*", "action": "RETRY"}
    resources = {"onStatusReason": "ResourceInitializationError*", "action": "RETRY"}
    waited = {"onStatusReason": "Timeout waiting for*", "action": "RETRY"}
    last = {"onReason": "*", "action": "EXIT"}
    spec = JobSpec("ec2-sample", retry_on=["start", "spot", "exit:7"])
    assert build_request(contract, spec).submit_job["retryStrategy"]["evaluateOnExit"] == [
        failed,
        resources,
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onExitCode": "7", "action": "RETRY"},
        last,
    ]
    assert retry_rules(["start"], "FARGATE") == [failed, resources, waited, last]
    said = refusal(lambda: retry_rules(["start", "spot", "pull"], "FARGATE"))
    assert "--retry-on names 3 causes, which take 5 rules" in said
    assert "start takes 3" in said


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("Task failed to start", True),
        ("ResourceInitializationError: unable to pull secrets or registry auth", True),
        ("Timeout waiting for network interface provisioning to complete.", True),
        ("Essential container in task exited", False),
        ("Your Spot Task was interrupted.", False),
    ],
)
def test_start_means_what_never_ran(said: str, again: bool) -> None:
    strategy = {"attempts": 3, "evaluateOnExit": retry_rules(["start"], "FARGATE")}
    assert retried(strategy, 1, exit_code=None, reason="", status_reason=said) is again


def test_the_patterns_are_those_that_aws_takes() -> None:
    for platform in ("EC2", "FARGATE"):
        for cause in ("spot", "start", "pull", "oom", "exit:7"):
            for rule in retry_rules([cause], platform):
                for name, pattern in rule.items():
                    if name != "action":
                        assert re.fullmatch(r"[A-Za-z0-9.:\s]{0,511}\*?", str(pattern)), pattern


@pytest.mark.parametrize("word", ["", "Spot", "exit", "exit:", "exit:0", "exit:256", "exit:-1", "exit:1*", "memory"])
def test_an_unknown_cause_is_refused(word: str) -> None:
    assert "Use spot, start, pull, oom or exit:CODE" in refusal(lambda: retry_rules([word], "EC2"))


def test_four_causes_are_the_most(contract: Contract) -> None:
    words = ["spot", "pull", "exit:1", "exit:2", "exit:3"]
    assert len(retry_rules(words[:4], "EC2")) == 5
    assert "--retry-on names 5 causes" in refusal(lambda: retry_rules(words, "EC2"))
    assert "needs a second attempt" in refusal(
        lambda: build_request(contract, JobSpec("ec2-sample", retry_on=["spot"], attempts=1))
    )


# ------------------------------------------------------------- overrides, GPUs
def overrides(contract: Contract, definition: str, **options: Any) -> dict[str, Any]:
    request = build_request(contract, JobSpec(definition, **options)).submit_job
    shape = botocore.session.Session().get_service_model("batch").shape_for("SubmitJobRequest")
    assert ParamValidator().validate(request, shape).generate_report() == ""
    return dict(request.get("containerOverrides", {}))


FILE = {
    "command": ["from", "file"],
    "environment": [{"name": "A", "value": "file"}, {"name": "B", "value": "file"}],
    "resourceRequirements": [{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "4096"}],
}


def test_a_file_of_overrides_is_taken_as_it_is(contract: Contract) -> None:
    assert overrides(contract, "fargate-sample", container_overrides=FILE) == FILE


def test_other_options_win_over_the_file(contract: Contract) -> None:
    assert overrides(
        contract,
        "ec2-sample",
        container_overrides=FILE,
        command=["mine"],
        env={"B": "mine", "C": "mine"},
        memory=8192,
        gpu=1,
    ) == {
        "command": ["mine"],
        "environment": [
            {"name": "A", "value": "file"},
            {"name": "B", "value": "mine"},
            {"name": "C", "value": "mine"},
        ],
        "resourceRequirements": [
            {"type": "VCPU", "value": "2"},
            {"type": "MEMORY", "value": "8192"},
            {"type": "GPU", "value": "1"},
        ],
    }


def test_a_gpu_alone_leaves_the_other_resources_to_the_definition(contract: Contract) -> None:
    assert overrides(contract, "ec2-sample", gpu=2) == {"resourceRequirements": [{"type": "GPU", "value": "2"}]}


@pytest.mark.parametrize(
    ("definition", "options", "what"),
    [
        ("fargate-sample", {"gpu": 1}, "--gpu 1: Fargate has no GPUs"),
        (
            "fargate-sample",
            {"container_overrides": {"resourceRequirements": [{"type": "GPU", "value": "1"}]}},
            "--gpu 1: Fargate has no GPUs",
        ),
        ("ec2-sample", {"gpu": 0}, "--gpu 0: a job has 1 GPU or more"),
        ("ec2-sample", {"container_overrides": {"memory": 512}}, '"type": "MEMORY", "value": "512"'),
        ("ec2-sample", {"container_overrides": {"vcpus": 2}}, '"type": "VCPU", "value": "2"'),
        ("ec2-sample", {"container_overrides": {"instanceType": "c5.large"}}, "for multi-node jobs alone"),
        ("ec2-sample", {"container_overrides": {"comand": ["a"]}}, "comand"),
        ("ec2-sample", {"container_overrides": {"command": "echo a"}}, "Invalid type for parameter command"),
        (
            "ec2-sample",
            {"container_overrides": {"resourceRequirements": [{"type": "CPU", "value": "1"}]}},
            "resourceRequirements has no type 'CPU'",
        ),
        (
            "ec2-sample",
            {"container_overrides": {"resourceRequirements": [{"type": "MEMORY", "value": "2g"}]}},
            "'2g' is not a value for MEMORY",
        ),
        (
            "fargate-sample",
            {"container_overrides": {"resourceRequirements": [{"type": "VCPU", "value": "4"}]}},
            "Fargate has no 4 vCPU with 1024 MiB",
        ),
        (
            "ec2-sample",
            {"container_overrides": {"environment": [{"name": "AWS_BATCH_X", "value": "1"}]}},
            "--container-overrides-file AWS_BATCH_X",
        ),
    ],
)
def test_wrong_overrides(contract: Contract, definition: str, options: dict[str, Any], what: str) -> None:
    assert what in refusal(lambda: build_request(contract, JobSpec(definition, **options)))


# -------------------------------------------------------------- rows of a file
def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_bytes(text.encode())
    return file


def test_rows_of_json_lines_and_csv(tmp_path: Path) -> None:
    lines = written(tmp_path, "a.jsonl", '\ufeff{"a": 1}\r\n\n["é"]\n3\n')
    assert read_items(lines).lines == ('{"a":1}', '["é"]', "3")
    table = written(tmp_path, "a.csv", 'id,name\n1,"a, b"\n\n2,"two\nlines"\n')
    assert [json.loads(line) for line in read_items(table).lines] == [
        {"id": "1", "name": "a, b"},
        {"id": "2", "name": "two\nlines"},
    ]


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.jsonl", "{}\n{", "a.jsonl line 2 column 2:"),
        ("a.jsonl", "NaN\n", "line 1: NaN is not JSON"),
        ("a.jsonl", "9" * 5000, "line 1: an integer has more than 4300 digits"),
        ("a.jsonl", '1\n{"a": 1, "a": 2}', "line 2: a is there twice"),
        ("a.jsonl", '{"a": "\\u0000"}', "line 1: 'a' has a NUL character"),
        ("a.jsonl", '"\\ud800"', "line 1: has half of a surrogate pair"),
        ("a.csv", "a\n\0\n", "line 2: entry 1 has a NUL character"),
        ("a.jsonl", "\n\n", "has no rows"),
        ("a.csv", "a,b\n", "has no rows"),
        ("a.csv", "a,b\n1\n", "line 2: 1 values, but the heading has 2 names"),
        ("a.csv", "a,a\n1,2\n", "line 1: the heading has an empty name, or one twice"),
        ("a.csv", 'a\n"x"y\n', "a.csv line 2:"),
        ("a.csv", "a;b\n1,5;2\n", "It looks separated by semicolons: save it with commas"),
        ("a.txt", "1\n", "Name a file that ends in .jsonl or .csv."),
    ],
)
def test_wrong_rows_name_file_and_line(tmp_path: Path, name: str, text: str, what: str) -> None:
    assert what in refusal(lambda: read_items(written(tmp_path, name, text)))


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_table_that_looks_separated_by_something_else_is_told(tmp_path: Path, sign: str, name: str) -> None:
    heard: list[Any] = []
    file = written(tmp_path, "a.csv", f"id{sign}name\n1{sign}a\n")
    assert len(read_items(file, heard.append)) == 1
    (note,) = heard
    told = FlagWords().say(note)
    assert told.startswith(f"--each {file} has one column, ")
    assert told.endswith(f"It looks separated by {name}: save it with commas between the columns.")
    read_items(written(tmp_path, "b.csv", "id,a;b\n1,2\n"), heard.append)
    read_items(written(tmp_path, "c.csv", "id\na;b\n"), heard.append)
    assert len(heard) == 1


def test_a_missing_file_of_rows(tmp_path: Path) -> None:
    assert "No such file" in refusal(lambda: read_items(tmp_path / "none.csv"))


@given(st.lists(st.text() | st.integers() | st.dictionaries(st.text(), st.text()), min_size=1, max_size=30))
def test_every_row_is_found_by_the_index(rows: list[Any]) -> None:
    from awa_batch.request import Items

    lines = tuple(json.dumps(row, ensure_ascii=False) for row in rows)
    try:
        "".join(lines).encode()
    except UnicodeEncodeError:
        return  # a lone surrogate is no text that a file could hold
    data, index = manifest("bucket", Items(Path("x"), lines))
    assert index.key == f"{data.key}.index"
    offsets = struct.unpack(f">{len(rows) + 1}Q", index.body)
    assert [json.loads(data.body[a:b]) for a, b in pairwise(offsets)] == rows
    assert offsets[-1] == len(data.body)


def each(contract: Contract, folder: Path, count: int, **options: Any) -> list[Any]:
    items = read_items(written(folder, "rows.jsonl", "".join(f"{number}\n" for number in range(count))))
    return build_each(contract, JobSpec("ec2-sample", **options), items)


def variables(request: Any) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in request.container_overrides["environment"]}


@pytest.mark.parametrize(
    ("rows", "sizes", "offsets"),
    [
        (1, [None], [None]),
        (2, [2], [None]),
        (10_000, [10_000], [None]),
        (10_001, [10_000, None], [None, "10000"]),
        (25_000, [10_000, 10_000, 5_000], [None, "10000", "20000"]),
    ],
)
def test_rows_become_arrays(
    contract: Contract, tmp_path: Path, rows: int, sizes: list[int | None], offsets: list[str | None]
) -> None:
    requests = each(contract, tmp_path, rows, env={"MINE": "1"})
    assert [request.array_size for request in requests] == sizes
    assert [variables(request).get("AWA_BATCH_MANIFEST_OFFSET") for request in requests] == offsets
    assert len({request.job_name for request in requests}) == len(requests)
    for request in requests:
        assert variables(request)["MINE"] == "1"
        assert variables(request)["AWA_BATCH_MANIFEST"] == request.uploads[0].uri
        assert request.uploads == requests[0].uploads


@pytest.mark.parametrize(
    ("rows", "options", "what"),
    [
        (2, {"array": 2}, "--array and --each both say"),
        (10_001, {"sequential": True}, "--sequential goes with one array"),
        (10_001, {"depends_on": ["a:N_TO_N"]}, "--depends-on a:N_TO_N goes with one array"),
        (1, {"depends_on": ["a:N_TO_N"]}, "pairs the children of two arrays"),
    ],
)
def test_what_does_not_go_with_rows(
    contract: Contract, tmp_path: Path, rows: int, options: dict[str, Any], what: str
) -> None:
    assert what in refusal(lambda: each(contract, tmp_path, rows, **options))


# --------------------------------------------------------------- configurations
@pytest.mark.parametrize(
    ("command", "parameters", "job"),
    [
        (["python", "run_batch.py", "version_test"], {}, "version_test"),
        (["python", "/app/run_batch.py", "Ref::job", "--x"], {"job": "s3_concat"}, "s3_concat"),
        (["python", "run_batch.py"], {}, None),
        (["python", "run_batch.py", "--help"], {}, None),
        (["echo", "hello"], {}, None),
        (None, {}, None),
    ],
)
def test_which_job_a_command_runs(command: list[str] | None, parameters: dict[str, str], job: str | None) -> None:
    assert job_of(command, parameters) == job


def test_what_is_a_uri() -> None:
    assert is_uri("s3://bucket/key")
    assert is_uri("ssm:/name")
    assert not is_uri('{"a": "s3://"}')


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with three jobs: one with a model, one whose model needs what is not here, one without."""
    model = "from pydantic import BaseModel\nclass Config(BaseModel):\n    rows: int\n    more: int = 0\n"
    for job, text in (("job_with_model", model), ("job_elsewhere", "import nothing_of_that_name\n")):
        (tmp_path / "jobs" / job).mkdir(parents=True)
        (tmp_path / "jobs" / job / "model.py").write_text(text)
    return tmp_path


def configured(job: str, config: Any, **more: Any) -> JobSpec:
    return JobSpec(command=["python", "run_batch.py", job], config=config, **more)


def notes(spec: JobSpec) -> list[str]:
    told: list[Any] = []
    check_config(spec, told.append)
    return [FlagWords().say(note) for note in told]


def test_a_configuration_is_held_against_the_jobs_model() -> None:
    good = json.loads((project_root() / "jobs/version_test/parameters.json").read_text())
    assert notes(configured("version_test", good)) == []
    bad = good | {"inputFile": ""}
    bad["settings"]["batchSize"] = 0
    told = refusal(lambda: notes(configured("version_test", bad)))
    assert told.startswith("--config: inputFile: String should have at least 1 character (and 1 more).")
    assert "jobs/version_test/model.py" in told
    overrides = {"command": ["python", "run_batch.py", "version_test"]}
    assert "Field required" in refusal(lambda: notes(JobSpec(container_overrides=overrides, config={})))


def test_a_configuration_among_the_variables_is_held_against_it_too() -> None:
    spec = replace(configured("version_test", None), env={"CONFIG_JSON": "{}"})
    assert "--env CONFIG_JSON: inputFile: Field required" in refusal(lambda: notes(spec))
    assert "--env CONFIG_JSON is not JSON" in refusal(lambda: notes(replace(spec, env={"CONFIG_JSON": "{"})))


def test_a_job_that_needs_a_configuration_and_is_given_none_is_told() -> None:
    (note,) = notes(configured("version_test", None))
    assert note == (
        "--config is not given, and version_test needs inputFile, outputPath, settings, metadata "
        "(jobs/version_test/model.py): "
        "it fails unless its job definition sets CONFIG_JSON."
    )
    given = JobSpec(command=["python", "run_batch.py", "version_test", "--param_json", "x.json"])
    assert notes(given) == notes(JobSpec(command=["echo", "version_test"])) == notes(configured("nothing", None)) == []
    assert notes(replace(configured("version_test", None), env={"CONFIG_JSON": "ssm:/a"})) == []


def test_what_cannot_be_checked_is_said(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("awa_batch.request.config.project_root", lambda: clone)
    assert notes(configured("nothing", {})) == ["--config is not checked: there is no jobs/nothing/model.py here."]
    (note,) = notes(configured("job_elsewhere", {}))
    assert "No module named 'nothing_of_that_name'" in note
    assert notes(replace(configured("nothing", None), env={"CONFIG_JSON": "s3://bucket/key"})) == []
    assert notes(JobSpec(command=["echo"], env={"CONFIG_JSON": "{"})) == []


def test_one_check_of_a_configuration_serves_all_arrays(
    contract: Contract, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awa_batch.request.config.project_root", lambda: clone)
    items = read_items(written(tmp_path, "rows.jsonl", "1\n" * 10_001))
    told: list[Any] = []
    spec = replace(configured("nothing", {}), definition="ec2-sample")
    assert len(build_each(contract, spec, items, tell=told.append)) == 2
    assert len(told) == 1


def test_an_empty_queue_is_no_default(contract: Contract) -> None:
    assert "has no job queue ''" in refusal(lambda: build_request(contract, JobSpec("ec2-sample", "")))
    assert "--share-identifier" in refusal(
        lambda: build_request(contract, JobSpec("fargate-sample", share_identifier=""))
    )
